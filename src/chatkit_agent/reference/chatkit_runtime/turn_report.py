"""What the log says of a turn: one line, with nothing personal in it."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from time import monotonic
from typing import Any

from agents import RunResultStreaming

from ..chatkit_store import Caller

logger = logging.getLogger(__name__)


class TurnReport(dict[str, Any]):
    def __init__(self, model: str, context: Caller) -> None:
        super().__init__(model=model, tools=[])
        self._context = context
        self._began = monotonic()

    @property
    def elapsed(self) -> int:
        """Milliseconds since the turn began."""
        return round((monotonic() - self._began) * 1000)

    def count_tokens(self, result: RunResultStreaming) -> None:
        usage = result.context_wrapper.usage
        self["tokens"] = {"in": usage.input_tokens, "out": usage.output_tokens}

    def write(self, kind: type[BaseException] | None, *_: object) -> None:
        """At the end of the turn, which may be an exception of this kind."""
        user = hashlib.sha256(self._context.user_id.encode()).hexdigest()[:12]
        line = {"request": self._context.request_id, "user": user, **self}
        ended = "stopped" if kind is asyncio.CancelledError else kind and kind.__name__
        line.setdefault("outcome", ended or "done")
        logger.info("chat turn %s", json.dumps({**line, "ms": self.elapsed}))
