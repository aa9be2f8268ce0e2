"""CORS: what a browser asks of the chat from another origin, and where an application answers."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.meaning import resolves_to

HEADERS = ("Authorization", "chatkit-frame-instance-id")
"""What the ChatKit client sends, besides a `Content-Type`."""
MIDDLEWARE = (
    "fastapi.middleware.cors.CORSMiddleware",
    "starlette.middleware.cors.CORSMiddleware",
)


def cors_calls(chat: Anatomy) -> Iterator[Call]:
    """`app.add_middleware(CORSMiddleware, ...)`, `Middleware(...)` and `CORSMiddleware(app, ...)`,
    under whatever name it is imported.
    """
    own = chat.code.subclasses_of("starlette", "CORSMiddleware")
    own += chat.code.subclasses_of("fastapi", "CORSMiddleware")
    for call in chat.code.calls:
        is_added = call.method in ("add_middleware", "Middleware")
        added = call.argument("middleware_class", 0) or call.argument("cls", 0)
        for each in (syntax.dotted(added) if is_added else None, call.written):
            symbol = chat.code.resolve(call.scope, each)
            if resolves_to(chat.code, call.scope, each, *MIDDLEWARE) or (
                symbol and chat.code.scope_of(symbol) in own
            ):
                yield call
                break
