"""What the model remembers of a conversation: stored items, and what its tools did, as input."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timezone
from itertools import accumulate
from typing import Any, TypeGuard

from agents import TResponseInputItem
from chatkit.agents import ThreadItemConverter
from chatkit.types import (
    AssistantMessageItem,
    Attachment,
    ClientToolCallItem,
    HiddenContextItem,
    ThreadItem,
    UserMessageItem,
    UserMessageTagContent,
    WorkflowItem,
)
from openai.types.responses import ResponseInputContentParam, ResponseInputTextParam

from .message_order import LONGEST_CALL_ID, short_id
from .tool_names import plain_name

LONGEST = 4000
NOT_SAID = "It was called; what it answered was withheld with the rest of that answer."
INTERRUPTED = (
    "No result came back. It may or may not have taken effect: check before you repeat it."
)


class History(ThreadItemConverter):
    """Stored items as model input."""

    async def to_agent_input(
        self, thread_items: Sequence[ThreadItem] | ThreadItem
    ) -> list[TResponseInputItem]:
        items = thread_items if isinstance(thread_items, Sequence) else [thread_items]
        gone = {item.content["withheld"] for item in items if is_mark(item)}
        kept = [item for item in items if item.id not in gone and not is_mark(item)]
        return _told_apart(await super().to_agent_input(_told_once(kept)))

    async def assistant_message_to_input(
        self, item: AssistantMessageItem
    ) -> TResponseInputItem | None:
        # A plain string: the Chat Completions converter does not know `output_text` parts.
        text = "".join(part.text for part in item.content)
        return {"role": "assistant", "content": text} if text.strip() else None

    async def hidden_context_to_input(
        self, item: HiddenContextItem
    ) -> TResponseInputItem | list[TResponseInputItem] | None:
        if not _is_call(item):
            return await super().hidden_context_to_input(item)
        call = item.content
        call_id = fitting_id(call.get("call_id") or item.id)
        return [
            {
                "type": "function_call",
                "call_id": call_id,
                "name": plain_name(call["tool"]),
                "arguments": call["arguments"],
            },
            {
                "type": "function_call_output",
                "call_id": call_id,
                "output": INTERRUPTED if call["result"] is None else call["result"],
            },
        ]

    async def workflow_to_input(self, item: WorkflowItem) -> None:
        """What a workflow shows to people, the model knows from the calls themselves."""

    async def attachment_to_message_content(
        self, attachment: Attachment
    ) -> ResponseInputContentParam:
        return {"type": "input_text", "text": f"[The file {attachment.name} cannot be shown.]"}

    async def tag_to_message_content(self, tag: UserMessageTagContent) -> ResponseInputTextParam:
        text = f"@{tag.text}: {json.dumps(tag.data)}"
        return {"type": "input_text", "text": text}


HISTORY = History()


def _told_once(items: Sequence[ThreadItem]) -> list[ThreadItem]:
    """A call that the client carries out is in its own item; the server has only passed it on."""
    kept = list(items)
    for called in (item for item in items if isinstance(item, ClientToolCallItem)):
        before = [item for item in kept[: kept.index(called)] if _is_call(item)]
        same = [item for item in before if item.content["tool"] == called.name]
        same = same or [item for item in before if item.content["call_id"] == called.call_id]
        if same and called.status == "completed":
            kept.remove(same[-1])
        elif same:
            unanswered = {**same[-1].content, "result": None}
            changed = same[-1].model_copy(update={"content": unanswered})
            kept[kept.index(same[-1])] = changed
    return kept


def withheld(thread_id: str, item_id: str, message_id: str) -> HiddenContextItem:
    """A mark at a message that a guardrail stopped: the person keeps it, the model forgets it."""
    content, now = {"withheld": message_id}, datetime.now(timezone.utc)
    return HiddenContextItem(id=item_id, thread_id=thread_id, created_at=now, content=content)


def is_mark(item: ThreadItem) -> TypeGuard[HiddenContextItem]:
    """Whether it says that a message before it was withheld."""
    return (
        isinstance(item, HiddenContextItem)
        and isinstance(item.content, dict)
        and "withheld" in item.content
    )


def _is_call(item: ThreadItem) -> TypeGuard[HiddenContextItem]:
    return (
        isinstance(item, HiddenContextItem)
        and isinstance(item.content, dict)
        and "tool" in item.content
    )


def within(items: Sequence[ThreadItem], chars: int) -> list[ThreadItem]:
    """Of items, newest first, the ones that fit; those since the last question in any case."""
    asked = next((n for n, item in enumerate(items) if isinstance(item, UserMessageItem)), 0)
    sizes = accumulate(map(_size, items))
    return [
        item
        for number, (item, size) in enumerate(zip(items, sizes, strict=True))
        if number <= asked or size <= chars
    ]


def _size(item: ThreadItem) -> int:
    return 0 if isinstance(item, WorkflowItem) else len(item.model_dump_json())


def fitting_id(call_id: str) -> str:
    """The id that the provider gave, which some ask for again; our own are as short as theirs."""
    return (
        short_id(call_id)
        if call_id.startswith("tc_") or len(call_id) > LONGEST_CALL_ID
        else call_id
    )


def _told_apart(items: list[TResponseInputItem]) -> list[TResponseInputItem]:
    """Some providers count their calls from nought in each answer."""
    seen: dict[str, str] = {}
    for number, item in enumerate(items):
        called: Any = item
        if called.get("type") == "function_call":
            theirs = called["call_id"]
            is_new = theirs not in seen
            seen[theirs] = theirs if is_new else short_id(f"{theirs} {number}")
        if called.get("type") in {"function_call", "function_call_output"}:
            called["call_id"] = seen.get(called["call_id"], called["call_id"])
    return items


def remembered_call(tool: str, arguments: dict[str, Any], call_id: str = "") -> dict[str, Any]:
    """What a hidden item keeps of a call, to be joined by the result: no cut can part the two."""
    text = json.dumps(arguments)
    if len(text) > LONGEST:
        text = json.dumps({"shortened": text[:LONGEST]})
    return {"tool": tool, "call_id": call_id, "arguments": text, "result": None}


def interrupted(item: WorkflowItem) -> WorkflowItem:
    for task in item.workflow.tasks:
        if task.status_indicator == "loading":
            task.status_indicator = "none"
    return item
