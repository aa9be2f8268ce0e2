"""Workers that start together do not make the tables at the same time."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.findings import Finding
from chatkit_agent.observations import Observations
from chatkit_agent.reading import syntax
from chatkit_agent.reading.scopes import within_node
from chatkit_agent.reading.statements import statements


def tables_made_once(observations: Observations) -> Iterator[Finding]:
    chat = observations.chat
    for module in chat.code.modules if chat.database_stores else ():
        if "advisory" in chat.code.sources.text(module.file):
            continue
        for node, text in statements(module) if chat.sql_stores else ():
            if text.startswith(("create table if not exists", "create schema if not exists")):
                yield _finding(chat.code.where(module, node), text[:80])
                break
        for node in within_node(module.node, cst.Attribute) if chat.tables else ():
            written = syntax.dotted(node) or ""
            if written.endswith("metadata.create_all"):
                yield _finding(chat.code.where(module, node), written)
                break


def _finding(where: str, text: str) -> Finding:
    return Finding(
        what="Workers that start together on a fresh database fail: "
        "`if not exists` does not keep two of them from making the same thing.",
        where=where,
        evidence=f"`{text}` runs without a lock.",
        fix="Run the statements in one transaction after `select pg_advisory_xact_lock(...)`.",
        severity="warning",
        cause="tables race",
        explains=("does_not_start", "unavailable"),
    )
