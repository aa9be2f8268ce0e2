"""What the console writes down of the wire, and that no token is in anything that it shows."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from chatkit_agent.development.application import Application
from chatkit_agent.development.people import People, fingerprint
from chatkit_agent.development.session import Development
from chatkit_agent.evidence.run.signing import Signer
from chatkit_agent.evidence.static.traces import read_trace
from chatkit_agent.frontends.console.redaction import Redaction
from chatkit_agent.frontends.console.site import Site
from chatkit_agent.frontends.console.wire import Exchange
from chatkit_agent.project.facts import SignIn
from chatkit_agent.sandbox.mcp_server import Call, ProbeServer
from chatkit_agent.sandbox.model import ModelRequest, OfflineModel
from chatkit_agent.sandbox.serving import served

CANARY = 'canary-"token"\\of-somebody-5f1c'
DELTA = {
    "type": "thread.item.updated",
    "item_id": "m",
    "update": {"type": "assistant_message.content_part.text_delta", "delta": "Hi"},
}
QUESTION = {"type": "threads.create", "params": {"input": {"content": []}}}


async def echo(request: Request) -> Response:
    """A chat that gives away all that it was sent, as none should."""
    told = {"type": "notice", "message": dict(request.headers)}
    if request.headers.get("x-wants") == "json":
        return JSONResponse({"told": told}, 201, {"X-Of-Theirs": "1"})

    async def events() -> AsyncIterator[bytes]:
        frame = f"data: {json.dumps(told)}\r\n\r\ndata: {json.dumps(DELTA)}\n\n".encode()
        # Cut in the middle of a frame: what is recorded are events, and not pieces.
        yield frame[:20]
        await asyncio.sleep(0.02)
        yield frame[20:]

    return StreamingResponse(events(), media_type="text/event-stream")


class Alive:
    def poll(self) -> None:
        return None


def development(url: str) -> Development:
    process: Any = Alive()
    model, tools = OfflineModel(), ProbeServer()
    body = {"model": "m", "input": [{"role": "user", "content": CANARY}], "tools": []}
    model.requests.append(ModelRequest("POST", "/v1/responses", {}, "", body))
    tools.calls.append(Call("add_task", {"access_token": CANARY}, f"Bearer {CANARY}"))
    people = People("two", signer=Signer("s" * 64))
    application = Application(url, process)
    return Development(
        name="shop",
        root=Path(),
        path="/chatkit",
        application=application,
        people=people,
        database="",
        schema="chat",
        model=model,
        tools=tools,
        began=0.0,
    )


@contextmanager
def console() -> Iterator[str]:
    app = Starlette(routes=[Route("/chatkit", echo, methods=["POST"])])
    with served(app) as url, served(Site(development(url)).app()) as own:
        yield own


def asked(console: str, **headers: str) -> httpx.Response:
    return httpx.post(f"{console}/chatkit", json=QUESTION, headers=headers, timeout=20)


def test_it_hands_on_and_writes_down_what_passes() -> None:
    with console() as url:
        answer = asked(url)
        plain = asked(url, **{"X-Wants": "json"})
        first, second = httpx.get(f"{url}/_console/wire").json()
    assert plain.status_code == 201
    assert plain.headers["x-of-theirs"] == "1"
    assert answer.text.endswith(f"data: {json.dumps(DELTA)}\n\n")
    assert first["body"] == QUESTION
    assert [event["data"]["type"] for event in first["events"]] == ["notice", DELTA["type"]]
    assert first["received"] == len(answer.content)
    assert 0 < first["headers_ms"] <= first["first_byte_ms"] <= first["first_text_ms"]
    assert first["first_text_ms"] <= first["ms"]
    assert second["answer"] == plain.json()
    assert (second["status"], second["stream"], second["events"]) == (201, False, [])


def test_no_token_is_in_anything_that_it_shows() -> None:
    with console() as url:
        told = asked(url, Authorization=f"Bearer {CANARY}", Cookie="session=cookie-canary-77")
        minted = asked(url, **{"X-Console-Person": "Alice", "X-Wants": "json"})
        token = minted.json()["told"]["message"]["authorization"].removeprefix("Bearer ")
        panes = ("wire", "trace", "model", "tools", "about")
        shown = {pane: httpx.get(f"{url}/_console/{pane}").text for pane in panes}
    assert json.dumps(CANARY)[1:-1] in told.text
    secrets = (CANARY, json.dumps(CANARY)[1:-1], "cookie-canary-77", token)
    assert len(token) > 40
    assert [(pane, each) for pane, text in shown.items() for each in secrets if each in text] == []
    assert f"[token {fingerprint(CANARY)}]" in shown["model"]
    (call,) = json.loads(shown["tools"])
    assert call["token"] == fingerprint(CANARY)
    assert "x-console-person" not in minted.text


SIGNED_IN = "a-token-that-the-application-gave-81c2"


async def sign_in(request: Request) -> Response:
    async with request.form() as form:
        if form["password"] != "right":
            return JSONResponse({"detail": "The name or the password is wrong."}, 401)
    return JSONResponse({"access_token": SIGNED_IN})


def test_those_who_sign_in_call_tools_and_no_token_is_shown() -> None:
    routes = [Route("/chatkit", echo, methods=["POST"]), Route("/token", sign_in, methods=["POST"])]
    with (
        served(Starlette(routes=routes)) as url,
        ProbeServer(error=f"refused {SIGNED_IN}") as tools,
        served(Site(replace(known(url), tools=tools)).app()) as own,
        httpx.Client(base_url=own, timeout=30) as http,
    ):
        wrong = http.post("/_console/sign_in", json={"username": "carol", "password": "no"}).json()
        assert wrong["error"] == "/token answered 401: The name or the password is wrong."
        right = http.post("/_console/sign_in", json={"username": "carol", "password": "right"})
        assert right.json() == {"error": "", "people": ["carol"]}
        as_carol = {"X-Console-Person": "carol"}
        (first, *_) = http.get("/_console/offered", headers=as_carol).json()
        assert first["name"] == "list_tasks"
        asked = {"name": "list_tasks", "arguments": {}}
        called = http.post("/_console/call", json=asked, headers=as_carol)
        assert called.json()["failed"]
        assert called.json()["text"] == f"refused [token {fingerprint(SIGNED_IN)}]"
        http.post("/chatkit", json=QUESTION, headers=as_carol)
        shown = [http.get(f"/_console/{each}").text for each in ("wire", "tools", "trace", "about")]
    assert tools.calls[0].authorization == f"Bearer {SIGNED_IN}"
    assert [text for text in (right.text, called.text, *shown) if SIGNED_IN in text] == []
    (call,) = json.loads(shown[1])
    assert call["person"] == "carol"


def known(url: str) -> Development:
    """Where people sign in, as the application does not know those who are made here."""
    return replace(development(url), people=People("own", sign_in=SignIn("/token")))


@pytest.mark.parametrize(
    ("status", "who"), [(200, "two"), (401, "own"), (500, "own"), (503, "two")]
)
def test_people_sign_in_where_the_application_does_not_know_these(status: int, who: str) -> None:
    async def chat(_: Request) -> Response:
        return JSONResponse({}, status)

    application = Starlette(routes=[Route("/chatkit", chat, methods=["POST"])])
    with served(application) as url, served(Site(development(url)).app()) as own:
        assert httpx.get(f"{own}/_console/about").json()["who"] == who


@pytest.mark.parametrize(("field", "label"), [("", "User name"), ("email", "Email")])
def test_the_sign_in_asks_for_what_the_application_takes(field: str, label: str) -> None:
    people = People("own", sign_in=SignIn("/login", field))
    given = replace(development("http://127.0.0.1:9"), people=people)
    with served(Site(given).app()) as own:
        assert httpx.get(f"{own}/_console/about").json()["sign_in_with"] == label


def test_the_doctor_reads_what_is_exported() -> None:
    with console() as url:
        asked(url)
        trace = read_trace("trace.json", httpx.get(f"{url}/_console/trace").content)
    assert [entry.kind for entry in trace.passed] == ["request", "status", "event", "event"]
    assert trace.passed[0].body == QUESTION


def test_another_site_gets_nothing() -> None:
    with console() as url:
        for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
            refused = httpx.post(f"{url}/chatkit", json=QUESTION, headers=headers)
            assert refused.status_code in (400, 403)
        assert httpx.get(f"{url}/_console/wire").json() == []
        page = httpx.get(f"{url}/")
    assert page.headers["content-security-policy"].startswith("default-src 'self'")
    assert "<style" not in page.text
    assert "<script>" not in page.text


def test_an_application_that_is_away_is_told() -> None:
    with served(Site(development("http://127.0.0.1:9")).app()) as url:
        answer = asked(url)
        (exchange,) = httpx.get(f"{url}/_console/wire").json()
    assert answer.status_code == 502
    assert "terminal" in answer.json()["error"]["message"]
    assert exchange["failure"] == "ConnectError"


@pytest.mark.parametrize("form", [CANARY, json.dumps(CANARY), f"a {CANARY}, {CANARY}"])
def test_a_token_is_replaced_however_it_is_written(form: str) -> None:
    redaction = Redaction()
    redaction.remember({"X-Session": CANARY}, "x-session")
    assert CANARY not in redaction.clean(form)
    assert json.dumps(CANARY)[1:-1] not in redaction.clean(form)


def test_a_fingerprint_is_a_part_of_the_hash() -> None:
    assert fingerprint("abc") == "ba7816bf"


def test_an_event_that_has_not_ended_is_not_shown() -> None:
    exchange = Exchange(1, "POST", "/chatkit", None, 0, "")
    exchange.answered(200, "text/event-stream; charset=utf-8")
    exchange.receive(b'data: {"type": "a"}\n')
    assert exchange.events == []
    exchange.receive(b"\n: a comment\n\n")
    assert [event.data for event in exchange.events] == [{"type": "a"}]
