"""What the Agents SDK remembers in a session is of one conversation."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.meaning import calls_to

RUNS = tuple(f"agents.Runner.{name}" for name in ("run", "run_streamed", "run_sync"))


@check("CK118", needs=SOURCE, symptoms=("mixed_up", "leaks"))
def agent_sessions_apart(chat: Anatomy) -> Iterator[Finding]:
    """One whose id is the same for everybody, or that is made once for the process, gives each
    person's messages to all.
    """
    for call in calls_to(chat.code, *RUNS):
        made = chat.code.call_of(call.value("session"))
        shared = _why_shared(made) if made is not None and chat.answering(call) else None
        if made is not None and shared:
            yield Finding(
                what="The model is given everybody's messages: all conversations are one session "
                "of the Agents SDK.",
                where=made.where,
                evidence=f"`{syntax.code(made.node)[:120]}` {shared}.",
                fix="Make it in the turn, with the id of the user and of the thread; or give the "
                "run the thread's items, and no session.",
                cause="shared session",
            )


def _why_shared(made: Call) -> str | None:
    if made.text("session_id", 0) is not None:
        return "has the same id for everybody"
    function = made.scope.function
    is_once = function is None or function.name.endswith("__init__")
    return "is made once for all" if is_once else None
