"""What passes to the project's own MCP server is recorded, and a tool can be called by hand."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from chatkit_agent.development.by_hand import called_tool, offered_tools
from chatkit_agent.development.tap import Tap
from chatkit_agent.sandbox.mcp_server import ProbeServer
from chatkit_agent.sandbox.serving import served

from ..page.browsing import Browsing
from ..page.conftest import browsing_is_impossible, chromium

CALL = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "add_task", "arguments": {"title": "of an attacker"}},
}
# All that a page may send to another site without asking first.
ATTACK = """async ([url, body]) => {
  const post = { method: "POST", mode: "no-cors", body };
  await fetch(url, post).catch(() => {});
  await fetch(url.replace("127.0.0.1", "localhost"), post).catch(() => {});
  await fetch(url, { ...post, mode: "cors", headers: { "Content-Type": "application/json" } })
    .catch(() => {});
  await fetch(url, { mode: "no-cors" }).catch(() => {});
  navigator.sendBeacon(url, body);
  const form = Object.assign(document.createElement("form"), {
    action: url, method: "post", enctype: "text/plain", target: "frame" });
  form.append(Object.assign(document.createElement("input"), { name: body, value: "" }));
  document.body.append(Object.assign(document.createElement("iframe"), { name: "frame" }), form);
  form.submit();
  await new Promise((resolve) => setTimeout(resolve, 500));
}"""


def test_calls_pass_and_are_recorded_with_whose_token_came() -> None:
    with ProbeServer() as server, Tap(server.url) as tap:
        said = asyncio.run(called_tool(tap.url, "of-alice", "add_task", {"title": "buy milk"}))
        assert said == {"text": "Added #1 buy milk", "failed": False}
        failed = asyncio.run(called_tool(tap.url, "of-bob", "delete_task", {"task_id": 9}))
        assert failed["failed"]
    first, second = tap.calls
    assert (first.tool, first.arguments, first.result) == (
        "add_task",
        {"title": "buy milk"},
        "Added #1 buy milk",
    )
    assert first.authorization == "Bearer of-alice"
    assert first.ended is not None
    assert (second.failed, second.authorization) == (True, "Bearer of-bob")
    assert [call.authorization for call in server.calls] == ["Bearer of-alice", "Bearer of-bob"]


def test_tools_are_offered_with_what_they_take() -> None:
    with ProbeServer() as server, Tap(server.url) as tap:
        found = {each["name"]: each for each in asyncio.run(offered_tools(tap.url, "t"))}
    assert found["add_task"]["schema"]["required"] == ["title"]
    assert found["delete_task"]["destructive"]
    assert not found["list_tasks"]["destructive"]


def test_a_token_that_is_an_argument_is_filled_in_and_not_asked_for() -> None:
    with ProbeServer(credentials="flat", caller=("access_token",)) as server:
        (offered, *_) = asyncio.run(offered_tools(server.url, "of-alice"))
        assert "access_token" not in str(offered)
        said = asyncio.run(called_tool(server.url, "of-alice", "add_task", {"title": "milk"}))
    assert said["text"] == "Added #1 milk"
    assert server.tasks.keys() == {"of-alice"}


def test_a_server_that_is_away_is_told() -> None:
    with ProbeServer() as server, Tap(server.url) as tap:
        server.close()
        with pytest.raises(OSError, match="MCP server"):
            asyncio.run(offered_tools(tap.url, "t"))


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:1"},
        {"sec-fetch-site": "cross-site"},
        {"host": "evil.example"},
    ],
    ids=str,
)
def test_a_page_of_another_site_reaches_no_tool(headers: dict[str, str]) -> None:
    with ProbeServer() as server, Tap(server.url) as tap:
        types = {"accept": "application/json, text/event-stream"}
        answer = httpx.post(tap.url, json=CALL, headers={**types, **headers})
        assert answer.status_code in {400, 403}
        assert (tap.calls, server.calls) == ([], [])


@pytest.mark.skipif(bool(browsing_is_impossible()), reason=browsing_is_impossible())
def test_an_attackers_page_in_the_developers_browser_reaches_no_tool() -> None:
    async def evil(_: object) -> HTMLResponse:
        return HTMLResponse("<body>Have a nice day</body>")

    page = Starlette(routes=[Route("/", evil)])
    with (
        ProbeServer() as server,
        Tap(server.url) as tap,
        served(page) as site,
        Browsing(str(chromium())) as browsing,
    ):
        reached: list[str] = []
        there = browsing.browser.new_page()
        there.on("response", lambda one: reached.append(f"{one.status} {one.request.method}"))
        there.goto(site)
        there.evaluate(ATTACK, [tap.url, json.dumps(CALL)])
        assert (tap.calls, server.calls) == ([], [])
        assert {"403 POST", "403 GET"} <= set(reached)
