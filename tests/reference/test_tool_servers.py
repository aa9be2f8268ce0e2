"""Each MCP server gets the credential that it is given, and a third party's never the person's."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from chatkit_agent.sandbox.model import ToolCall
from chatkit_agent.sandbox.serving import served

from .conftest import TARGET
from .people import Person
from .toolbox import Toolbox

KEY = "a key of the third party's own"


class Noting:
    """A server's application, and every header that it was ever sent."""

    def __init__(self) -> None:
        self.box = Toolbox()
        self.app = self.box.app()
        self.headers: list[dict[str, str]] = []
        self.bodies = b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.headers.append({k.decode(): v.decode() for k, v in scope["headers"]})

        async def noted() -> Any:
            message = await receive()
            self.bodies += message.get("body", b"")
            return message

        await self.app(scope, noted, send)


@pytest.fixture
def third_party() -> Iterator[tuple[Noting, str]]:
    server = Noting()
    with served(server) as url:
        yield server, f"{url}/mcp"


@pytest.mark.parametrize(
    ("more", "header", "value"),
    [
        ({}, "authorization", None),
        ({"key": KEY}, "authorization", f"Bearer {KEY}"),
        ({"key": KEY, "header": "X-Api-Key"}, "x-api-key", KEY),
        ({"key": KEY, "scheme": "Token"}, "authorization", f"Token {KEY}"),
        ({"key": KEY, "trust": "own"}, "authorization", f"Bearer {KEY}"),
        ({"credential": "none", "trust": "own"}, "authorization", None),
    ],
)
def test_a_server_gets_its_own_credential_and_not_the_persons(
    person: Callable[..., Person],
    toolbox: Any,
    third_party: tuple[Noting, str],
    offline_model: Any,
    configured: Callable[..., None],
    more: dict[str, str],
    header: str,
    value: str | None,
) -> None:
    theirs, url = third_party
    configured(MCP_SERVERS=json.dumps([{"url": url, "name": "maps", **more}]))
    alice = person()
    offline_model.script(["Hello."])
    thread = alice.say("Hello").thread
    names = [each["name"] for each in offline_model.requests[-1].body["tools"]]
    their = "maps__add_task"
    mine = next(name for name in names if name.endswith("__add_task") and name != their)
    wants_token = "maps__remove_task"
    forged = {"title": alice.token, "access_token": alice.token, "user_id": "bob"}
    offline_model.script(
        [
            ToolCall(mine, {"title": "a"}),
            ToolCall(their, {"title": "b"}),
            ToolCall(wants_token, forged),
            "Done.",
        ]
    )
    assert alice.say("Add two tasks", thread).text == "Done."
    assert (toolbox.done, theirs.box.done) == (["a"], ["b"])
    assert toolbox.headers == [f"Bearer {alice.token}"]
    assert {each.get(header) for each in theirs.headers} == {value}
    assert alice.token not in str(theirs.headers)
    assert alice.token.encode() not in theirs.bodies
    assert theirs.box.given[0]["user_id"] == "bob"
    assert all(KEY not in request.text for request in offline_model.requests)


@pytest.mark.parametrize(
    ("listed", "says"),
    [
        ("no json", "it has to be JSON"),
        ('{"url": "https://a/mcp"}', "valid list"),
        ('[{"name": "maps"}]', "0.url"),
        ('[{"url": "maps"}]', "https://host/path"),
        ('[{"url": "https://a/mcp", "credential": "user"}]', "must not get the person's token"),
        ('[{"url": "https://a/mcp", "credential": "key"}]', "`key` is missing"),
        ('[{"url": "https://a/mcp", "credential": "none", "key": "hunter2"}]', "goes with"),
        ('[{"url": "https://a/mcp", "kee": "hunter2"}]', "0.kee"),
        ('[{"url": "https://a/mcp", "key": "hunter2\\n"}]', "line ends"),
        ('[{"url": "https://a/mcp", "header": "X: hunter2"}]', "0.header"),
        (
            '[{"url": "https://a/mcp", "name": "a"}, {"url": "https://b/mcp", "name": "a"}]',
            "a `name` of its own",
        ),
    ],
)
def test_what_is_wrong_about_a_server_is_told_without_its_key(
    services: ModuleType, configured: Callable[..., None], listed: str, says: str
) -> None:
    chat_settings = importlib.import_module(f"{TARGET}.services.chat_settings")
    configured(MCP_SERVERS=listed)
    settings = importlib.import_module(f"{TARGET}.chatkit_runtime.settings")
    (problem,) = settings.lacking(chat_settings.ChatSettings)
    assert "MCP_SERVERS right" in problem
    assert says in problem
    assert "hunter2" not in problem


def test_a_server_that_is_away_is_told_by_its_name(
    chat_url: str, configured: Callable[..., None]
) -> None:
    servers = [{"url": "http://127.0.0.1:1/mcp", "name": "maps"}]
    configured(MCP_SERVERS=json.dumps(servers))
    (away,) = httpx.get(f"{chat_url}/chatkit/health").json()["degraded"]
    assert away.endswith("MCP_SERVERS (maps)")


def test_what_a_third_party_says_of_its_tools_is_not_believed(
    optional: Callable[[str], ModuleType],
    served_chat: Callable[..., Any],
    make_person: Callable[..., Person],
    third_party: tuple[Noting, str],
    offline_model: Any,
    configured: Callable[..., None],
) -> None:
    theirs, url = third_party
    configured(MCP_SERVERS=json.dumps([{"url": url}]))
    offline_model.script([ToolCall("add_task", {"title": "milk"}), "Waits."])
    with served_chat(optional("approvals").Approvals) as chat:
        said = make_person(chat).say("Add milk")
    assert theirs.box.done == []
    assert [e for e in said.of("thread.item.done") if "widget" in e["item"]]
