"""The offline model: a real server of OpenAI's API that records what it is asked."""

from __future__ import annotations

import argparse
import asyncio
import json
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Send
from typing_extensions import Self

from chatkit_agent.sandbox import completions_api, responses_api
from chatkit_agent.sandbox.replies import decide
from chatkit_agent.sandbox.serving import BrokenOff, serve_until_interrupted, served
from chatkit_agent.sandbox.turns import BadRequest, Frame, Reply, ToolCall, Turn, reply

__all__ = ["Behaviour", "ModelRequest", "OfflineModel", "Reply", "ToolCall"]

NAME = "offline-model"
ERRORS = {
    400: ("invalid_request_error", None, "The request is malformed."),
    401: ("invalid_request_error", "invalid_api_key", "Incorrect API key provided."),
    404: ("invalid_request_error", None, "The offline model has no such address."),
    429: ("requests", "rate_limit_exceeded", "Rate limit reached."),
    500: ("server_error", None, "The server had an error while processing your request."),
}


@dataclass
class ModelRequest:
    """One request as it arrived. Header names are lowercase; `body` is None where it is no JSON.

    `began` and `ended` are read from the monotonic clock.
    `answered` and `problem`: what a real provider said, as it came.
    `finished`: the answer was written to its end. `hung_up`: the client went away before that.
    """

    method: str
    path: str
    headers: dict[str, str]
    text: str
    body: Any
    finished: bool = False
    hung_up: bool = False
    began: float = field(default_factory=time.monotonic)
    ended: float | None = None
    reply: Reply | None = None
    usage: dict[str, Any] = field(default_factory=dict)
    answered: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Behaviour:
    """How requests are answered. `status` other than 200 answers with that error.

    `break_after` cuts the connection after so many tokens, and `hold_after` says no more until
    `release`; delays are in seconds.
    """

    status: int = 200
    first_token_delay: float = 0.0
    seconds_per_word: float = 0.0
    break_after: int | None = None
    hold_after: int | None = None


@dataclass
class OfflineModel:
    """`with OfflineModel() as model:` serves `model.url`, which ends with `/v1`.

    `decides` gives the reply to a turn that no script is there for. With `names` it has only the
    models of these, and refuses others as OpenAI does.
    """

    seconds_per_word: float = 0.0
    port: int = 0
    decides: Callable[[Turn], Reply] = decide
    names: tuple[str, ...] = ()
    url: str = field(default="", init=False)
    requests: list[ModelRequest] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self._usual = Behaviour(seconds_per_word=self.seconds_per_word)
        self._behaviours: deque[Behaviour] = deque()
        self._script: deque[Reply] = deque()
        self._released = threading.Event()
        self._running = ExitStack()

    def __enter__(self) -> Self:
        self.url = self._running.enter_context(served(self.app(), self.port)) + "/v1"
        return self

    def __exit__(self, *exception: object) -> None:
        self._running.close()

    @property
    def disconnects(self) -> list[ModelRequest]:
        """The requests whose client hung up before the answer ended."""
        return [request for request in self.requests if request.hung_up]

    def behave(
        self,
        status: int = 200,
        *,
        first_token_delay: float = 0.0,
        seconds_per_word: float | None = None,
        break_after: int | None = None,
        hold_after: int | None = None,
        times: int | None = None,
    ) -> None:
        """Answer so from now on, or only the next `times` requests; without arguments, as usual."""
        pace = self.seconds_per_word if seconds_per_word is None else seconds_per_word
        behaviour = Behaviour(status, first_token_delay, pace, break_after, hold_after)
        if hold_after is not None:
            self._released.clear()
        if times is None:
            self._behaviours.clear()
            self._usual = behaviour
        else:
            self._behaviours.extend([behaviour] * times)

    def release(self) -> None:
        """Let answers that were held go on."""
        self._released.set()

    def script(self, replies: list[str | ToolCall | Reply]) -> None:
        """Say these in turn, whatever is asked; after the last one, decide as usual."""
        self._script = deque(reply(one) for one in replies)

    def app(self) -> Starlette:
        """The server as an ASGI application."""
        routes = [
            Route("/v1/models", self._list_models),
            Route("/v1/models/{name:path}", self._show_model),
            Route("/v1/responses", self._respond, methods=["POST"]),
            Route("/v1/chat/completions", self._complete, methods=["POST"]),
            Route("/{path:path}", self._unknown, methods=["GET", "POST", "PUT", "DELETE"]),
        ]
        return Starlette(routes=routes)

    async def _list_models(self, request: Request) -> Response:
        record = await self._record(request)
        models = [_description(name) for name in self.names or (NAME,)]
        return _whole(record, {"object": "list", "data": models})

    async def _show_model(self, request: Request) -> Response:
        record, name = await self._record(request), request.path_params["name"]
        return (
            _whole(record, _description(name)) if self._has(name) else _unknown_model(record, name)
        )

    def _has(self, name: str) -> bool:
        return not self.names or name in self.names

    async def _respond(self, request: Request) -> Response:
        return await self._answer(request, responses_api)

    async def _complete(self, request: Request) -> Response:
        return await self._answer(request, completions_api)

    async def _unknown(self, request: Request) -> Response:
        return _error(await self._record(request), 404)

    async def _record(self, request: Request) -> ModelRequest:
        text = (await request.body()).decode(errors="replace")
        record = ModelRequest(
            request.method, request.url.path, dict(request.headers), text, _json_of(text)
        )
        self.requests.append(record)
        return record

    async def _answer(self, request: Request, api: ModuleType) -> Response:
        record = await self._record(request)
        behaviour = self._behaviours.popleft() if self._behaviours else self._usual
        if behaviour.status != 200:
            return _error(record, behaviour.status)
        name = record.body.get("model") if isinstance(record.body, dict) else None
        if name and not self._has(str(name)):
            return _unknown_model(record, str(name))
        try:
            turn = api.read(record.body)
        except BadRequest as error:
            return _error(record, 400, str(error))
        except (KeyError, TypeError, AttributeError) as error:
            return _error(record, 400, f"Malformed at {error!r}.")
        said = self._script.popleft() if self._script else self.decides(turn)
        record.reply, record.usage = said, api.usage(record.body, said)
        if record.body.get("stream"):
            return _Stream(record, api.events(record.body, said), behaviour, self._released)
        await asyncio.sleep(behaviour.first_token_delay)
        if behaviour.break_after is not None:
            return _Stream(
                record, iter([Frame("{", is_token=True)]), Behaviour(break_after=0), self._released
            )
        return _whole(record, api.answer(record.body, said))


class _Stream(StreamingResponse):
    """Server-sent events that notice whether anybody listened to their end."""

    def __init__(
        self,
        record: ModelRequest,
        frames: Iterator[Frame],
        behaviour: Behaviour,
        released: threading.Event,
    ) -> None:
        self._record = record
        self._released = released
        super().__init__(self._frames_in_pace(frames, behaviour), media_type="text/event-stream")

    async def stream_response(self, send: Send) -> None:
        try:
            await super().stream_response(send)
        except (OSError, asyncio.CancelledError):
            self._record.hung_up = not self._record.finished
            raise

    async def _frames_in_pace(
        self, frames: Iterator[Frame], behaviour: Behaviour
    ) -> AsyncIterator[str]:
        tokens = 0
        await asyncio.sleep(behaviour.first_token_delay)
        for frame in frames:
            if frame.is_token:
                if tokens == behaviour.break_after:
                    raise BrokenOff
                while tokens == behaviour.hold_after and not self._released.is_set():  # noqa: ASYNC110
                    await asyncio.sleep(0.02)  # another thread releases it
                await asyncio.sleep(behaviour.seconds_per_word if tokens else 0)
                tokens += 1
            # Clients hang up at the last event, so it has to be marked before it is sent.
            self._record.finished = _is_last(frame)
            self._record.ended = time.monotonic()
            yield frame.text


def _is_last(frame: Frame) -> bool:
    return frame.text.startswith(("event: response.completed", "data: [DONE]"))


def _json_of(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _whole(record: ModelRequest, content: Any) -> Response:
    record.finished, record.ended = True, time.monotonic()
    # Unlike JSONResponse, which cannot write a lone surrogate.
    return Response(json.dumps(content), media_type="application/json")


def _description(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "chatkit-agent sandbox"}


def _unknown_model(record: ModelRequest, name: str) -> Response:
    said = f"The model `{name}` does not exist or you do not have access to it."
    return _error(record, 404, said, "model_not_found")


def _error(record: ModelRequest, status: int, message: str = "", code: str = "") -> Response:
    record.finished, record.ended = True, time.monotonic()
    kind, usual_code, usual = ERRORS.get(status, ERRORS[500])
    text = f"{message or usual} (Said by the offline model of the ChatKit sandbox.)"
    error = {"message": text, "type": kind, "param": None, "code": code or usual_code}
    return JSONResponse({"error": error}, status)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m chatkit_agent.sandbox.model")
    parser.add_argument("--port", type=int, default=0, help="0 lets the system choose")
    parser.add_argument("--seconds-per-word", type=float, default=0.03)
    options = parser.parse_args()
    model = OfflineModel(options.seconds_per_word)
    says = "The offline model listens. Set OPENAI_BASE_URL={url}/v1 and any OPENAI_API_KEY."
    serve_until_interrupted(model.app(), options.port, says)


if __name__ == "__main__":
    main()
