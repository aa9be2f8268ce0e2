"""Remains: what an undo leaves outside of the files, and how to remove it."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from email.parser import HeaderParser
from pathlib import Path, PurePosixPath

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from chatkit_agent.apply.install import lacks_pip
from chatkit_agent.errors import ChatKitAgentError
from chatkit_agent.options.env_vars import variables
from chatkit_agent.options.options import Options, recalled
from chatkit_agent.options.requirements import requirements
from chatkit_agent.options.runtime_package import also_required
from chatkit_agent.project.manifest import Manifest
from chatkit_agent.project.paths import is_below
from chatkit_agent.project.read import Project, read_tree
from chatkit_agent.project.tree import Tree

LOCKS = {
    "uv.lock": "uv lock",
    "poetry.lock": "poetry lock",
    "pdm.lock": "pdm lock",
    "Pipfile.lock": "pipenv lock",
    "pixi.lock": "pixi lock",
}
REMOVING = {
    "uv": "uv sync",
    "poetry": "poetry sync",
    "pdm": "pdm sync --clean",
    "pipenv": "pipenv clean",
    "pixi": "pixi install",
}

NAME, LARGEST = re.compile(r"[\w.-]+"), 1_000_000
OF_CHAT = ("openai-chatkit", "openai-agents", "mcp")


def remains(
    root: Path, manifest: Manifest, contents: Mapping[str, bytes | None]
) -> tuple[str, ...]:
    """Sentences about tables, variables, packages and lock files, each with what removes it on a
    line of its own."""
    if not manifest.options:
        return ()
    options = recalled(manifest.options)
    tree = Tree(root.resolve()).with_contents(contents)
    found = [_tables(options)]
    with suppress(ChatKitAgentError):
        project = read_tree(tree)
        found += [*_variables(options, project), *_packages(manifest, options, project)]
    return tuple(found)


def _tables(options: Options) -> str:
    drop = f'DROP SCHEMA IF EXISTS "{options.schema}" CASCADE;'
    return (
        f"Tables: the conversations are in the schema {options.schema} of the database in "
        f"{options.env_prefix}DATABASE_URL. To delete them, run there:\n{drop}"
    )


def _variables(options: Options, project: Project) -> Iterator[str]:
    # What the application signs its tokens with is its own.
    own = options.tokens.key_variable if options.tokens else None
    names = [each.name for each in variables(options) if each.name != own]
    for file in project.env_files:
        if set_there := [name for name in names if name in file.names and not file.is_example]:
            yield (
                f"Variables: `{file.path}` still sets {', '.join(set_there)}. The chat no longer "
                "reads them; remove those that nothing else needs."
            )


def _packages(manifest: Manifest, options: Options, project: Project) -> Iterator[str]:
    also = also_required(options.features, options.runtime)
    needed = requirements(verifies_tokens=options.verifies_tokens, also=also)
    names = [Requirement(each).name for each in needed]
    before = b"\n".join(each.before for each in manifest.files if each.before is not None)
    own = [name for name in names if re.search(rb"(?i)\b%b\b" % re.escape(name).encode(), before)]
    names = [name for name in names if name not in own]
    if not names or options.is_sidecar:
        return
    yield from _packages_left(names, project)
    folder = PurePosixPath(project.packaging.file or ".").parent
    for name, lock in LOCKS.items():
        path = str(folder / name)
        if project.tree.exists(path) and b"openai-chatkit" in project.tree.read(path):
            yield f"Lock file: `{path}` still has them. To renew it:\n{lock}"


def _packages_left(names: Sequence[str], project: Project) -> Iterator[str]:
    """Those in the project's environment, read without running it, that nothing else there needs.

    Without one only what no other library brings is named.
    """
    environment = project.root / ".venv"
    there = packages_in(environment) if _leads_inside(environment, project.root) else {}
    # Where the project itself is installed, that is with what was declared for the chat.
    needed = set(there) - {*names, canonicalize_name(project.name)}
    while more := {one for each in needed for one in there.get(each, ())} - needed:
        needed |= more
    left = [name for name in names if (name in there if there else name in OF_CHAT)]
    left = [name for name in left if name not in needed]
    if left:
        pip = "uv pip" if lacks_pip(environment) else "python -m pip"
        command = f"{pip} uninstall {shlex.join(left)}"
        sentence = "are still installed" if there else "may be installed where it runs"
        yield (
            f"Packages: {', '.join(left)} {sentence}. To remove them:\n"
            f"{REMOVING.get(project.packaging.manager, command)}"
        )


def packages_in(environment: Path) -> dict[str, set[str]]:
    """What is installed there, each with what it needs; what is no such file is passed over."""
    files = [
        each
        for place in ("lib/python*/site-packages", "Lib/site-packages")
        for each in environment.glob(f"{place}/*.dist-info/METADATA")
        if each.is_file() and each.stat().st_size < LARGEST and _leads_inside(each, environment)
    ]
    found: dict[str, set[str]] = {}
    for file in files:
        said = HeaderParser().parsestr(file.read_text(encoding="utf-8", errors="replace"))
        needs = (NAME.match(each) for each in said.get_all("Requires-Dist", []))
        name = canonicalize_name(file.parent.name.partition("-")[0])
        found[name] = {canonicalize_name(each[0]) for each in needs if each}
    return found


def _leads_inside(path: Path, root: Path) -> bool:
    return is_below(os.path.realpath(root), os.path.realpath(path))
