"""Times that are stored and sent have a zone."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.meaning import calls_to
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import within_node

NOW = ("datetime.datetime.now", "datetime.datetime.utcnow")
PARTS = {"date", "day", "hour", "month", "strftime", "timestamp", "weekday", "year"}


@check("CK412", "Times that are stored and sent have a zone", needs=SOURCE, severity="info")
def times_have_zone(chat: Anatomy) -> Iterator[Finding]:
    """Times that are stored and sent have a zone. An info: the SDK's own have none either."""
    naive = [
        call
        for call in calls_to(chat.code, *NOW)
        if call.scope.file in chat.files and not call.node.args
    ]
    modules = [each for each in chat.code.modules if each.file in {c.scope.file for c in naive}]
    aside = {call for module in modules for call in _aside(module)}
    naive = [call for call in naive if call.node not in aside]
    if naive:
        places = [chat.code.where(call.scope, call.node) for call in naive]
        yield Finding(
            what="Times have no zone, so a browser takes them for its own: messages seem to be "
            "hours old, or of the future.",
            where=places[0],
            evidence=f"`{naive[0].written}()`, in {len(places)} place{'s' * (len(places) > 1)}.",
            fix="Write `datetime.now(timezone.utc)`.",
            cause="naive times",
            more=tuple(f"{place}: the same" for place in places[1:]),
        )


def _aside(module: Scope) -> Iterator[cst.CSTNode]:
    """Times of which only a day or a number is taken, or to which the zone is written."""
    for each in within_node(module.node, cst.Attribute):
        if each.attr.value in PARTS:
            yield each.value
    for joined in within_node(module.node, cst.BinaryOperation):
        if syntax.text(joined.right) == "Z":
            yield from within_node(joined.left, cst.Call)
