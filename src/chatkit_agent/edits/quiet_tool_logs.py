"""Quiet tool logs: the MCP client writes no arguments of tools to the log, whatever the level."""

from __future__ import annotations

import libcst as cst

from chatkit_agent.errors import CannotEdit
from chatkit_agent.options.options import Options
from chatkit_agent.project.read import Project
from chatkit_agent.project.source.anatomy import find_anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.source.walking import within_node
from chatkit_agent.project.text.arguments import Places
from chatkit_agent.project.tree import Tree

LINE = 'logging.getLogger("mcp").setLevel(logging.INFO)'


def quiet_tool_logs(project: Project, options: Options, tree: Tree) -> Tree:
    chat = find_anatomy(Sources(tree), options.app)
    texts = (chat.code.sources.text(file) for file in chat.code.files)
    if any('getLogger("mcp' in text or "getLogger('mcp" in text for text in texts):
        return tree
    call = next((each for each in chat.code.calls if each.method == "basicConfig"), None)
    if call is None:
        return tree
    if call.written != "logging.basicConfig":
        raise CannotEdit(f"`{call.scope.file}` sets up logging in its own way.", LINE)
    return tree.write(call.scope.file, _with_quiet_logs(call, tree.read(call.scope.file)))


def _with_quiet_logs(call: Call, content: bytes) -> bytes:
    """The line below the statement that sets the level, at its indentation."""
    places = Places.of(content)
    lines = within_node(places.module, cst.SimpleStatementLine)
    line = next(each for each in lines if call.node in within_node(each, cst.Call))
    place = places.ranges[line]
    indent = places.text.lines[place.start.line - 1][: place.start.column]
    return places.text.insert_after(place.end.line, [indent + LINE]).content
