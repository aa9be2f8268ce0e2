"""Tables that a later version needs are made where the schema is there already."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.statements import statements
from chatkit_agent.project.source.walking import within_node

CATALOGUES = ("information_schema.schemata", "to_regnamespace", "pg_namespace")


@check(
    "CK403",
    needs=SOURCE,
    severity="warning",
    symptoms=("server_error", "stream_error", "unavailable"),
)
def tables_kept_current(chat: Anatomy) -> Iterator[Finding]:
    """Whoever asks for the schema only, and returns where it is there, never makes them."""
    for scope in chat.code.functions:
        said = list(statements(chat.code, scope))
        asked = [node for node, text in said if any(each in text for each in CATALOGUES)]
        makes = any(text.startswith("create table") for _, text in said)
        if asked and makes and _leaves_early(scope):
            yield Finding(
                what="Where the schema is there, no table is looked at: one that is missing, or "
                "that a later version adds, is never made, and the first query for it fails.",
                where=chat.code.where(scope, asked[0]),
                evidence=f"`{scope.name}` asks for the schema and returns where it is there.",
                fix="Run all `create ... if not exists` statements each time under an advisory "
                "lock, or use a migration tool for this schema.",
                cause="schema drift",
            )


def _leaves_early(scope: Scope) -> bool:
    """A `return` under an `if`, before the tables are made."""
    blocks = within_node(scope.node, cst.If)
    return any(any(within_node(block.body, cst.Return)) for block in blocks)
