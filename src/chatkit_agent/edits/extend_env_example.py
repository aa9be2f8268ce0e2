"""Extend the example of the environment file with the chat's variables; never `.env` itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from chatkit_agent.options.env_vars import Variable, variables
from chatkit_agent.options.options import Options
from chatkit_agent.project.read import Project
from chatkit_agent.project.text.lines import Text
from chatkit_agent.project.tree import Tree

TITLE = "# ChatKit chat, see CHATKIT.md"


def extend_env_example(project: Project, options: Options, tree: Tree) -> Tree:
    path = _path(project, options)
    text = Text.of(tree.read(path) if tree.exists(path) else b"")
    missing = [each for each in variables(options) if not _is_there(each.name, text.text)]
    if not missing:
        return tree
    apart = [""] if text.text.strip() and text.lines[-1].strip() else []
    return tree.write(path, text.append([*apart, TITLE, *_lines(missing)]).content)


def _path(project: Project, options: Options) -> str:
    if options.is_sidecar:
        return f"{options.service_folder}/.env.example"
    examples = [each.path for each in project.env_files if each.is_example]
    inside = [path for path in examples if not path.startswith("..")]
    return min(inside, key=lambda path: (path.count("/"), path), default=".env.example")


def _is_there(name: str, text: str) -> bool:
    return re.search(rf"^\s*#?\s*(?:export\s+)?{name}\s*=", text, re.MULTILINE) is not None


def _lines(missing: Sequence[Variable]) -> Iterator[str]:
    for each in missing:
        yield f"# {each.purpose}"
        yield f"{'' if each.required else '# '}{each.name}={each.example}"
