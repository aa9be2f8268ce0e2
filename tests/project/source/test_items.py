"""The items that a turn makes, and where they go."""

from __future__ import annotations

from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.items import destinations, items_made
from tests.project.source.conftest import Project

MAIN = """\
from chatkit.types import AssistantMessageItem as Said, HiddenContextItem, ThreadItemDoneEvent
from chatkit.types import ThreadItemReplacedEvent
AT_TOP = Said(id="a")
def say(store, thread, text):
    said = Said(id=text)
    yield ThreadItemDoneEvent(item=said)
    keep(store, thread, HiddenContextItem(id="b"))
    yield ThreadItemReplacedEvent(item=Said(id="c"))
    title(Said(id="d").content)
def keep(store, thread, item):
    store.add_thread_item(thread.id, item)
"""


def test_items_and_where_they_go(project: Project) -> None:
    chat = Anatomy(project({"main.py": MAIN}))
    found = [[each.method for each in destinations(chat, made)] for made in items_made(chat)]
    assert found == [["ThreadItemDoneEvent"], ["add_thread_item"], [], []]
