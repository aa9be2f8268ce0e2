"""What tools do is shown while it happens, and stays in the thread."""

from __future__ import annotations

import json
from collections.abc import Iterator

from chatkit_agent.checks.check import RUN, Finding, check, inconclusive, not_applicable
from chatkit_agent.evidence.run import Conversation, Run, Turn

WHAT = "tool steps are shown"
STEPS = ("workflow", "task")
FIX = (
    "Add a workflow item to the stream, with a task for each tool call, and save it as complete "
    "when the call has ended, also where the turn failed."
)


@check("CK006", needs=RUN, severity="warning")
def tool_steps_shown(run: Run) -> Iterator[Finding]:
    """As a workflow or a task among the items of the stream, and again when the conversation is
    opened after a restart, where none of them still goes on.
    """
    conversation, turn = run.conversation, _turn_with_tools(run)
    if run.auth == "none":
        yield not_applicable("With `--auth none` no tool is called as anybody.")
        return
    if conversation is None or turn is None:
        why = run.unseen or "the first question led to no tool call."
        yield inconclusive(WHAT, why)
        return
    where = f"POST {run.path}"
    for what, found in _problems(conversation, turn):
        yield Finding(what=what, where=where, evidence=found, fix=FIX)


def _turn_with_tools(run: Run) -> Turn | None:
    """Alice's first, or where the tools are the application's routes the one that had them."""
    marked = run.marked_calls if isinstance(run.marked_calls, tuple) else ()
    first = [run.conversation.alice] if run.conversation and run.conversation.alice.calls else []
    return next(iter((*first, *(each.turn for each in marked if each.is_own))), None)


def _problems(conversation: Conversation, turn: Turn) -> Iterator[tuple[str, str]]:
    reply, restart = turn.reply, conversation.restart
    if not any(item.get("type") in STEPS for item in reply.items):
        kinds = ", ".join(sorted({str(item.get("type")) for item in reply.items})) or "nothing"
        tools = ", ".join(call.tool for call in turn.calls) or "a route of the application"
        yield (
            "The person does not see that a tool works for them.",
            f"The tools called were: {tools}. The items of the stream were: {kinds}",
        )
    elif turn is not conversation.alice:
        return  # only the first one's thread is opened again
    elif restart is None or restart.items.status != 200:
        return  # that the conversation is gone is another finding
    elif not any(f'"{step}"' in restart.items.body for step in STEPS):
        yield (
            "The tool steps are gone when the conversation is opened again.",
            "They were in the stream, and are not among the items of the thread.",
        )
    elif going_on := _going_on(restart.items.body):
        yield (
            "A step that has ended goes on for ever when the conversation is opened again.",
            f"After a restart the thread has `{going_on}` with `status_indicator` `loading`.",
        )


def _going_on(body: str) -> str:
    """The title of a task in the items of a thread that is told to go on; empty where none is."""
    try:
        parts = [json.loads(body)]
    except ValueError:
        return ""
    for each in parts:
        if isinstance(each, dict):
            if each.get("status_indicator") == "loading":
                return str(each.get("title") or each.get("type") or "a task")
            parts += each.values()
        elif isinstance(each, list):
            parts += each
    return ""
