"""An application with the chat and a page for it, whose answers can be asked to be of any kind."""

from __future__ import annotations

import importlib
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import jwt
from chatkit import types as ck
from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, Response
from starlette.middleware.base import RequestResponseEndpoint
from starlette.staticfiles import StaticFiles

from .show_widgets import SHOWS
from .shows import acted, acted_at_once

SECRET = "a secret of this test session, which is long enough for HS512 too"
HOST = Path(__file__).parent / "host"
# What the page is held to: everything from its own origin, nothing inline.
POLICY = "default-src 'self'"


def token_of(user: str) -> str:
    return jwt.encode({"sub": user, "exp": int(time.time()) + 3600}, SECRET, "HS256")


def stage_router(target: str) -> Any:
    """The delivered chat with everything on; `show NAME` answers with that part of the protocol."""
    chat = importlib.import_module(f"{target}.services.chatkit_server")
    runtime = f"{target}.chatkit_runtime"
    user = importlib.import_module(f"{target}.services.current_user").VerifiedUser()
    stage = _stage(chat.ChatServer, runtime)
    return chat.create_chatkit_router(current_user=user, server=stage, page=None)


def _stage(chat: Any, runtime: str) -> type[Any]:
    approvals = importlib.import_module(f"{runtime}.approvals").Approvals
    attachments = importlib.import_module(f"{runtime}.attachments").Attachments
    transcription = importlib.import_module(f"{runtime}.transcription").Transcription

    class Stage(approvals, attachments, transcription, chat):  # type: ignore[misc, valid-type]
        async def respond(
            self, thread: ck.ThreadMetadata, message: ck.UserMessageItem | None, context: Any
        ) -> AsyncIterator[ck.ThreadStreamEvent]:
            show = _show_of(message)
            source = SHOWS[show](thread) if show else super().respond(thread, message, context)
            async for event in source:
                yield event

        async def action(
            self, thread: ck.ThreadMetadata, action: Any, sender: Any, context: Any
        ) -> AsyncIterator[ck.ThreadStreamEvent]:
            own = action.type.startswith("stage.")
            source = (
                acted(thread, action, sender)
                if own
                else super().action(thread, action, sender, context)
            )
            async for event in source:
                yield event

        async def sync_action(
            self, thread: ck.ThreadMetadata, action: Any, sender: Any, context: Any
        ) -> ck.SyncCustomActionResponse:
            return acted_at_once(action, sender)

    return Stage


def _show_of(message: ck.UserMessageItem | None) -> str | None:
    text = "".join(part.text for part in message.content) if message else ""
    name = text.removeprefix("show ")
    return name if text.startswith("show ") and name in SHOWS else None


async def register(request: Request, file: Any) -> Any:
    """Takes the file to where the chat keeps files, in the name of whoever sends it."""
    content = await file.read()
    token = {"Authorization": request.headers["authorization"]}
    async with httpx.AsyncClient(base_url=str(request.base_url), headers=token) as http:
        params = {"name": file.filename, "size": len(content), "mime_type": file.content_type}
        asked = await http.post("/chatkit", json={"type": "attachments.create", "params": params})
        made = asked.json()
        target = made.pop("upload_descriptor")
        await http.put(target["url"], content=content, headers=target["headers"])
    return made


def application(router: Any, static: Path) -> FastAPI:
    app = FastAPI()
    app.include_router(router)
    app.mount("/stage/static", StaticFiles(directory=static))
    app.mount("/host", StaticFiles(directory=HOST))

    @app.get("/stage")
    async def page() -> FileResponse:
        return FileResponse(HOST / "index.html")

    @app.post("/upload")
    async def upload(request: Request) -> Any:
        """As `direct` uploads go: the application registers the file and keeps it itself."""
        async with request.form() as form:
            return await register(request, form["file"])

    @app.get("/token/{user}")
    async def token(user: str) -> dict[str, str]:
        return {"token": token_of(user)}

    @app.get("/favicon.ico")
    async def icon() -> Response:
        return Response(status_code=204)

    @app.middleware("http")
    async def policy(request: Request, call_next: RequestResponseEndpoint) -> Response:
        response = await call_next(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response

    return app
