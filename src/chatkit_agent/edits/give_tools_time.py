"""Give tools time: a session with an MCP server may wait a minute for an answer."""

from __future__ import annotations

from chatkit_agent.options.options import Options
from chatkit_agent.project.read import Project
from chatkit_agent.project.source.anatomy import find_anatomy
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.text.arguments import Places
from chatkit_agent.project.tree import Tree

LIMIT = "client_session_timeout_seconds"


def give_tools_time(project: Project, options: Options, tree: Tree) -> Tree:
    chat = find_anatomy(Sources(tree), options.app)
    short = [call for call in chat.connections if call.argument(LIMIT) is None and not call.spreads]
    for file in sorted({call.scope.file for call in short}):
        places = Places.of(tree.read(file))
        calls = [call.node for call in short if call.scope.file == file]
        patches = [places.with_argument(call, f"{LIMIT}=60") for call in calls]
        tree = tree.write(file, places.patched(patches))
    return tree
