"""The chat's server: what it was added with, and what it does besides answering."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, params

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
    path: str = "/chatkit",
    server: type[TurnServer] = ChatServer,
) -> APIRouter:
    """The chat's routes: `POST {path}` and `GET {path}/health`.

    `current_user` is the dependency that gives the signed-in user, and `user_id` reads the id from
    what that returns (its `id` by default). A dependency may also return a whole RequestContext,
    and name in a method `missing` what it lacks.
    """
    return chatkit_routes(server, current_user, user_id or id_of, path)


def id_of(user: Any) -> object:
    """The user's id, in what `current_user` returns."""
    if isinstance(user, (str, int)):
        return user
    return user["id"] if isinstance(user, dict) else user.id
