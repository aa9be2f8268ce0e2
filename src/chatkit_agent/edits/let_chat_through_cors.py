"""Let the chat through CORS: the headers that its client sends are in the list that is allowed."""

from __future__ import annotations

import libcst as cst

from chatkit_agent.errors import CannotEdit
from chatkit_agent.options.options import Options
from chatkit_agent.project.read import Project
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import find_anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.cors import HEADERS, cors_calls
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.source.walking import literals
from chatkit_agent.project.text.arguments import Patch, Places
from chatkit_agent.project.tree import Tree


def let_chat_through_cors(project: Project, options: Options, tree: Tree) -> Tree:
    chat = find_anatomy(Sources(tree), options.app)
    for call in cors_calls(chat):
        tree = _with_headers(tree, call)
    return tree


def _with_headers(tree: Tree, call: Call) -> Tree:
    listed = call.argument("allow_headers")
    places = Places.of(tree.read(call.scope.file))
    if listed is None:
        entries = ", ".join(f'"{each}"' for each in HEADERS)
        patch = places.with_argument(call.node, f"allow_headers=[{entries}]")
        return tree.write(call.scope.file, places.patched([patch]))
    if not isinstance(listed, cst.List):
        raise CannotEdit(
            f"`{call.scope.file}`: `allow_headers` is `{syntax.code(listed)}`.",
            "\n".join(f'"{each}",' for each in HEADERS),
        )
    there = {text.lower() for _, text in literals(listed)}
    missing = [each for each in HEADERS if each.lower() not in there and "*" not in there]
    if not missing:
        return tree
    return tree.write(call.scope.file, places.patched([_patch(places, listed, missing)]))


def _patch(places: Places, listed: cst.List, missing: list[str]) -> Patch:
    """Behind the last entry, in the list's own layout."""
    new = [f'"{each}"' for each in missing]
    if not listed.elements:
        return places.replaced(listed, f"[{', '.join(new)}]")
    last = listed.elements[-1]
    end = places.ranges[last.value].end
    start = places.ranges[last.value].start
    indent = places.text.lines[start.line - 1][: start.column]
    between = f",{places.text.newline}{indent}" if not indent.strip() else ", "
    return Patch(end, end, "".join(f"{between}{each}" for each in new))
