"""Warm connections to tools: one person's, with one token, for one turn at a time."""

from __future__ import annotations

import asyncio
import importlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from chatkit_agent.sandbox.model import ToolCall
from chatkit_agent.sandbox.serving import served
from chatkit_agent.sandbox.turns import Reply, Turn

from .conftest import TARGET
from .people import Person, eventually
from .toolbox import Toolbox


class Counting(Toolbox):
    """Counts the requests by their JSON-RPC method, and those that carry each token."""

    def __init__(self) -> None:
        super().__init__()
        self.methods: Counter[str] = Counter()
        self.calls: list[tuple[str, str]] = []

    def app(self) -> ASGIApp:
        inner = super().app()

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or scope["method"] != "POST":
                await inner(scope, receive, send)
                return
            message = await receive()
            asked = json.loads(message["body"])
            self.methods[asked["method"]] += 1
            if asked["method"] == "tools/call":
                header = dict(scope["headers"]).get(b"authorization", b"").decode()
                self.calls.append((header, json.dumps(asked["params"]["arguments"])))
            rest = [message]

            async def again() -> Any:
                return rest.pop() if rest else await receive()

            await inner(scope, again, send)

        return app


def add_what_is_asked(turn: Turn) -> Reply:
    if turn.results:
        return Reply("Done.")
    return Reply(calls=(ToolCall("add_task", {"title": turn.message}),))


@pytest.fixture
def toolbox(configured: Callable[..., None]) -> Iterator[Counting]:
    box = Counting()
    with served(box.app()) as url:
        box.url = f"{url}/mcp"
        configured(MCP_SERVER_URL=box.url, MCP_CONNECT_SECONDS="60")
        yield box


def add(one: Person, title: str, model: Any) -> str:
    model.script([ToolCall("add_task", {"title": title}), "Done."])
    return one.say("Add it").text


def test_a_person_uses_their_connection_again(
    person: Callable[..., Person], toolbox: Counting, offline_model: Any
) -> None:
    alice = person()
    assert [add(alice, title, offline_model) for title in "abc"] == ["Done."] * 3
    assert toolbox.done == ["a", "b", "c"]
    assert toolbox.methods["tools/list"] == 1
    assert toolbox.methods["tools/call"] == 3


def test_its_server_is_asked_while_the_message_is_being_stored(
    person: Callable[..., Person],
    toolbox: Counting,
    offline_model: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kind = importlib.import_module(f"{TARGET}.chatkit_store").PostgresStore
    store = kind.add_thread_item

    async def once_asked(*given: Any) -> None:
        give_up = time.monotonic() + 20
        while not toolbox.methods["ping"] and time.monotonic() < give_up:
            await asyncio.sleep(0.01)
        is_asked.append(bool(toolbox.methods["ping"]))
        await store(*given)

    alice, is_asked = person(), list[bool]()
    offline_model.decides = add_what_is_asked
    thread = alice.say("a").thread
    monkeypatch.setattr(kind, "add_thread_item", once_asked)
    assert alice.say("b", thread).text == "Done."
    assert is_asked[0]
    assert toolbox.methods["tools/list"] == 1


def test_nobody_gets_anothers_and_a_new_token_gets_a_new_one(
    person: Callable[..., Person], toolbox: Counting, offline_model: Any
) -> None:
    people = [person(), person("bob"), person(more="claims")]
    assert len({one.token for one in people}) == 3
    for one in people:
        add(one, one.token[-9:], offline_model)
    assert toolbox.methods["tools/list"] == 3
    for header, arguments in toolbox.calls:
        assert json.loads(arguments)["title"] in header


@pytest.mark.parametrize("seconds", ["0", "0.2"])
def test_it_is_closed_after_a_while(
    person: Callable[..., Person],
    toolbox: Counting,
    offline_model: Any,
    configured: Callable[..., None],
    seconds: str,
) -> None:
    configured(MCP_WARM_SECONDS=seconds)
    alice = person()
    for title in "ab":
        add(alice, title, offline_model)
        time.sleep(0.6)
    assert toolbox.methods["tools/list"] == 2


def test_a_call_that_is_cut_takes_its_connection_with_it(
    person: Callable[..., Person],
    toolbox: Counting,
    offline_model: Any,
    configured: Callable[..., None],
) -> None:
    configured(MCP_CALL_SECONDS="0.5")
    alice, toolbox.delay = person(), 2
    add(alice, "slow", offline_model)
    toolbox.delay = 0
    add(alice, "quick", offline_model)
    assert toolbox.done == ["slow", "quick"]
    assert toolbox.methods["tools/list"] == 2


def test_a_server_that_restarts_is_connected_to_anew_and_nothing_is_called_twice(
    person: Callable[..., Person],
    offline_model: Any,
    configured: Callable[..., None],
) -> None:
    first, second = Counting(), Counting()
    with served(first.app()) as url:
        configured(MCP_SERVER_URL=f"{url}/mcp")
        alice = person()
        add(alice, "before", offline_model)
    port = int(url.rpartition(":")[2])
    with served(second.app(), port):
        assert add(alice, "after", offline_model) == "Done."
    assert (first.done, second.done) == (["before"], ["after"])


def test_forty_people_in_120_turns_at_once_keep_their_own(
    person: Callable[..., Person], toolbox: Counting, offline_model: Any
) -> None:
    offline_model.decides = add_what_is_asked
    people = [person(f"user-{number}") for number in range(40)]

    def three(one: Person) -> list[str]:
        return [one.say(f"{one.token[-9:]}/{number}").text for number in range(3)]

    with ThreadPoolExecutor(40) as pool:
        answers = [text for texts in pool.map(three, people) for text in texts]
    assert answers == ["Done."] * 120
    assert len(toolbox.calls) == len(set(toolbox.calls)) == 120
    for header, arguments in toolbox.calls:
        assert json.loads(arguments)["title"].partition("/")[0] in header
    assert toolbox.methods["tools/list"] < 120
    eventually(lambda: len(toolbox.done) == 120)
