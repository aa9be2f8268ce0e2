"""The chat's routes: who may ask, which requests are served, and how an answer is streamed."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from agents import Model
from chatkit.server import ChatKitServer
from chatkit.store import NotFoundError
from chatkit.types import (
    AttachmentsCreateReq,
    AttachmentsDeleteReq,
    ChatKitReq,
    InputTranscribeReq,
    ThreadsCustomActionReq,
    ThreadsSyncCustomActionReq,
    is_streaming_req,
)
from fastapi import APIRouter, Depends, FastAPI, Request, params
from fastapi.responses import JSONResponse, Response, StreamingResponse
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from pydantic import TypeAdapter, ValidationError
from starlette.types import Receive, Scope, Send

from ..chatkit_store import (
    PostgresStore,
    RequestContext,
    StoreConfig,
    StoreError,
    StoreNotConfigured,
    StoreUnavailable,
    ThreadBusy,
)
from ..chatkit_store.config import ENV_PREFIX
from .chat_agent import SYSTEM_PROMPT, ChatSettings, ConfigurationError, check_prompt, make_model
from .chatkit_server import ChatServer, error_event
from .current_user import KeysUnavailable, NotAllowed, NotSignedIn, TokenVerifier, bearer_token
from .turn_events import Relay

logger = logging.getLogger(__name__)

MAX_BODY = 1024 * 1024
REQUEST: TypeAdapter[ChatKitReq] = TypeAdapter(ChatKitReq)
RESTARTING = "The server is restarting. Send your message again in a moment."
DISCONNECTED = "The answer broke off. Try again."


class Refused(Exception):
    """The request is not served. The message is shown to the client."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


class StreamAfterRoute(APIRoute):
    """Streams when the route is through, so that what its dependencies hold is given back first.

    A database session of the application's own sign-in would else be held for the whole answer.
    """

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        turns: list[TurnResponse] = []
        scope["chatkit.turns"] = turns
        try:
            await super().handle(scope, receive, send)
            for response in turns:
                await response.send_events(scope, receive, send)
        finally:
            for response in turns:
                response.turn.stop()


class TurnResponse(Response):
    """The events of a turn; its first one is known. `StreamAfterRoute` sends it."""

    def __init__(self, first: bytes | None, turn: Relay[bytes], keepalive: float) -> None:
        super().__init__()
        self.turn = turn
        self._first = first
        self._silence = keepalive or None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["chatkit.turns"].append(self)

    async def send_events(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
        response = StreamingResponse(
            self._events(), media_type="text/event-stream", headers=headers
        )
        await response(scope, receive, send)

    async def _events(self) -> AsyncIterator[bytes]:
        event = self._first
        while event is not None:
            yield event
            try:
                event = await self.turn.read(self._silence)
            except asyncio.TimeoutError:
                event = b": still here\n\n"
            except Exception as error:
                logger.warning("the stream broke off: %s", type(error).__name__)
                yield error_event(DISCONNECTED)
                return


@dataclass(frozen=True)
class Parts:
    settings: ChatSettings
    store: PostgresStore
    model: Model
    verifier: TokenVerifier


class Chat:
    """What the requests of one process share: opened on first use, closed with the application."""

    def __init__(self, user_id: Callable[[Any], object], *, verifies: bool) -> None:
        self._user_id = user_id
        self._verifies = verifies
        self._parts: Parts | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._turns: set[Relay[bytes]] = set()
        self._closing = False

    async def serve(self, request: Request, user: object) -> Response:
        parts = self._open()
        if self._verifies:
            context = await parts.verifier.caller(request)
        else:
            context = self._known_user(request, user)
        asked = _parsed(await _body(request))
        _refuse_unsupported(asked)
        server = ChatServer(parts.store, parts.settings, parts.model, context)
        if not is_streaming_req(asked):
            return Response(await server.answer(asked), media_type="application/json")
        turn = Relay(server.stream(asked))
        self._turns.add(turn)
        turn.task.add_done_callback(lambda _: self._turns.discard(turn))
        try:
            first = await turn.read()
        except BaseException:
            turn.stop()
            raise
        return TurnResponse(first, turn, parts.settings.keepalive_seconds)

    def _known_user(self, request: Request, user: object) -> RequestContext:
        if user is None:
            raise NotSignedIn("sign in first")
        try:
            user_id = self._user_id(user)
        except (AttributeError, KeyError, TypeError) as error:
            raise ConfigurationError(
                "user_id= of create_chatkit_router does not fit what current_user returns"
            ) from error
        if user_id is None or not str(user_id):
            raise NotSignedIn("the signed-in user has no id")
        return RequestContext(str(user_id), bearer_token(request), {"name": _name_of(user)})

    def missing(self) -> list[str]:
        """The names of what has to be set before the chat can answer."""
        names: list[str] = []
        try:
            settings = ChatSettings()
            names += settings.missing()
            if self._verifies:
                names += TokenVerifier(settings).missing()
        except ValidationError as error:
            names += _invalid(error)
        try:
            if not StoreConfig().database_url:
                names.append(f"{ENV_PREFIX}DATABASE_URL")
        except ValidationError as error:
            names += _invalid(error)
        return names

    def _open(self) -> Parts:
        if self._closing:
            raise StoreUnavailable(RESTARTING)
        loop = asyncio.get_running_loop()
        if self._parts is None or self._loop is not loop:
            if missing := self.missing():
                raise ConfigurationError(f"set {', '.join(missing)}")
            settings = ChatSettings()
            self._parts = Parts(
                settings,
                PostgresStore(StoreConfig()),
                make_model(settings),
                TokenVerifier(settings),
            )
            self._loop = loop
            _keep_tokens_out_of_logs()
            _warn(settings, self._verifies)
            self._drain_on_signals(loop)
        return self._parts

    async def health(self) -> JSONResponse:
        missing = self.missing()
        if not missing:
            try:
                await self._open().store.ping()
            except StoreError:
                missing = ["database"]
        body = {"live": True, "ready": not missing, "missing": missing}
        return JSONResponse(body, 503 if missing else 200)

    @asynccontextmanager
    async def lifespan(self, app: FastAPI) -> AsyncIterator[None]:
        """Where the application runs it; nothing depends on that but a clean end."""
        self._closing = False
        if missing := self.missing():
            logger.warning("the chat answers 503 until you set %s", ", ".join(missing))
        yield
        self.drain()
        if self._turns:
            await asyncio.wait({turn.task for turn in self._turns}, timeout=5)
        if self._parts is not None:
            await self._parts.store.close()
        self._parts = None

    def drain(self) -> None:
        """Ends all turns: what was said is saved, and the client is told to ask again."""
        self._closing = True
        for turn in self._turns:
            turn.put(error_event(RESTARTING))
            turn.stop()

    def _drain_on_signals(self, loop: asyncio.AbstractEventLoop) -> None:
        # Servers wait for open streams before they end the lifespan, so that would be too late.
        if threading.current_thread() is not threading.main_thread():
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            before = signal.getsignal(number)
            if callable(before):
                signal.signal(number, self._draining(loop, before))

    def _draining(
        self, loop: asyncio.AbstractEventLoop, before: Callable[[int, Any], Any]
    ) -> Callable[[int, Any], None]:
        def drain(number: int, frame: Any) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self.drain)
            before(number, frame)

        return drain


def create_chatkit_router(
    *,
    path: str = "/chatkit",
    current_user: Callable[..., Any] | params.Depends | None = None,
    user_id: Callable[[Any], object] | None = None,
) -> APIRouter:
    """The chat's routes: `POST {path}` and `GET {path}/health`.

    `current_user` is the application's own dependency for its signed-in user, and `user_id` reads
    the id from what that returns (its `id` by default). Without it, the bearer token is verified
    as the settings say.
    """
    check_prompt(SYSTEM_PROMPT)
    chat = Chat(user_id or _id_of, verifies=current_user is None)
    who = current_user or HTTPBearer(auto_error=False)
    signed_in = who if isinstance(who, params.Depends) else Depends(who)
    router = APIRouter(tags=["chatkit"], route_class=StreamAfterRoute, lifespan=chat.lifespan)

    @router.post(path, name="chatkit", summary="Talk to the assistant", response_model=None)
    async def chatkit(request: Request, user: Any = signed_in) -> Response:
        try:
            return await chat.serve(request, user)
        except Exception as error:
            return _refusal(error)

    @router.get(
        f"{path}/health", name="chatkit_health", summary="Is the chat ready", response_model=None
    )
    async def health() -> Response:
        return await chat.health()

    return router


def _id_of(user: Any) -> object:
    if isinstance(user, (str, int)):
        return user
    return user["id"] if isinstance(user, Mapping) else user.id


def _name_of(user: object) -> str | None:
    for name in ("name", "full_name", "username"):
        value = user.get(name) if isinstance(user, Mapping) else getattr(user, name, None)
        if isinstance(value, str):
            return value
    return None


async def _body(request: Request) -> bytes:
    body = b""
    # A page of another site can make a browser send this user's cookies, but not with this type.
    if "origin" in request.headers and "json" not in request.headers.get("content-type", ""):
        raise Refused(415, "unsupported_media_type", "Send application/json.")
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise Refused(413, "too_large", f"A request may have {MAX_BODY} bytes at most.")
    return body


def _parsed(body: bytes) -> ChatKitReq:
    try:
        return REQUEST.validate_json(body)
    except ValidationError as error:
        where = {".".join(map(str, problem["loc"][1:])) for problem in error.errors()}
        message = (
            f"This is not a ChatKit request ({', '.join(sorted(where - {''})) or 'its type'})."
        )
        raise Refused(400, "invalid_request", message) from None


def _refuse_unsupported(asked: ChatKitReq) -> None:
    reply = getattr(asked.params, "input", None)
    unsupported = isinstance(
        asked, (AttachmentsCreateReq, AttachmentsDeleteReq, InputTranscribeReq)
    ) or bool(getattr(reply, "attachments", None))
    if isinstance(asked, ThreadsCustomActionReq):
        unsupported = ChatServer.action is ChatKitServer.action
    if isinstance(asked, ThreadsSyncCustomActionReq):
        unsupported = ChatServer.sync_action is ChatKitServer.sync_action
    if unsupported:
        raise Refused(501, "not_supported", "This chat does not have that feature.")


def _invalid(error: ValidationError) -> list[str]:
    return [f"a valid {'.'.join(map(str, problem['loc']))}" for problem in error.errors()]


def _refusal(error: Exception) -> JSONResponse:
    """Says what to do next, and nothing of what the exception holds unless we wrote it."""
    headers: dict[str, str] = {}
    if isinstance(error, Refused):
        status, code, message = error.status, error.code, str(error)
    elif isinstance(error, NotSignedIn):
        status, code, message = 401, "not_signed_in", str(error)
        headers["WWW-Authenticate"] = "Bearer"
    elif isinstance(error, NotAllowed):
        status, code, message = 403, "not_allowed", str(error)
    elif isinstance(error, NotFoundError):
        status, code, message = 404, "not_found", "There is no such conversation or item."
    elif isinstance(error, ThreadBusy):
        status, code, message = 409, "busy", str(error)
    elif isinstance(error, ValueError) and not isinstance(error, ConfigurationError):
        status, code, message = 400, "not_possible", "This is not possible in this conversation."
    else:
        status, code, message = _unavailable(error)
        headers["Retry-After"] = "5"
    return JSONResponse({"error": {"code": code, "message": message}}, status, headers)


def _unavailable(error: Exception) -> tuple[int, str, str]:
    if isinstance(error, (ConfigurationError, StoreNotConfigured)):
        logger.error("the chat is not configured: %s", error)
        return 503, "not_configured", f"The chat is not configured: {error}."
    if isinstance(error, (StoreUnavailable, KeysUnavailable)):
        return 503, "unavailable", str(error) or "Sign-in cannot be verified at the moment."
    logger.error("the chat failed", exc_info=error)
    return 503, "failed", "Something went wrong. Try again in a moment."


def _keep_tokens_out_of_logs() -> None:
    """At DEBUG these write down what they send: conversations, arguments, tokens."""
    for name in ("mcp", "openai", "openai.agents"):
        if logging.getLogger(name).getEffectiveLevel() < logging.INFO:
            logging.getLogger(name).setLevel(logging.INFO)


def _warn(settings: ChatSettings, verifies: bool) -> None:
    if verifies and settings.auth == "none":
        logger.warning("%sAUTH=none: everyone on this machine is the same user", ENV_PREFIX)
    if settings.mcp_token == "prompt":
        logger.warning(
            "%sMCP_TOKEN=prompt: users' tokens are part of what the model's provider receives",
            ENV_PREFIX,
        )
