"""Whether conversations are uploaded as traces was decided by somebody."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.checks.check import PROJECT, check
from chatkit_agent.checks.finding import Finding, Severity
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source import syntax

CHOSEN = re.compile(
    r"tracing_disabled|OPENAI_AGENTS_DISABLE_TRACING|trace_include_sensitive_data"
    r"|(?:set|add)_trac\w+|tracing\.\w|\bagents\.tracing\b"
)
VARIABLE = "OPENAI_AGENTS_DISABLE_TRACING"


@check(
    "CK005",
    "Whether conversations are uploaded as traces was decided by somebody",
    needs=PROJECT,
    symptoms=("leaks",),
)
def tracing_chosen(evidence: Evidence) -> Iterator[Finding]:
    """Whether conversations are uploaded as traces was decided by somebody: the SDK does it by
    itself. An info.
    """
    chat = evidence.chat
    for call in chat.code.calls:
        if syntax.dotted(call.argument("trace_include_sensitive_data")) == "True":
            where = chat.code.where(call.scope, call.node)
            yield _finding(where, "It says `trace_include_sensitive_data=True`.", "warning")
            return
    is_set = VARIABLE in evidence.environ or any(evidence.set_in_files(VARIABLE))
    if is_set or CHOSEN.search(chat.texts):
        return
    for call in chat.runs[:1]:
        where = chat.code.where(call.scope, call.node)
        shown = "Neither the source nor an environment file speaks of tracing."
        yield _finding(where, shown, "info")


def _finding(where: str, evidence: str, severity: Severity) -> Finding:
    return Finding(
        what="Whole conversations, with the arguments and results of tools, are uploaded to "
        "OpenAI as traces: the SDK does that by itself.",
        where=where,
        evidence=evidence,
        fix="Call `set_tracing_disabled(True)`, or decide for it and set "
        "`trace_include_sensitive_data=False` in the `RunConfig`.",
        severity=severity,
        cause="tracing",
    )
