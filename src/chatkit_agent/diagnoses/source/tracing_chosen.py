"""Whether conversations are uploaded as traces was decided by somebody."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.findings import Finding
from chatkit_agent.observations import Observations

WORDS = ("tracing", "OPENAI_AGENTS_DISABLE_TRACING", "trace_include_sensitive_data")
VARIABLE = "OPENAI_AGENTS_DISABLE_TRACING"


def tracing_chosen(observations: Observations) -> Iterator[Finding]:
    chat = observations.chat
    if any(word in chat.texts for word in WORDS):
        return
    is_set = VARIABLE in observations.environ or any(observations.set_in_files(VARIABLE))
    for call in chat.runs[:1] if not is_set else ():
        yield Finding(
            what="Whole conversations, with the arguments and results of tools, are uploaded to "
            "OpenAI as traces: the SDK does that by itself.",
            where=chat.code.where(call.scope, call.node),
            evidence="Neither the source nor an environment file speaks of tracing.",
            fix="Call `set_tracing_disabled(True)`, or decide for it and set "
            "`trace_include_sensitive_data=False` in the `RunConfig`.",
            severity="info",
            cause="tracing",
            explains=("leaks",),
        )
