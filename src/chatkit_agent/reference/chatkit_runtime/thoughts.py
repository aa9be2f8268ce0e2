"""What open models think aloud before they answer, told as the summary of a reasoning is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import uuid4

from .model_events import made

OPEN, CLOSE, BLANK = "<think>", "</think>", " "
ALOUD = re.compile(rf"(?s)\A\s*{OPEN}.*?(?:{CLOSE}\s*|\Z)")
SUMMED_UP = "response.reasoning_summary_text."


def without_thoughts(items: Iterable[Any]) -> None:
    """Takes them out of whole messages, in place."""
    for part in (part for item in items if item.type == "message" for part in item.content):
        if part.type == "output_text":
            part.text = ALOUD.sub("", part.text)


class Thoughts:
    """Of one response: what stands in <think> before its answer is no part of that.

    Whether a model thinks aloud or sums it up, people see it where it is `shown`.
    """

    def __init__(self, shown: bool) -> None:
        self._shown = shown
        self._begin([])

    def _begin(self, held: list[Any]) -> None:
        self._held = held
        """The beginning of a message of which no word is known yet."""
        self._awaited, self._text = OPEN, ""
        self._thought, self._item_id = "", ""

    def apart(self, event: Any) -> Sequence[Any]:
        """The event without thoughts, and before it what was held of those before."""
        kind: str = event.type
        if kind == "response.output_text.delta":
            return self._piece(event) if self._awaited else (event,)
        item: Any = getattr(event, "item", None)
        if kind.startswith(SUMMED_UP) and not self._shown:
            return ()
        if kind == "response.output_item.added" and item.type == "message":
            self._begin([event])
            return ()
        if kind == "response.content_part.added" and self._held:
            self._held.append(event)
            return ()
        if kind == "response.output_text.done":
            event.text = ALOUD.sub("", event.text)
        elif kind == "response.content_part.done" and event.part.type == "output_text":
            event.part.text = ALOUD.sub("", event.part.text)
        elif kind in {"response.output_item.done", "response.completed"}:
            without_thoughts([item] if item else event.response.output)
        return [*self._take_held(), event]

    def _piece(self, event: Any) -> list[Any]:
        thought, event.delta = self._split(event.delta)
        told = self._as_summary(thought) if self._shown else []
        return [*told, *self._take_held(), event] if event.delta else told

    def _take_held(self) -> list[Any]:
        held, self._held = self._held, []
        return held

    def _split(self, piece: str) -> tuple[str, str]:
        """What of a text is thought, and what is said; the rest waits for more."""
        text, self._text, thought = self._text + piece, "", ""
        if self._awaited == OPEN:
            begun = text.lstrip()
            if OPEN.startswith(begun):
                self._text = text
                return "", ""
            if not begun.startswith(OPEN):
                self._awaited = ""
                return "", text
            self._awaited, text = CLOSE, begun.removeprefix(OPEN)
        if self._awaited == CLOSE:
            thought, close, text = text.partition(CLOSE)
            if not close:
                ends = (n for n in range(len(CLOSE), 0, -1) if thought.endswith(CLOSE[:n]))
                self._text = CLOSE[: next(ends, 0)]
                return thought.removesuffix(self._text), ""
            self._awaited = BLANK
        said = text.lstrip()
        self._awaited = "" if said else BLANK
        return thought, said

    def _as_summary(self, piece: str) -> list[Any]:
        """The next piece of a thought, as the events of a summary."""
        self._thought += piece
        if not self._item_id and not self._thought.strip():
            return []  # some say that they think, and do not
        told: list[Any] = []
        if not self._item_id:
            self._item_id, piece = f"rs_{uuid4().hex}", self._thought.lstrip()
            item = {"id": self._item_id, "type": "reasoning", "summary": []}
            told.append(made("response.output_item.added", item=item))
        place: Any = {"item_id": self._item_id, "summary_index": 0}
        if piece:
            told.append(made(f"{SUMMED_UP}delta", delta=piece, **place))
        if self._awaited != CLOSE:
            told.append(made(f"{SUMMED_UP}done", text=self._thought.strip(), **place))
            self._thought = self._item_id = ""
        return told
