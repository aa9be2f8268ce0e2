"""Workers that start together do not make the tables at the same time."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.statements import statements
from chatkit_agent.project.source.walking import literals, within_node

MADE = re.compile(r"create\s+(?:table|schema)\s+if\s+not\s+exists\s+\S+", re.IGNORECASE)
MADE_UNLESS_THERE = ("create table if not exists", "create schema if not exists")


@check(
    "CK402",
    "Workers that start together do not make the tables at the same time",
    needs=SOURCE,
    severity="warning",
    symptoms=("does_not_start", "unavailable"),
)
def tables_made_once(chat: Anatomy) -> Iterator[Finding]:
    """Workers that start together do not make the tables at the same time. `create ... if not
    exists` alone does not keep two of them from it; an advisory lock does.
    """
    of_stores = {each.file for each in chat.database_stores}
    kept = {each.text for each in chat.kept_tables}
    for module in chat.code.modules if chat.database_stores else ():
        if "advisory" in chat.code.sources.code(module.file):
            continue
        for node, text in statements(chat.code, module) if chat.sql_stores else ():
            # The application has tables of its own, which are no matter of the chat.
            is_of_chat = module.file in of_stores or text in kept
            if is_of_chat and text.startswith(MADE_UNLESS_THERE):
                yield _finding(chat.code.where(module, node), text[:80])
                break
        for node in within_node(module.node, cst.Attribute) if chat.tables else ():
            written = syntax.dotted(node) or ""
            if written.endswith("metadata.create_all"):
                yield _finding(chat.code.where(module, node), written)
                break
    yield from _in_files(chat)


def _in_files(chat: Anatomy) -> Iterator[Finding]:
    """A file of SQL whose name stands in a store's code, which therefore runs it."""
    for path in chat.code.sources.tree.glob(".sql") if chat.sql_stores else ():
        text, name = chat.code.sources.text(path), path.rpartition("/")[2]
        found = MADE.search(text)
        naming = [each for each in chat.code.modules if _names(each, name)]
        is_locked = any(
            "advisory" in said.lower()
            for said in (text, *(chat.code.sources.code(each.file) for each in naming))
        )
        if found and naming and not is_locked:
            line = text.count("\n", 0, found.start()) + 1
            yield _finding(f"{path}:{line}", " ".join(found[0].split()))


def _names(module: Scope, name: str) -> bool:
    return any(text.rpartition("/")[2] == name for _, text in literals(module.node))


def _finding(where: str, text: str) -> Finding:
    return Finding(
        what="Workers that start together on a fresh database fail: "
        "`if not exists` does not keep two of them from making the same thing.",
        where=where,
        evidence=f"`{text}` runs without a lock.",
        fix="Run the statements in one transaction after `select pg_advisory_xact_lock(...)`.",
        cause="tables race",
    )
