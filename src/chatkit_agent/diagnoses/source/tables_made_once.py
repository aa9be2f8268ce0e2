"""Workers that start together do not make the tables at the same time."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.findings import Finding
from chatkit_agent.observations import Observations
from chatkit_agent.reading.anatomy import statements


def tables_made_once(observations: Observations) -> Iterator[Finding]:
    chat = observations.chat
    for module in chat.code.modules if chat.sql_stores else ():
        if "advisory" in chat.code.sources.text(module.file):
            continue
        for node, text in statements(module):
            if text.startswith(("create table if not exists", "create schema if not exists")):
                yield Finding(
                    what="Workers that start together on a fresh database fail: "
                    "`if not exists` does not keep two of them from making the same thing.",
                    where=chat.code.where(module, node),
                    evidence=f"`{text[:80]}` runs without a lock.",
                    fix="Run the statements in one transaction after "
                    "`select pg_advisory_xact_lock(...)`.",
                    severity="warning",
                    cause="tables race",
                    explains=("does_not_start", "unavailable"),
                )
                break
