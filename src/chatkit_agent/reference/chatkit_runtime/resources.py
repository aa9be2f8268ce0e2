"""What the requests of one process share."""

from __future__ import annotations

from dataclasses import dataclass

from agents import Model
from openai import AsyncOpenAI

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
        connections = Connections(settings.mcp_warm_seconds, settings.mcp_warm_most)
        return cls(settings, store, model, client, connections)

    async def close(self) -> None:
        await self.connections.close()
        await self.client.close()
        await self.store.close()
