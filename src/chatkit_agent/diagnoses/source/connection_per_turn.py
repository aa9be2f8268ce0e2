"""Each turn has a connection to the tools of its own."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.findings import Finding
from chatkit_agent.observations import Observations
from chatkit_agent.reading.scopes import Call


def connection_per_turn(observations: Observations) -> Iterator[Finding]:
    chat = observations.chat
    for call in chat.connections:
        place = _shared(call)
        if place:
            yield Finding(
                what="Everybody's tools go over one connection: it has one token, whoever asks, "
                "and one person's slow tool holds up everybody else's.",
                where=chat.code.where(call.scope, call.node),
                evidence=f"`{call.method}` is made {place}.",
                fix="Make a connection for each turn, with the headers of the person who asks, "
                "and close it when the turn ends.",
                severity="warning",
                cause="shared connection",
                explains=("mixed_up", "slow", "token_missing"),
            )


def _shared(call: Call) -> str | None:
    function = call.scope.function
    if call.method == "MCPServerStdio":
        return None
    if function is None:
        return "when its module is imported"
    name = function.name.rpartition(".")[2]
    if name == "__init__":
        return "once for all, in `__init__`"
    if isinstance(function.node, cst.FunctionDef):
        marks = [cst.Module([]).code_for_node(each.decorator) for each in function.node.decorators]
        if any("cache" in mark for mark in marks):
            return "once for all, in a function whose result is cached"
    return "once for all, in the lifespan" if name in ("lifespan", "startup") else None
