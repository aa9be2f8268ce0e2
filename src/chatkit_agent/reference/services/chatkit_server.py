"""The chat's server: its routes, its tools, and what it does besides answering."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from agents import Agent
from fastapi import APIRouter, Request, params

from ..chatkit_runtime.mcp import UserMCPServer
from ..chatkit_runtime.resources import Resources
from ..chatkit_runtime.routes import bearer_token, chatkit_routes, id_of
from ..chatkit_runtime.tool_credentials import HiddenCredentials
from ..chatkit_runtime.tool_log import Context
from ..chatkit_runtime.turn import TurnServer
from ..chatkit_store import PostgresStore
from ..chatkit_store.config import MCP_TOKEN, StoreConfig
from ..chatkit_store.context import RequestContext
from .chat_agent import make_agent, make_client, make_model, wrong_prompt
from .chat_settings import ChatSettings


class Tools(HiddenCredentials):
    """The user's tools. MCP_TOKEN says how the token gets there: auto, header, argument, prompt."""

    token_goes = MCP_TOKEN


class ChatServer(TurnServer):
    """Override here what you need, such as `action` for the buttons of your widgets."""

    tools = Tools
    settings: ChatSettings
    context: RequestContext  # who asks, in this turn
    context_type = RequestContext
    settings_types = (StoreConfig, ChatSettings)  # the last is the one in `settings`

    @classmethod
    def missing(cls) -> list[str]:
        return [*super().missing(), *wrong_prompt()]

    @classmethod
    def open(cls) -> Resources:
        """What all requests of one process share."""
        settings = ChatSettings()
        client = make_client(settings)
        model = make_model(settings, client)
        return Resources.of(settings, PostgresStore(StoreConfig()), model, client)

    def make_agent(self, servers: Sequence[UserMCPServer]) -> Agent[Context]:
        return make_agent(self.settings, self.model, self.context, servers)


def create_chatkit_router(
    current_user: Callable[..., Any] | params.Depends,
    user_id: Callable[[Any], object] = id_of,
    token: Callable[[Request], str | None] = bearer_token,
    path: str = "/chatkit",
    page: str | None = "/chat",
    server: type[TurnServer] = ChatServer,
) -> APIRouter:
    """`POST {path}`, `GET {path}/health` and the page. `token` is for the tools, as the user."""
    return chatkit_routes(server, current_user, user_id, token, path, page)
