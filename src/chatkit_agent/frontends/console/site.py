"""The console's own site: its page, what its panes show, and the chat behind the proxy."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from chatkit_agent.api import save_conversation
from chatkit_agent.errors import ChatKitAgentError
from chatkit_agent.frontends.console.checks import KINDS, Checks
from chatkit_agent.frontends.console.proxy import PERSON, Proxy
from chatkit_agent.frontends.console.redaction import Redaction

if TYPE_CHECKING:
    from chatkit_agent.api import Development

PAGE = Path(str(files("chatkit_agent.frontends.console"))) / "page"
ELEMENT = Path(str(files("chatkit_agent"))) / "reference" / "chatkit_page"
OWN = "/_console"
NOT_RECORDED = (
    "No answer of the model passed here: the chat asks it elsewhere than at OPENAI_BASE_URL. Start "
    "`chatkit-agent dev` without OPENAI_API_KEY, and hold the conversation with the offline model."
)
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


class Site:
    """What the page asks for; each answer passes the gate that holds tokens back."""

    def __init__(
        self,
        development: Development,
        prompts: Sequence[str] = (),
        verifying: Sequence[str] = (),
    ) -> None:
        self._development = development
        self._prompts = tuple(prompts)
        self._redaction = Redaction()
        self._proxy = Proxy(development, self._redaction)
        self._checks = Checks(development.root, verifying, self._proxy.wire.trace)

    def app(self) -> Starlette:
        path = self._development.path
        routes = [
            Route("/", self._page),
            Route(f"{OWN}/about", self._about),
            Route(f"{OWN}/wire", self._wire),
            Route(f"{OWN}/trace", self._trace),
            Route(f"{OWN}/model", self._model),
            Route(f"{OWN}/tools", self._tools),
            Route(f"{OWN}/rows", self._rows),
            Route(f"{OWN}/checks", self._shown_checks),
            Route(f"{OWN}/checks/{{kind}}", self._start_check, methods=["POST"]),
            Route(f"{OWN}/save", self._save, methods=["POST"]),
            Route(f"{OWN}/sign_in", self._sign_in, methods=["POST"]),
            Route(f"{OWN}/offered", self._tool_list),
            Route(f"{OWN}/call", self._call, methods=["POST"]),
            Mount(f"{OWN}/chatkit", StaticFiles(directory=ELEMENT)),
            Mount(f"{OWN}/page", StaticFiles(directory=PAGE)),
            Route(path, self._proxy.handle, methods=METHODS),
            Route(f"{path.rstrip('/')}/{{rest:path}}", self._proxy.handle, methods=METHODS),
        ]
        guards = [
            Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"]),
            Middleware(SameOrigin),
        ]
        return Starlette(routes=routes, middleware=guards, lifespan=self._lifespan)

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        yield
        await self._checks.close()
        await self._proxy.close()

    async def _page(self, _request: Request) -> Response:
        return FileResponse(PAGE / "index.html")

    async def _about(self, _request: Request) -> Response:
        given, people = self._development, self._development.people
        await self._proxy.check_people()
        return self._json(
            {
                "name": given.name,
                "path": given.path,
                "application": given.application.url,
                "who": people.kind,
                "people": people.names,
                "sign_in": people.sign_in.path if people.sign_in else "",
                "sign_in_with": people.sign_in.asks_for if people.sign_in else "",
                "header": people.header,
                "before": people.before,
                "tools": given.tools is not None,
                "prompts": self._prompts or given.prompts,
            }
        )

    async def _wire(self, request: Request) -> Response:
        """The exchanges after a number, and those before it that had not ended then."""
        after = _number(request, "after")
        open_ones = {int(each) for each in request.query_params.getlist("open") if each.isdigit()}
        wire = self._proxy.wire
        wanted = (one for one in wire.exchanges if one.number > after or one.number in open_ones)
        return self._json([one.shown(wire.origin) for one in wanted])

    async def _trace(self, _request: Request) -> Response:
        response = self._json({"entries": self._proxy.wire.trace()})
        response.headers["Content-Disposition"] = 'attachment; filename="trace.json"'
        return response

    async def _model(self, _request: Request) -> Response:
        return self._json(self._development.model_calls())

    async def _tools(self, _request: Request) -> Response:
        return self._json(self._development.tool_calls())

    async def _rows(self, request: Request) -> Response:
        thread = request.query_params.get("thread", "")
        try:
            return self._json(await self._development.rows(thread))
        except OSError as error:
            return JSONResponse({"error": f"The database does not answer: {error}"}, 503)

    async def _save(self, request: Request) -> Response:
        """Writes the conversation that is open into the project's tests."""
        given, thread = self._development, str((await request.json())["thread"])
        steps = self._proxy.wire.conversation(thread)
        if not steps:
            return self._json({"error": "Nothing of this conversation was said in this session."})
        try:
            found = await given.saved(self._token(request), steps)
            if not found["model"]:
                return self._json({"error": NOT_RECORDED})
            clean = json.loads(self._redaction.clean(json.dumps(found)))
            return self._json({"written": save_conversation(given.root, _title(steps), clean)})
        except (OSError, ChatKitAgentError) as error:
            return self._json({"error": str(error)})

    async def _shown_checks(self, _request: Request) -> Response:
        return self._json(self._checks.shown())

    async def _start_check(self, request: Request) -> Response:
        if (kind := request.path_params["kind"]) not in KINDS:
            return JSONResponse({"error": f"There is no {kind} to run."}, 404)
        self._checks.start(kind)
        return self._json(self._checks.shown())

    async def _sign_in(self, request: Request) -> Response:
        given = await request.json()
        name, password = str(given["username"]), str(given["password"])
        problem = await self._proxy.sign_in(name, password)
        return self._json({"error": problem, "people": self._development.people.names})

    async def _tool_list(self, request: Request) -> Response:
        return await self._by_hand(self._development.offered(self._token(request)))

    async def _call(self, request: Request) -> Response:
        given = await request.json()
        token = self._token(request)
        return await self._by_hand(
            self._development.call(token, str(given["name"]), given.get("arguments") or {})
        )

    async def _by_hand(self, asked: Awaitable[Any]) -> Response:
        try:
            return self._json(await asked)
        except OSError as error:
            return self._json({"error": str(error)})

    def _token(self, request: Request) -> str:
        """Of whoever asks: made here, or the one that they pasted."""
        people = self._development.people
        name = request.headers.get(PERSON, "")
        given = people.headers(name).get(people.header) or request.headers.get(people.header, "")
        token = given.removeprefix(people.before)
        self._redaction.remember({people.header: given}, people.header)
        return token

    def _json(self, content: Any) -> Response:
        text = self._redaction.clean(json.dumps(content))
        return Response(text, media_type="application/json", headers={"Cache-Control": "no-store"})


def _title(steps: Sequence[dict[str, Any]]) -> str:
    """The first words that the person said."""
    asked = (step["request"]["params"].get("input") or {} for step in steps)
    said = (part.get("text") for each in asked for part in each.get("content") or ())
    return next((str(text) for text in said if text), "conversation")


class SameOrigin:
    """Pages of other sites are refused, and nothing of the console is framed or sniffed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        origin = request.headers.get("origin")
        if origin is not None and origin != f"http://{request.headers.get('host')}":
            refusal = {"error": {"code": "other_origin", "message": "Open the console itself."}}
            await JSONResponse(refusal, 403)(scope, receive, send)
            return

        async def guarded(message: Any) -> None:
            if message["type"] == "http.response.start":
                known = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *(
                        (name.lower().encode(), value.encode())
                        for name, value in HEADERS.items()
                        if name.lower().encode() not in known
                    ),
                ]
            await send(message)

        await self._app(scope, receive, guarded)


def _number(request: Request, name: str) -> int:
    text = request.query_params.get(name, "")
    return int(text) if text.isdigit() else 0
