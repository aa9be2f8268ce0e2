"""Approvals: a question that needs a destructive tool, and a button pressed twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from chatkit_agent.evidence.run import Approval, Reply
from chatkit_agent.evidence.run.staging import Stage


def approve(stage: Stage, url: str) -> Approval:
    """Alice has a task deleted, which waits for her, and presses every button that says yes."""
    chat, alice = stage.chat(url), stage.alice
    asked = chat.turn(alice, f"Please delete the task {stage.task_of_alice()}")
    pressed = _confirmation(asked.reply)
    if pressed is None:
        return Approval(asked, None, None)
    approved, twice = (
        chat.turn_of(alice, "Approve", "threads.custom_action", pressed) for _ in range(2)
    )
    return Approval(asked, approved, twice)


def _confirmation(reply: Reply) -> dict[str, Any] | None:
    """What the browser sends when the confirming button of the card is pressed."""
    for item in reply.items:
        if item.get("type") == "widget":
            for action in _actions(item.get("widget")):
                return {"thread_id": reply.thread, "item_id": item["id"], "action": action}
    return None


def _actions(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, Mapping):
        button = node.get("confirm")
        if isinstance(button, Mapping) and isinstance(button.get("action"), Mapping):
            yield {"type": button["action"]["type"], "payload": button["action"].get("payload")}
        node = list(node.values())
    if isinstance(node, list):
        for inner in node:
            yield from _actions(inner)
