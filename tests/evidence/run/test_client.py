"""Whatever a server answers, or does not, becomes a reply that can be judged."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import jwt
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from chatkit_agent.evidence.run import Reply, ToolCall
from chatkit_agent.evidence.run.client import Chat, Closed
from chatkit_agent.evidence.run.intruders import look_for_thread, unauthenticated_attempts
from chatkit_agent.evidence.run.signing import Signer, sign_in
from chatkit_agent.sandbox.serving import BrokenOff, served

SECRET = "a secret of more than thirty-two bytes"


class Server:
    """Answers as it is told, and keeps what it was sent."""

    def __init__(self) -> None:
        self.answer: list[Any] = []
        self.status = 200
        self.seen: list[tuple[dict[str, Any], dict[str, str]]] = []
        self.left = False

    async def __call__(self, request: Request) -> Response:
        self.seen.append((json.loads(await request.body()), dict(request.headers)))
        if self.status != 200:
            return PlainTextResponse("no", self.status)
        return StreamingResponse(self._frames(), media_type="text/event-stream")

    async def _frames(self) -> AsyncIterator[str]:
        try:
            async for frame in self._said():
                yield frame
        except asyncio.CancelledError:
            self.left = True
            raise

    async def _said(self) -> AsyncIterator[str]:
        for part in self.answer:
            if part is BrokenOff:
                raise BrokenOff
            if isinstance(part, float):
                await asyncio.sleep(part)
            else:
                yield part if isinstance(part, str) else f"data: {json.dumps(part)}\n\n"


def delta(text: str) -> dict[str, Any]:
    update = {"type": "assistant_message.content_part.text_delta", "delta": text}
    return {"type": "thread.item.updated", "update": update}


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def chat(server: Server) -> Iterator[Chat]:
    async def endpoint(request: Request) -> Response:
        return await server(request)

    with served(Starlette(routes=[Route("/chatkit", endpoint, methods=["POST"])])) as url:
        yield Chat(f"{url}/chatkit", lambda: ())


def test_a_cookie_that_is_set_for_two_paths() -> None:
    async def endpoint(_: Request) -> Response:
        response = PlainTextResponse("Hi")
        response.set_cookie("sid", "one", path="/")
        response.set_cookie("sid", "two", path="/chatkit")
        response.set_cookie("lang", "en")
        return response

    with served(Starlette(routes=[Route("/chatkit", endpoint)])) as url:
        said = Chat(f"{url}/chatkit", lambda: ()).get(f"{url}/chatkit")
    assert said.cookies == {"sid": "two", "lang": "en"}


def test_a_stream_is_timed(server: Server, chat: Chat) -> None:
    made = {"type": "thread.created", "thread": {"id": "thr_1"}}
    server.answer = [made, 0.1, delta("Hello"), ": still here\n\n", 0.2, delta(" you")]
    reply = chat.turn(sign_in("alice", None), "Hi").reply
    assert (reply.thread, reply.answer, reply.error) == ("thr_1", "Hello you", None)
    first, second = reply.text_frames
    assert second.at > first.at >= 0.1
    assert reply.ended >= second.at


def test_a_turn_says_who_asks_what_in_which_thread(server: Server, chat: Chat) -> None:
    alice = sign_in("alice", None)
    chat.turn(alice, "Hi", "thr_1")
    (body, headers) = server.seen[0]
    assert body["type"] == "threads.add_user_message"
    assert body["params"]["thread_id"] == "thr_1"
    assert body["params"]["input"]["content"] == [{"type": "input_text", "text": "Hi"}]
    assert headers["authorization"] == f"Bearer {alice.token}"
    assert headers["host"].startswith("localhost:")


def test_only_the_calls_of_a_turn_are_its_own(server: Server, chat: Chat) -> None:
    calls = [ToolCall("earlier", {}, None)]

    class Counting:
        def __call__(self) -> tuple[ToolCall, ...]:
            seen = tuple(calls)
            calls.append(ToolCall("now", {}, None))
            return seen

    turn = Chat(chat.url, Counting()).turn(sign_in("alice", None), "Hi")
    assert [call.tool for call in turn.calls] == ["now"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ([delta("Hel"), BrokenOff], "the stream was cut"),
        (["data: {not json\n\n"], "the stream was cut"),
        (["data: 7\n\n"], "the stream was cut"),
    ],
)
def test_a_broken_stream(server: Server, chat: Chat, answer: list[Any], error: str) -> None:
    server.answer = answer
    reply = chat.ask(sign_in("alice", None), "threads.create")
    assert reply.status == 200
    assert error in str(reply.error)


def test_an_error_in_the_stream(server: Server, chat: Chat) -> None:
    server.answer = [{"type": "error", "code": "stream.error", "message": "The model is away"}]
    assert chat.ask(sign_in("alice", None), "threads.create").failure == "The model is away"


def test_an_answer_that_is_no_stream(server: Server, chat: Chat) -> None:
    server.status = 418
    assert chat.ask(sign_in("alice", None), "threads.list").summary == "418 no"


def test_nobody_there() -> None:
    reply = Chat("http://127.0.0.1:9/chatkit", lambda: ()).ask(sign_in("a", None), "threads.list")
    assert reply.status is None
    assert reply.summary.startswith("no answer: ConnectError")


def test_a_stream_without_end(server: Server, chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatkit_agent.evidence.run.client.REPLY_SECONDS", 0.3)
    server.answer = [delta("still"), 0.2] * 5
    reply = chat.ask(sign_in("alice", None), "threads.create")
    assert "had not ended" in str(reply.error)


def test_every_kind_of_wrong_token_is_tried(server: Server, chat: Chat) -> None:
    server.status = 401
    signer = Signer(SECRET)
    attempts = unauthenticated_attempts(chat, sign_in("alice", signer), signer)
    assert {attempt.reply.status for attempt in attempts} == {401}
    for (_, headers), attempt in zip(server.seen, attempts, strict=True):
        token = headers.get("authorization", "Bearer ").partition(" ")[2]
        try:
            claims = jwt.decode(
                token, SECRET, algorithms=["HS256"], options={"require": ["exp", "sub"]}
            )
        except jwt.PyJWTError:
            continue
        if claims.get("type") == "refresh":
            continue
        raise AssertionError(f"{attempt.what} is valid: {claims}")


def test_no_token_is_forged_of_a_sign_in_that_is_not_ours(server: Server, chat: Chat) -> None:
    attempts = unauthenticated_attempts(chat, sign_in("alice", None), None)
    assert [attempt.what for attempt in attempts] == [
        "no token",
        "a token of garbage",
        "another user's id in `X-User-ID`",
    ]


def test_a_second_user_tries_everything_with_the_thread(server: Server, chat: Chat) -> None:
    server.status = 404
    alice, bob = sign_in("alice", None), sign_in("bob", None)
    own = chat.turn(bob, "Hi")
    server.seen.clear()
    second_user = look_for_thread(chat, bob, alice, "thr_1", own)
    assert [attempt.reply for attempt in second_user.attempts if attempt.reply.status != 404] == []
    asked = [
        (body["type"], headers["authorization"].split()[1].partition("-")[0])
        for body, headers in server.seen
    ]
    assert asked == [
        ("threads.list", "bob"),
        ("threads.get_by_id", "bob"),
        ("items.list", "bob"),
        ("threads.add_user_message", "bob"),
        ("threads.update", "bob"),
        ("threads.delete", "bob"),
        ("items.list", "alice"),
    ]


def test_a_summary_is_short() -> None:
    assert len(Reply(500, "x" * 5000).summary) < 320


def test_only_so_many_pieces_are_heard_before_it_is_hung_up(server: Server, chat: Chat) -> None:
    server.answer = [delta("one"), delta("two"), 0.2, delta("three")] * 200
    with chat.listening(sign_in("alice", None), "Hi", None, 2) as reply:
        assert reply.answer == "onetwo"
        assert not server.left
    wait_until(lambda: server.left)


def test_listening_to_nobody() -> None:
    with Chat("http://127.0.0.1:9/chatkit", tuple).listening(
        sign_in("a", None), "Hi", None, 2
    ) as it:
        assert it.status is None


@pytest.mark.parametrize("status", [403, 413, 500, 503])
@pytest.mark.parametrize("is_everywhere", [True, False])
def test_what_answers_in_place_of_the_chat_is_not_taken_for_it(
    status: int, is_everywhere: bool
) -> None:
    async def refuse(request: Request) -> Response:
        return PlainTextResponse(f"no, {time.monotonic_ns()}", status)

    path = "/{any:path}" if is_everywhere else "/chatkit"
    with served(Starlette(routes=[Route(path, refuse, methods=["POST"])])) as url:
        chat = Chat(f"{url}/chatkit", tuple)
        if is_everywhere:
            with pytest.raises(Closed, match="something in front of the chat"):
                chat.ask(sign_in("alice", None), "threads.list")
        else:
            assert chat.ask(sign_in("alice", None), "threads.list").status == status


@pytest.mark.parametrize("is_middleware", [True, False])
def test_who_wants_credentials_for_every_path_is_not_the_chat(is_middleware: bool) -> None:
    """A catch-all route with the same sign-in as the chat's answers the same, to its methods."""

    async def refuse(request: Request) -> Response:
        return PlainTextResponse("Missing partner key", 401)

    methods = ["POST", *(["PROPFIND"] if is_middleware else [])]
    with served(Starlette(routes=[Route("/{any:path}", refuse, methods=methods)])) as url:
        chat = Chat(f"{url}/chatkit", tuple)
        if is_middleware:
            with pytest.raises(Closed, match="wants credentials of its own"):
                chat.ask(sign_in("alice", None), "threads.list")
        else:
            assert chat.ask(sign_in("alice", None), "threads.list").status == 401


def test_health_is_beside_the_chat(server: Server, chat: Chat) -> None:
    server.status = 503
    assert chat.health().status == 404


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)
