"""What the requests of one process share."""

from __future__ import annotations

from dataclasses import dataclass

from agents import Model
from openai import DEFAULT_MAX_RETRIES, AsyncOpenAI

from ..chatkit_store import ChatStore
from .mcp_connections import Connections
from .settings import TurnSettings


@dataclass(frozen=True)
class Resources:
    settings: TurnSettings
    store: ChatStore
    model: Model
    client: AsyncOpenAI
    connections: Connections

    @classmethod
    def of(
        cls, settings: TurnSettings, store: ChatStore, model: Model, client: AsyncOpenAI
    ) -> Resources:
        if client.max_retries == DEFAULT_MAX_RETRIES:  # nobody chose these, which nobody sees
            client.max_retries = 0
        connections = Connections(settings.mcp_warm_seconds, settings.mcp_warm_most)
        return cls(settings, store, model, client, connections)

    async def close(self) -> None:
        await self.connections.close()
        await self.client.close()
        await self.store.close()
