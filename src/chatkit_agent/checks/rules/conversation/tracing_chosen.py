"""Whether conversations are uploaded as traces was decided by somebody."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import PROJECT, Finding, Severity, check
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.meaning import says, truth_of

SETTINGS = {"tracing_disabled", "trace_include_sensitive_data"}
CALLS = (
    *("set_tracing_disabled", "set_trace_processors", "add_trace_processor"),
    *("set_trace_provider", "set_tracing_export_api_key"),
)
VARIABLE = "OPENAI_AGENTS_DISABLE_TRACING"


@check("CK005", needs=PROJECT, symptoms=("leaks",))
def tracing_chosen(evidence: Evidence) -> Iterator[Finding]:
    """The SDK sends what people say to OpenAI's traces by itself. An info."""
    chat = evidence.chat
    for call in chat.code.calls:
        given = call.argument("trace_include_sensitive_data")
        if truth_of(chat.code, call.scope, given):
            where = call.where
            yield _finding(where, "It says `trace_include_sensitive_data=True`.", "warning")
            return
    is_set = VARIABLE in evidence.environ or any(evidence.set_in_files(VARIABLE))
    for call in chat.runs[:1] if not is_set and not _is_decided(chat) else ():
        where = call.where
        shown = "Neither the source nor an environment file speaks of tracing."
        yield _finding(where, shown, "info")


def _is_decided(chat: Anatomy) -> bool:
    """By a call, a setting of a run, or the variable that the source sets itself."""
    targets = (each for scope in chat.code.scopes for each in syntax.assignments(scope.node))
    return (
        bool(chat.code.calls_of("agents", *CALLS))
        or any(SETTINGS & call.keywords.keys() for call in chat.code.calls)
        or any(each.target.rpartition(".")[2] in SETTINGS for each in targets if "." in each.target)
        or any(says(each.node, VARIABLE.lower()) for each in chat.code.modules)
    )


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
