"""The next turn knows which tools were called, and with what result."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.meaning import names_meant

ITEM = "HiddenContextItem"
KEPT_BY_RUN = ("session", "previous_response_id", "conversation_id", "auto_previous_response_id")
KEEPING = {"HiddenContextItem", "SDKHiddenContextItem", "to_input_list"}


@check("CK210", needs=SOURCE, severity="warning", symptoms=("forgets", "repeats"))
def tool_results_remembered(chat: Anatomy) -> Iterator[Finding]:
    """ChatKit does not store calls of server tools; a hidden item for each, a session or a response
    id does.
    """
    unused = list(_idle_hooks(chat))
    yield from unused
    if unused or _is_kept(chat):
        return
    for call in chat.agents:
        given = [name for name in ("tools", "mcp_servers") if call.argument(name) is not None]
        if given and chat.answering(call):
            yield _finding(
                call.where,
                f"The agent has `{'` and `'.join(given)}`, and nothing keeps their calls for later "
                "turns.",
                "Keep a `HiddenContextItem` for each call, with its result, from run hooks.",
            )


def _is_kept(chat: Anatomy) -> bool:
    """By the run itself, or by what code that is in use makes of the calls."""
    for run in chat.runs:
        given = (run.value(name) for name in KEPT_BY_RUN)
        if run.spreads or any(each and syntax.dotted(each) != "None" for each in given):
            return True
    keeping = (each for each in chat.code.calls if each.method in KEEPING)
    return any(
        each.scope.function is None
        or chat.is_referred_to(each.scope.function)
        or each.scope.owner is not None
        for each in keeping
    )


def _idle_hooks(chat: Anatomy) -> Iterator[Finding]:
    """Hooks that keep the calls are there, and no run is given any hooks."""
    hooks = chat.code.subclasses_of("agents", "RunHooks", "RunHooksBase")
    keeping = [each for each in hooks if ITEM in names_meant(chat.code, each, each.node)]
    runs = [call for call in chat.runs if chat.answering(call)]
    if keeping and not any(call.argument("hooks") is not None or call.spreads for call in runs):
        for call in runs[:1]:
            yield _finding(
                call.where,
                f"`{keeping[0].name}` keeps the calls of tools, and this run is given no `hooks`.",
                f"Give the run `hooks=`, with a `{keeping[0].name}`.",
            )


def _finding(where: str, evidence: str, fix: str) -> Finding:
    return Finding(
        what="The next turn does not know what tools did in this one, so the model may do it "
        "again: ChatKit does not store calls of server tools.",
        where=where,
        evidence=evidence,
        fix=fix,
        cause="tool memory",
    )
