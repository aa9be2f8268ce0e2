"""The reverse proxy before the chat: it hands on byte by byte, and writes down what passes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from chatkit_agent.frontends.console.redaction import Redaction
from chatkit_agent.frontends.console.wire import Exchange, Wire

if TYPE_CHECKING:
    from chatkit_agent.api import Development

PERSON = "x-console-person"
HOP_BY_HOP = {
    "connection",
    "content-length",
    "host",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}
NOT_SENT = HOP_BY_HOP | {"accept-encoding", "origin", "referer", PERSON}
AWAY = (
    "The application does not answer. Its last words are in the terminal of `chatkit-agent dev`; "
    "it starts again when a file is saved."
)


class Proxy:
    def __init__(self, development: Development, redaction: Redaction) -> None:
        self._development = development
        self._redaction = redaction
        self.wire = Wire(development.began)
        self._checked = False
        # Proxies of the person's environment are for other hosts.
        self._client = httpx.AsyncClient(
            base_url=development.application.url,
            timeout=httpx.Timeout(None, connect=10),
            trust_env=False,
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def check_people(self) -> None:
        """Asks once whether the application knows those whose tokens are made here."""
        people = self._development.people
        if self._checked or people.signer is None:
            return
        asked = {"type": "threads.list", "params": {"limit": 1}}
        headers = people.headers(people.names[0])
        try:
            answer = await self._client.post(self._development.path, json=asked, headers=headers)
        except httpx.TransportError:
            return
        self._checked = True
        # 500 is of a sign-in that takes ids of another kind; 503 of a chat that is not ready.
        if not answer.is_success and answer.status_code != 503:
            people.are_unknown()

    async def sign_in(self, name: str, password: str) -> str:
        """Signs somebody in as the application does; what went wrong, where something did."""
        people = self._development.people
        route = people.sign_in
        if route is None:
            return "The application has no route that is known to give a token."
        form = {"username": name, "password": password, "grant_type": "password"}
        body = {route.json_name: name, "password": password} if route.json_name else None
        try:
            answer = await self._client.post(route.path, json=body, data=None if body else form)
            token = answer.json()[route.token] if answer.is_success else None
        except (httpx.TransportError, ValueError, LookupError, TypeError) as error:
            return f"{route.path} gave no token: {type(error).__name__}"
        if not isinstance(token, str):
            return f"{route.path} answered {answer.status_code}: {_reason(answer)[:200]}"
        self._redaction.remember({"authorization": f"Bearer {token}"})
        people.keep(name, token)
        return ""

    async def handle(self, request: Request) -> Response:
        body = await request.body()
        person = request.headers.get(PERSON, "")
        headers = self._headers(request.headers, person)
        self._redaction.remember(headers, self._development.people.header)
        exchange = self.wire.begin(request.method, _path(request), body, person)
        sent = self._client.build_request(
            request.method, _path(request), headers=headers, content=body
        )
        try:
            answer = await self._client.send(sent, stream=True)
        except httpx.TransportError as error:
            exchange.end(type(error).__name__)
            return JSONResponse({"error": {"code": "away", "message": AWAY}}, 502)
        except asyncio.CancelledError:
            exchange.end("The page left")
            raise
        exchange.answered(answer.status_code, answer.headers.get("content-type", ""))
        return _handed_on(answer, exchange)

    def _headers(self, given: Mapping[str, str], person: str) -> dict[str, str]:
        headers = {name: value for name, value in given.items() if name not in NOT_SENT}
        headers["accept-encoding"] = "identity"
        for name, value in self._development.people.headers(person).items():
            headers[name.lower()] = value
        return headers


def _path(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _reason(answer: httpx.Response) -> str:
    try:
        detail = answer.json()["detail"]
    except (ValueError, LookupError, TypeError):
        return answer.text
    return detail if isinstance(detail, str) else answer.text


def _handed_on(answer: httpx.Response, exchange: Exchange) -> Response:
    response = StreamingResponse(_pieces(answer, exchange), answer.status_code)
    # Each as it came: a response may set several cookies.
    response.raw_headers = [
        (name.lower(), value)
        for name, value in answer.headers.raw
        if name.decode("latin-1").lower() not in HOP_BY_HOP
    ]
    return response


async def _pieces(answer: httpx.Response, exchange: Exchange) -> AsyncIterator[bytes]:
    failure = "The page left"
    try:
        async for chunk in answer.aiter_raw():
            exchange.receive(chunk)
            yield chunk
        failure = ""
    except httpx.TransportError as error:
        failure = f"The application broke off: {type(error).__name__}"
        raise
    finally:
        exchange.end(failure)
        await answer.aclose()
