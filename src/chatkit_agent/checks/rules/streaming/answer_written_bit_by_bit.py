"""The turn streams what its agent says."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.meaning import calls_to


@check("CK518", needs=SOURCE, severity="warning", symptoms=("slow", "silent"))
def answer_written_bit_by_bit(chat: Anatomy) -> Iterator[Finding]:
    """With `Runner.run` people see nothing until all of the answer is there, tools included, and no
    step of a tool.
    """
    streams = any(call.method == "run_streamed" for call in chat.code.calls)
    for call in () if streams else calls_to(chat.code, "agents.Runner.run"):
        if call.scope.function in chat.turning:
            yield Finding(
                what="An answer comes all at once, when the model and all tools are through.",
                where=call.where,
                evidence=f"The turn waits for `{call.written}`.",
                fix="Run it with `Runner.run_streamed(...)`, and give its result to "
                "`stream_agent_response`.",
                cause="not streamed",
            )
            return
