"""Retry: a question that a tool answered is answered again."""

from __future__ import annotations

from chatkit_agent.evidence.run import Repetition, Reply
from chatkit_agent.evidence.run.staging import Stage


def repeat(stage: Stage, url: str) -> Repetition | None:
    """Alice asks in a new thread, and presses Retry."""
    chat, alice = stage.chat(url), stage.alice
    live = "Say goodbye, and use no tool:"
    asked = chat.turn(alice, stage.marked(live if stage.is_live else "Please add a task: cat food"))
    thread, question = asked.reply.thread, _question(asked.reply)
    if thread is None or question is None:
        return None
    params = {"thread_id": thread, "item_id": question}
    again = chat.turn_of(alice, asked.question, "threads.retry_after_item", params)
    return Repetition(asked, again, stage.items(url, thread))


def _question(reply: Reply) -> str | None:
    """The id under which the question was kept."""
    items = (item for item in reply.items if item.get("type") == "user_message")
    return next((str(item["id"]) for item in items), None)
