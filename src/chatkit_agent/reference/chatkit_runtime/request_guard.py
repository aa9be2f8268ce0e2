"""What is looked at besides who is asking: that a body comes in time, and from whose page."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Coroutine, Set
from time import monotonic
from typing import Any

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope

from ..chatkit_store import Caller
from .error_responses import Refused, error_response
from .redaction import whole
from .settings import TurnSettings

# A body may take so long, and longer by its size at this many bytes a second.
BODY_SECONDS = 15
SLOWEST = 20_000
TOOL_CALL = "x-chatkit-tool-call"
"""Says that a tool of a chat is behind a request: the chat answers none of these."""
TOO_LARGE = "A request may have {} bytes at most."
TOO_SLOW = "The request did not arrive in time. Send it again."
NOT_JSON = "Send the header Content-Type: application/json."
OTHER_SITE = (
    "A page of {} may not use the chat, which is asked as {}. Name the page's origin in {}; where "
    "both are one, let the proxy in front pass the host on with its port."
)
Handler = Callable[[Request], Coroutine[Any, Any, Response]]
Place = tuple[str, str]
"""Where in a request, and the name there: `("header", "x-api-key")`."""
HALVES = re.compile(rb"(?i)\\ud[89a-f]")
BY_BROWSERS = ("origin", "sec-fetch-site", "cookie")


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """Raises Refused, or ClientDisconnect where the client left."""
    length = Headers(scope=scope).get("content-length", "")
    if length.isdecimal() and int(length[:20]) > limit:
        raise Refused(413, "too_large", TOO_LARGE.format(limit))
    body, began, more = bytearray(), monotonic(), True
    while more:
        until = began + BODY_SECONDS + len(body) / SLOWEST
        try:
            message = await asyncio.wait_for(receive(), max(0, until - monotonic()))
        except asyncio.TimeoutError:
            raise Refused(408, "too_slow", TOO_SLOW) from None
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > limit:
            raise Refused(413, "too_large", TOO_LARGE.format(limit))
    return bytes(body)


def credentials_of(dependant: Dependant, current_user: Callable[..., Any] | None) -> set[Place]:
    """What the sign-in cannot do without, wherever it stands in a request."""
    asked = [each for each in dependant.dependencies if each.call is current_user]
    for each in asked:
        asked += each.dependencies
    return {
        (place, field.alias)
        for each in asked
        for place in ("header", "cookie", "query")
        for field in getattr(each, f"{place}_params")
    }


def asking_first(handler: Handler, credentials: Set[Place]) -> Handler:
    """401 where FastAPI has 422 for a credential that was not sent: that a page understands."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except RequestValidationError as error:
            lacking = {(*each["loc"][:2], each["type"]) for each in error.errors()}
            if not lacking <= {(*place, "missing") for place in credentials}:
                raise
            return error_response(Refused(401, "not_signed_in", "Sign in first."))

    return answer


def whole_body(body: bytes) -> bytes:
    """A text that was cut within an emoji: browsers send the half as JSON that few others read."""
    if not HALVES.search(body):
        return body
    try:
        return whole(json.dumps(json.loads(body), ensure_ascii=False)).encode()
    except (ValueError, RecursionError):
        return body  # it is refused as what it is


def replayed(body: bytes, receive: Receive) -> Receive:
    """What the route receives after its body was read."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return messages.pop() if messages else await receive()

    return again


def check_type(scope: Scope) -> None:
    """Raises Refused for the types that any site's page can have sent with this user's cookies."""
    headers = Headers(scope=scope)
    kinds = headers.getlist("content-type")
    media = {kind.partition(";")[0].strip().lower() for kind in kinds}
    by_browser = any(name in headers for name in BY_BROWSERS)
    if media != {"application/json"} and (kinds or by_browser):
        raise Refused(415, "not_json", NOT_JSON)


def check_origin(request: Request, context: Caller, is_ours: bool, settings: TurnSettings) -> None:
    """Raises Refused for another site's page, unless it has shown a token that browsers do not add.

    `is_ours`: the context's token is what told who is asking, and no cookie can have.
    """
    headers = request.headers
    has_cookie = "cookie" in headers and not is_ours
    if not has_cookie and _is_in_header(context.token, headers):
        return
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if (origin is None and site is None) or site in {"same-origin", "none"}:
        return
    if site is None and origin is not None and _is_own(origin, headers.get("host")):
        return
    if origin not in settings.origins and not _is_trusted(request, origin or ""):
        told = (origin or "another site", headers.get("host"), settings.variable("ALLOWED_ORIGINS"))
        raise Refused(403, "other_origin", OTHER_SITE.format(*told))


def _is_own(origin: str, host: str | None) -> bool:
    """Some proxies add the port that browsers leave out."""
    scheme, _, place = origin.partition("://")
    return host in (place, place + {"http": ":80", "https": ":443"}.get(scheme, ""))


def _is_in_header(token: str | None, headers: Headers) -> bool:
    if not token:
        return False
    return any(token in value for name, value in headers.items() if name != "cookie")


def _is_trusted(request: Request, origin: str) -> bool:
    """The application's own CORS middleware names it; one that takes everybody names nobody."""
    for each in getattr(request.app, "user_middleware", ()):
        if isinstance(each.cls, type) and issubclass(each.cls, CORSMiddleware):
            pattern = each.kwargs.get("allow_origin_regex")
            matches = [pattern and re.fullmatch(pattern, o) for o in (origin, "https://a.invalid")]
            if origin in each.kwargs.get("allow_origins", ()) or (matches[0] and not matches[1]):
                return True
    return False
