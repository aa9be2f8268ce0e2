"""Retry gives one answer in the place of the other, and no tool does its work twice."""

from __future__ import annotations

import json
from collections.abc import Iterator

from chatkit_agent.checks.check import RUN, Finding, check, inconclusive
from chatkit_agent.evidence.run import Repetition, Reply, Run

WHAT = "Retry repeats nothing"
FIX = (
    "Remove what came after the question, but tell the model in its history which tools have "
    "been called for it and what they answered."
)


@check("CK513", needs=RUN)
def retry_repeats_nothing(run: Run) -> Iterator[Finding]:
    """A question that a tool answered is retried; the probe MCP server may not be called again."""
    seen = run.conversation.repetition if run.conversation else None
    if seen is None:
        yield inconclusive(WHAT, run.unseen or "no question was kept that could be retried.")
        return
    for what, found in _problems(seen):
        yield Finding(what=what, where=f"POST {run.path}", evidence=found, fix=FIX)


def _problems(seen: Repetition) -> Iterator[tuple[str, str]]:
    again = seen.again.reply
    if again.status != 200 or not again.answer:
        yield "Retry gives no answer.", again.told
        return
    if seen.again.calls:
        tools = ", ".join(call.tool for call in seen.again.calls)
        yield "A tool was called again when the answer was retried.", f"Called again: {tools}"
    answers = _count_of(seen.items, "assistant_message")
    if answers != 1:
        yield f"After Retry the thread has {answers} answers instead of one.", _kinds(seen.items)
    questions = _count_of(seen.items, "user_message")
    if questions != 1:
        yield f"After Retry the thread has the question {questions} times.", _kinds(seen.items)


def _count_of(items: Reply, kind: str) -> int:
    return sum(each.get("type") == kind for each in _items_of(items))


def _kinds(items: Reply) -> str:
    kinds = ", ".join(str(each.get("type")) for each in _items_of(items))
    return f"Its items are: {kinds}" if kinds else f"`items.list` got {items.summary}"


def _items_of(items: Reply) -> list[dict[str, object]]:
    try:
        listed = json.loads(items.body)["data"]
    except (ValueError, KeyError, TypeError):
        return []
    return [each for each in listed if isinstance(each, dict)]
