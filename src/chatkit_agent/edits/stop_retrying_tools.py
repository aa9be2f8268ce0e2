"""Stop retrying tools: a call that was sent is not sent again by itself."""

from __future__ import annotations

from chatkit_agent.options.options import Options
from chatkit_agent.project.read import Project
from chatkit_agent.project.source.anatomy import find_anatomy
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.text.arguments import Places
from chatkit_agent.project.tree import Tree


def stop_retrying_tools(project: Project, options: Options, tree: Tree) -> Tree:
    chat = find_anatomy(Sources(tree), options.app)
    for file in sorted({call.scope.file for call in chat.connections}):
        places = Places.of(tree.read(file))
        calls = [call for call in chat.connections if call.scope.file == file]
        given = [call.argument("max_retry_attempts") for call in calls]
        patches = [places.replaced(attempts, "0") for attempts in given if attempts]
        tree = tree.write(file, places.patched(patches))
    return tree
