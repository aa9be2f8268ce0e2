"""Stop retrying tools: a call that was sent is not sent again by itself."""

from __future__ import annotations

from chatkit_agent.choices import Choices
from chatkit_agent.project import Project
from chatkit_agent.reading.anatomy import find_anatomy
from chatkit_agent.reading.sources import Sources
from chatkit_agent.text.arguments import Places
from chatkit_agent.tree import Tree


def stop_retrying_tools(project: Project, choices: Choices, tree: Tree) -> Tree:
    chat = find_anatomy(Sources(tree), choices.app)
    for file in chat.code.files if chat else ():
        places = Places.of(tree.read(file))
        patches = [
            places.replaced(attempts, "0")
            for call in (chat.connections if chat else ())
            if call.scope.file == file and (attempts := call.argument("max_retry_attempts"))
        ]
        tree = tree.write(file, places.patched(patches))
    return tree
