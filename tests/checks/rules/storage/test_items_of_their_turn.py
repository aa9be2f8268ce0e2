"""Items with the id of others, with another thread, or added twice."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.storage.items_of_their_turn import items_of_their_turn
from tests.checks.rules.conftest import Findings

SERVER = """\
from uuid import uuid4, uuid5, NAMESPACE_OID
from chatkit.agents import stream_agent_response
from chatkit.server import ChatKitServer
from chatkit.types import AssistantMessageItem, HiddenContextItem, ThreadItemDoneEvent
from chatkit.types import AssistantMessageItem as Said, ThreadItemReplacedEvent
import chatkit.types as types
from app.making import said_in, put
HELLO = "hello"
class Server(ChatKitServer[dict]):
    async def respond(self, thread, message, context):
        page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        {line}
    async def answered(self, thread, message, context):
        yield message
    def of(self, thread):
        return f"msg-{{thread.id}}"
    def new(self, thread, context):
        return self.store.generate_item_id("message", thread, context)
"""
MAKING = """\
from chatkit.types import AssistantMessageItem
def said_in(thread, text):
    return AssistantMessageItem(id="said-" + thread.id, thread_id=thread.id, content=[text])
async def put(store, thread, item, context):
    await store.add_thread_item(thread.id, item, context)
"""
STORE = """\
from chatkit.store import Store
class Kept(Store[dict]):
    async def add_thread_item(self, thread_id, item, context):
        {line}
"""
SEND = "yield ThreadItemDoneEvent(item=item)"
ADD = "await self.store.add_thread_item(thread.id, item, context)"


def made(id: str, thread: str = "thread.id") -> str:
    return f"item = AssistantMessageItem(id={id}, thread_id={thread}, content=[])"


def of(
    line: str, store: str = "await db.execute('insert into items values ($1)')"
) -> dict[str, str]:
    return {
        "app/server.py": SERVER.format(line=line),
        "app/making.py": MAKING,
        "app/store.py": STORE.format(line=store),
    }


@pytest.mark.parametrize(
    "line",
    [
        f"{made('HELLO')}; {SEND}",
        f"{made(chr(34) + 'hello' + chr(34))}; {SEND}",
        f"{made('thread.id')}; {SEND}",
        f"{made('message.id')}; {SEND}",
        f"{made('self.of(thread)')}; {SEND}",
        f"{made('uuid5(NAMESPACE_OID, thread.id).hex')}; {SEND}",
        f"name = 'msg_%s' % thread.id; {made('name')}; {ADD}",
        f"{made('str(thread.id) + HELLO')}; await put(self.store, thread, item, context)",
        f"item = said_in(thread, 'Hello'); {SEND}",
        f"item = Said(thread_id=thread.id, id='a', content=[]); {SEND}",
        "yield types.ThreadItemDoneEvent(item=types.AssistantMessageItem(id='a', content=[]))",
        f"if context['polite']:\n            {made('HELLO')}; {SEND}",
    ],
)
def test_found_where_ids_are_alike(findings: Findings, line: str) -> None:
    (finding,) = findings(items_of_their_turn, of(line))
    assert finding.cause == "items alike"


@pytest.mark.parametrize(
    "line",
    [
        f"{made('self.new(thread, context)')}; {SEND}",
        f"{made('uuid4().hex')}; {SEND}",
        f"{made('thread.id + uuid4().hex')}; {SEND}",
        f"{made('self.next')}; {SEND}",
        f"{made('message.id + HELLO')}; {SEND}",
        f"if not page.data:\n            {made('HELLO')}; {SEND}",
        f"{made('HELLO')}; await self.store.save_item(thread.id, item, context)",
        f"{made('page.data[0].id')}; yield ThreadItemReplacedEvent(item=item)",
        f"item = message  # {made('HELLO')}; {SEND}",
        "item = AssistantMessageEntry(id='a'); yield ThreadItemDoneEvent(item=item)",
    ],
)
def test_quiet_on_ids(findings: Findings, line: str) -> None:
    assert not findings(items_of_their_turn, of(line))


@pytest.mark.parametrize(
    "line",
    [
        f"{made('uuid4().hex', 'HELLO')}; {SEND}",
        f"{made('uuid4().hex', 'message.id')}; {SEND}",
        "await self.store.add_thread_item('main', message, context)",
        "await self.store.load_thread_items(thread_id=HELLO, context=context)",
    ],
)
def test_found_where_the_thread_is_another(findings: Findings, line: str) -> None:
    (finding,) = findings(items_of_their_turn, of(line))
    assert finding.cause == "another thread"


TWICE = [
    f"{made('uuid4().hex')}; {ADD}; {SEND}",
    f"{made('uuid4().hex')}; {SEND}; await put(self.store, thread, item, context)",
    "async for event in stream_agent_response(chat, result):\n"
    "            await self.store.add_thread_item(thread.id, event.item, context)\n"
    "            yield event",
]
ONCE = [
    f"{made('uuid4().hex')}; {SEND}",
    f"{made('uuid4().hex')}; {ADD}",
    f"if context['quiet']:\n            {made('uuid4().hex')}; {ADD}\n        else:\n"
    f"            {made('uuid4().hex')}; {SEND}",
    f"{made('uuid4().hex')}\n        if context['quiet']:\n            {ADD}\n        else:\n"
    f"            {SEND}",
    f"{made('uuid4().hex')}\n        if context['quiet']:\n            {ADD}\n            return\n"
    f"        {SEND}",
    f"{made('uuid4().hex')}; await self.store.save_item(thread.id, item, context); {SEND}",
]


@pytest.mark.parametrize("line", TWICE)
def test_found_where_an_item_is_added_twice(findings: Findings, line: str) -> None:
    (finding,) = findings(items_of_their_turn, of(line))
    assert finding.cause == "items added twice"


@pytest.mark.parametrize("line", ONCE)
def test_quiet_where_it_is_added_once(findings: Findings, line: str) -> None:
    assert not findings(items_of_their_turn, of(line))


@pytest.mark.parametrize(
    "store",
    [
        "await db.execute('insert into items values ($1) on conflict do nothing')",
        "self.items[thread_id][item.id] = item",
        "await self.save_item(thread_id, item, context)\n    async def save_item(self, thread_id, "
        "item, context):\n        await db.merge(item)",
    ],
)
def test_quiet_where_the_store_takes_it_for_the_same(findings: Findings, store: str) -> None:
    assert not findings(items_of_their_turn, of(TWICE[0], store))


def test_found_where_the_store_has_a_list(findings: Findings) -> None:
    assert findings(items_of_their_turn, of(TWICE[0], "self.items.append(item)"))
