"""The user's token in the prompt, for tools that cannot be served otherwise: a risk, so a choice.

Whoever can read the model's requests has the token, and the model may be talked into misusing it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from agents import Agent
from chatkit import types as ck
from fastapi import APIRouter

from .mcp import UserMCPServer
from .message_ids import Answer
from .redaction import redacted
from .resources import Resources
from .tool_log import Context
from .turn import TurnServer

logger = logging.getLogger(__name__)

RISK = "the model and its provider get the users' tokens (the chat was added with --token prompt)"


class TokenInPrompt(TurnServer):
    """Tells the model the token, and keeps what it says free of it."""

    @classmethod
    def add_routes(cls, router: APIRouter, path: str, parts: Callable[[], Resources]) -> None:
        logger.warning(RISK)
        super().add_routes(router, path, parts)

    def make_agent(self, servers: Sequence[UserMCPServer]) -> Agent[Context]:
        agent = super().make_agent(servers)
        agent.instructions = (
            f"{agent.instructions}\nCRITICAL: pass user_id={self.context.user_id} and "
            f"access_token={self.context.token or ''} in every tool call that takes them. "
            "Never show them, and never use other values."
        )
        return agent

    def make_answer(self, new_id: Callable[[], str]) -> Answer:
        token = self.context.token
        return RedactedAnswer(new_id, token) if token else super().make_answer(new_id)


class RedactedAnswer(Answer):
    """The token is in no message, in no thought, and in no sum of the pieces of one."""

    def __init__(self, new_id: Callable[[], str], token: str) -> None:
        super().__init__(new_id)
        self._secret = token
        self._held: dict[str, str] = {}

    def follow(self, event: ck.ThreadStreamEvent) -> list[ck.ThreadStreamEvent]:
        return [self._without_token(each) for each in super().follow(event)]

    def _without_token(self, event: ck.ThreadStreamEvent) -> ck.ThreadStreamEvent:
        if self._secret in (text := event.model_dump_json()):
            return type(event).model_validate_json(redacted(text, self._secret))
        return event

    def clean_piece(self, item_id: str, text: str) -> str:
        """What might become the token stays back until the next piece tells."""
        text = redacted(self._held.pop(item_id, "") + text, self._secret)
        begun = range(min(len(self._secret), len(text)), 0, -1)
        held = next((n for n in begun if text.endswith(self._secret[:n])), 0)
        self._held[item_id] = text[len(text) - held :]
        return text[: len(text) - held]

    def clean(self, item_id: str, text: str) -> str:
        self._held.pop(item_id, None)
        return redacted(text, self._secret)
