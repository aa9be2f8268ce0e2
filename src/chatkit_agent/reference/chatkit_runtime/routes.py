"""The chat's routes: who is asking, which requests are served, and how an answer is streamed."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from typing import Any

from chatkit import types as ck
from chatkit.server import ChatKitServer
from fastapi import APIRouter, Depends, Request, params
from fastapi.responses import JSONResponse, Response
from fastapi.security.utils import get_authorization_scheme_param
from pydantic import ValidationError

from ..chatkit_store import Caller, ThreadBusy
from .error_responses import Refused, error_response
from .event_queue import EventQueue
from .lifecycle import Lifecycle
from .page import add_page
from .request_fields import check_fields, check_words
from .request_guard import (
    TOO_LARGE,
    TOOL_CALL,
    Handler,
    asking_first,
    check_origin,
    credentials_of,
)
from .request_options import (
    check_answers,
    check_open,
    language,
    options_of,
    told_by_client,
    with_model,
)
from .resources import Resources
from .resume import (
    REQUEST,
    RESUME,
    AnyRequest,
    ThreadsFollowReq,
    ThreadsStopReq,
    follow,
    is_answering,
)
from .settings import ConfigurationError
from .streaming import StreamAfterRoute, TurnResponse
from .turn import TurnServer
from .turn_store import ShownStore

logger = logging.getLogger(__name__)

MAX_BODY = 1024 * 1024
LONGEST_ID = 200
IDS = {"thread_id", "item_id", "item_ids", "attachment_id", "after"}
FROM_A_TOOL = (508, "loop", "The assistant's tools cannot talk to the assistant.")
# What a chat does where its server overrides the method.
OPTIONAL: dict[type[Any], str] = {
    ck.ThreadsCustomActionReq: "action",
    ck.ThreadsSyncCustomActionReq: "sync_action",
    ck.InputTranscribeReq: "transcribe",
}


def chatkit_routes(
    server: type[TurnServer],
    current_user: Callable[..., Any] | params.Depends,
    user_id: Callable[[Any], object],
    token: Callable[[Request], str | None],
    path: str,
    page: str | None,
) -> APIRouter:
    """`current_user` is a dependency that gives the user, whose id `user_id` reads.

    `token` finds the user's token in the request, for the tools. The dependency may also give a
    whole Caller, and name in a method `missing` what it lacks.
    """
    chat = Lifecycle(server.open, server.missing, getattr(current_user, "missing", list))
    signed_in = current_user if isinstance(current_user, params.Depends) else Depends(current_user)

    class ChatRoute(StreamAfterRoute):
        body_limit = max(MAX_BODY, *server.body_limits.values(), 0)

        def get_route_handler(self) -> Handler:
            credentials = credentials_of(self.dependant, signed_in.dependency)
            return asking_first(super().get_route_handler(), credentials)

    router = APIRouter(tags=["chatkit"], route_class=ChatRoute, lifespan=chat.lifespan)

    @router.post(path, name="chatkit", summary="Talk to the assistant", response_model=None)
    async def chatkit(request: Request, user: Any = signed_in) -> Response:
        try:
            if TOOL_CALL in request.headers:
                raise Refused(*FROM_A_TOOL)
            context = _caller(user, user_id, token(request))
            check_origin(request, context, isinstance(user, Caller), chat.open().settings)
            return await _serve(chat, server, request, server.context_type.of(context, user))
        except Exception as error:
            locale = language(request.headers.get("accept-language", ""))
            response = error_response(error, lambda said: server.translate(said, locale))
            return _with_state(response, request, isinstance(error, ThreadBusy))

    @router.head(f"{path}/health", include_in_schema=False)  # as some who watch over servers ask
    @router.get(
        f"{path}/health", name="chatkit_health", summary="Is the chat ready", response_model=None
    )
    async def health() -> Response:
        try:
            missing, degraded = await chat.health()
        except Exception as error:
            return error_response(error)
        body = {"live": True, "ready": not missing, "missing": missing, "degraded": degraded}
        return JSONResponse(body, 503 if missing else 200)

    server.add_routes(router, path, chat.open)
    if page:
        add_page(router, page, server)
    return router


async def _serve(
    chat: Lifecycle, kind: type[TurnServer], request: Request, context: Caller
) -> Response:
    parts = chat.open()
    asked = await _asked(request, kind.body_limits)
    check_fields(await request.body(), asked, parts.settings)
    check_words(asked)
    context = told_by_client(context, request, asked.metadata)
    server = kind(parts, context)
    server.tell, server.request = chat.tell, request
    server.goes_on = RESUME in request.headers
    _refuse_unsupported(asked, server)
    silence = parts.settings.keepalive_seconds or None
    if isinstance(asked, ThreadsStopReq):
        stopped = await server.store.stop_turn(asked.params.thread_id, context)
        return _with_state(JSONResponse({"stopped": stopped}), request, stopped)
    if isinstance(asked, ThreadsFollowReq):
        store = ShownStore.of(server.store, True)
        events = follow(store, asked.params.thread_id, context)
        return await _streamed(chat.follow(events, context.user_id), silence, request)
    if ck.is_streaming_req(asked):
        turn = await _turn(chat, kind, parts, asked, context, request)
        return await _streamed(turn, silence, request, goes_on=RESUME in request.headers)
    # Looked at first: whoever is told that an answer is there, has been given all of it.
    is_running = RESUME in request.headers and await is_answering(
        server.store, asked.params, context
    )
    answer = Response(await server.answer(asked), media_type="application/json")
    return _with_state(answer, request, is_running)


async def _turn(
    chat: Lifecycle,
    kind: type[TurnServer],
    parts: Resources,
    asked: ck.StreamingReq,
    context: Caller,
    request: Request,
) -> EventQueue[bytes]:
    await check_open(asked.params, parts.store, context)
    await check_answers(asked.params, parts.store, context)
    options = await options_of(asked.params, parts.settings, parts.store, context)
    server = kind(with_model(parts, options.model), context)
    server.tell, server.request = chat.tell, request
    server.tool_choice = options.tool_choice.id if options.tool_choice else None
    server.goes_on = RESUME in request.headers
    return chat.start(server.stream(asked), context.user_id)


async def _streamed(
    turn: EventQueue[bytes], silence: float | None, request: Request, goes_on: bool = False
) -> Response:
    try:
        # Until the first event is there, the answer can still be an error's status.
        first = await turn.read()
    except BaseException:
        turn.leave() if goes_on else turn.stop()
        raise
    return _with_state(TurnResponse(first, turn, silence, goes_on), request, True)


def _with_state(response: Response, request: Request, is_answering: bool) -> Response:
    """Says to whoever asks whether an answer is being written in the thread of the request."""
    if RESUME in request.headers:
        response.headers[RESUME] = "answering" if is_answering else "idle"
    return response


def _caller(user: Any, user_id: Callable[[Any], object], token: str | None) -> Caller:
    if isinstance(user, Caller):
        return user
    # What has verified a key may give nothing, or the key itself.
    known = token if user_id is id_of_key else user
    try:
        found = None if known is None else user_id(known)
    except (AttributeError, KeyError, TypeError) as error:
        raise ConfigurationError(
            "give create_chatkit_router a user_id= that fits what current_user returns"
        ) from error
    if found is None or found == "":
        raise Refused(401, "not_signed_in", "Sign in first.")
    # A cookie, too, may say `Bearer` before it.
    bare = token.rpartition(" ")[2] if token else None
    return Caller(str(found), bare, {"name": _name_of(user)})


def id_of(user: Any) -> object:
    """The id in what `current_user` gives, where nobody said how to read it."""
    if isinstance(user, (str, int)):
        return user
    return user["id"] if isinstance(user, Mapping) else user.id


def id_of_key(key: str) -> str:
    """Who has an API key, where nothing else is known of them: never the key itself."""
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def one_key(*sent: str | None) -> str | None:
    """The key that was sent; of two that differ it is not known here which one was verified."""
    keys = {*filter(None, sent)}
    if len(keys) > 1:
        raise Refused(401, "not_signed_in", "Send one API key, in one place.")
    return next(iter(keys), None)


def bearer_token(request: Request) -> str | None:
    """The token in `Authorization: Bearer <token>`."""
    scheme, token = get_authorization_scheme_param(request.headers.get("authorization"))
    return token if scheme.lower() == "bearer" else None


def _name_of(user: object) -> str | None:
    for name in ("name", "full_name", "username"):
        value = user.get(name) if isinstance(user, Mapping) else getattr(user, name, None)
        if isinstance(value, str):
            return value
    return None


async def _asked(request: Request, limits: Mapping[str, int]) -> AnyRequest:
    body = await request.body()
    asked = _parsed(body)
    _refuse_long_ids(asked)
    if len(body) > limits.get(asked.type, MAX_BODY):
        raise Refused(413, "too_large", TOO_LARGE.format(limits.get(asked.type, MAX_BODY)))
    return asked


def _parsed(body: bytes) -> AnyRequest:
    try:
        return REQUEST.validate_json(body)
    except ValidationError as error:
        # Where, but not what: the input is somebody's text.
        problems = error.errors()
        places = {".".join(map(str, problem["loc"][1:])) for problem in problems}
        unread = [each["msg"] for each in problems if each["type"] == "json_invalid"]
        details = ", ".join(unread or sorted(places - {""})) or "its type is unknown"
        raise Refused(400, "invalid_request", f"Not a ChatKit request: {details}.") from None


def _refuse_long_ids(asked: AnyRequest) -> None:
    """Ours are short: no statement, no file and no line of a log has to carry such a one."""
    params = asked.params.model_dump(include=IDS)
    params |= {"attachments": getattr(getattr(asked.params, "input", None), "attachments", [])}
    for name, value in params.items():
        ids = value if isinstance(value, list) else [value]
        if any(each is not None and len(each) > LONGEST_ID for each in ids):
            raise Refused(400, "invalid_request", f"Not a ChatKit request: params.{name}.")


def _refuse_unsupported(asked: AnyRequest, server: TurnServer) -> None:
    method = OPTIONAL.get(type(asked))
    is_open = method is not None and getattr(type(server), method) is getattr(ChatKitServer, method)
    has_files = bool(getattr(getattr(asked.params, "input", None), "attachments", None))
    if has_files or isinstance(asked, (ck.AttachmentsCreateReq, ck.AttachmentsDeleteReq)):
        is_open = server.attachment_store is None
    if is_open:
        raise Refused(501, "not_supported", "This chat does not have that feature.")
