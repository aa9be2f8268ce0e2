"""A tool that the model invents does not end the turn."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.told_errors import kinds_caught
from chatkit_agent.project.source.walking import within_node

TOLD = "tool_not_found_behavior"
CAUGHT = {"ModelBehaviorError", "AgentsException"}


@check("CK211", needs=SOURCE, severity="info", symptoms=("stream_error", "silent"))
def invented_tools_survived(chat: Anatomy) -> Iterator[Finding]:
    """The SDK raises `ModelBehaviorError` unless it is run with
    `tool_not_found_behavior="return_error_to_model"`. An info.
    """
    has_tools = any(
        call.spreads or call.argument(name) is not None
        for call in chat.agents
        for name in ("tools", "mcp_servers")
    )
    if not has_tools or _is_survived(chat):
        return
    turns = set(chat.responders)
    # Others beside the answer, such as one that makes a title, may have no tools.
    for call in sorted(chat.runs, key=lambda each: turns.isdisjoint(each.scope.around())):
        if chat.answering(call) and not call.spreads:
            yield Finding(
                what="Where the model calls a tool that is not there, the whole turn fails.",
                where=call.where,
                evidence="The SDK raises `ModelBehaviorError` for it, which nothing here names, "
                "and `tool_not_found_behavior` is not set.",
                fix='Run with `RunConfig(tool_not_found_behavior="return_error_to_model")` of '
                "openai-agents 0.18 or newer: the model is told, and goes on.",
                cause="invented tools",
            )
            return


def _is_survived(chat: Anatomy) -> bool:
    """Whether the model is told, or something catches what the SDK raises."""
    caught = {
        kind.rpartition(".")[2]
        for scope in chat.code.functions
        for each in within_node(scope.node, cst.ExceptHandler)
        for kind in kinds_caught(chat.code, scope, each.type)
    }
    is_told = any(TOLD in call.keywords for call in chat.code.calls)
    return is_told or bool(CAUGHT & caught) or any(map(_sets_it, chat.code.functions))


def _sets_it(scope: Scope) -> bool:
    """`config.tool_not_found_behavior = ...`."""
    targets = (each.target for each in within_node(scope.node, cst.AssignTarget))
    return any(isinstance(each, cst.Attribute) and each.attr.value == TOLD for each in targets)
