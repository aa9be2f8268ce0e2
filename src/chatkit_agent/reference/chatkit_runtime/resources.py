"""What the requests of one process share."""

from __future__ import annotations

from dataclasses import dataclass

from agents import Model
from openai import AsyncOpenAI

from ..chatkit_store import ChatStore
from .settings import TurnSettings


@dataclass(frozen=True)
class Resources:
    settings: TurnSettings
    store: ChatStore
    model: Model
    client: AsyncOpenAI

    async def close(self) -> None:
        await self.client.close()
        await self.store.close()
