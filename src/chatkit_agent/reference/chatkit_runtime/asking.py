"""What a function tool can ask of the person, or of the page, instead of answering itself.

The agent stops at such a tool (`tool_use_behavior=StopAtTools([...])`) and goes on with the answer.
"""

from __future__ import annotations

from datetime import datetime, timezone

from chatkit import types as ck

from .tool_log import Context


async def ask_person(chat: Context, *questions: ck.StructuredInput) -> str:
    """Shows a form; its answers come as the next request, and the model is told them.

    Choices are suggestions in ChatKit: a person may write another answer instead.
    """
    item = ck.StructuredInputItem(
        id=chat.generate_id("message"),
        thread_id=chat.thread.id,
        created_at=datetime.now(timezone.utc),
        inputs=list(questions),
    )
    await chat.stream(ck.ThreadItemDoneEvent(item=item))
    return "The person is being asked."


async def tell_page(chat: Context, name: str, **data: object) -> str:
    """Has the page do something at once; no answer comes back."""
    await chat.stream(ck.ClientEffectEvent(name=name, data=data))
    return "The page was told."
