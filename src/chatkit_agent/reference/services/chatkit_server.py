"""The chat's server: what it was added with, and what it does besides answering."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request, params
from fastapi.security.utils import get_authorization_scheme_param

from ..chatkit_runtime.routes import chatkit_routes
from ..chatkit_runtime.tool_credentials import HiddenCredentials
from ..chatkit_runtime.turn import TurnServer


class Tools(HiddenCredentials):
    """The user's tools, and what is done with each call."""


class ChatServer(TurnServer):
    """Override here what you need, such as `action` for the buttons of your widgets."""

    tools = Tools


def create_chatkit_router(
    *,
    current_user: Callable[..., Any] | params.Depends,
    user_id: Callable[[Any], object] | None = None,
    token: Callable[[Request], str | None] | None = None,
    path: str = "/chatkit",
    server: type[TurnServer] = ChatServer,
) -> APIRouter:
    """The chat's routes: `POST {path}` and `GET {path}/health`.

    `current_user` is the dependency that gives the signed-in user, and `user_id` reads the id from
    what that returns (its `id` by default). `token` finds the user's token in the request, for the
    tools; by default it is that of `Authorization: Bearer <token>`. A dependency may also return a
    whole RequestContext, and name in a method `missing` what it lacks.
    """
    return chatkit_routes(server, current_user, user_id or id_of, token or bearer_token, path)


def id_of(user: Any) -> object:
    """The user's id, in what `current_user` returns."""
    if isinstance(user, (str, int)):
        return user
    return user["id"] if isinstance(user, dict) else user.id


def bearer_token(request: Request) -> str | None:
    """The token in `Authorization: Bearer <token>`."""
    scheme, token = get_authorization_scheme_param(request.headers.get("authorization"))
    return token if scheme.lower() == "bearer" else None
