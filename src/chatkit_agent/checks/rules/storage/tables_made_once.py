"""Workers that start together do not make the tables at the same time."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.locks import OF_DATABASE, locks_database
from chatkit_agent.project.source.meaning import names_used, reaches, run_by
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.statements import statements
from chatkit_agent.project.source.walking import line_at, literals, within_node

MADE = re.compile(r"create\s+(?:table|schema)\s+if\s+not\s+exists\s+\S+", re.IGNORECASE)


@check("CK402", needs=SOURCE, severity="warning", symptoms=("does_not_start", "unavailable"))
def tables_made_once(chat: Anatomy) -> Iterator[Finding]:
    """`create ... if not exists` alone does not keep two of them from it; an advisory lock does."""
    told = set[str]()
    for module in chat.code.modules if chat.database_stores else ():
        for node, text in (*_statements(chat, module), *_create_alls(chat, module)):
            if text not in told and _is_free(chat, module, node):
                told.add(text)
                yield _finding(chat.code.where(module, node), text[:80])
                break
    for path in chat.code.sources.tree.glob(".sql") if chat.sql_stores else ():
        text, name = chat.code.sources.text(path), path.rpartition("/")[2]
        found = MADE.search(text)
        naming = [(each, node) for each in chat.code.modules for node in _naming(each, name)]
        is_free = found is not None and not OF_DATABASE.search(text)
        if found and is_free and naming and all(_is_free(chat, *each) for each in naming):
            yield _finding(f"{path}:{line_at(text, found.start())}", " ".join(found[0].split()))


def _statements(chat: Anatomy, module: Scope) -> Iterator[tuple[cst.CSTNode, str]]:
    """The application has tables of its own, which are no matter of the chat."""
    is_of_store = module.file in {each.file for each in chat.database_stores}
    kept = {each.text for each in chat.kept_tables}
    for node, text in statements(chat.code, module) if chat.sql_stores else ():
        if MADE.match(text) and (is_of_store or any(each in text for each in kept)):
            yield node, text


def _create_alls(chat: Anatomy, module: Scope) -> Iterator[tuple[cst.CSTNode, str]]:
    for node in within_node(module.node, cst.Attribute) if chat.tables else ():
        if node.attr.value == "create_all":
            yield node, syntax.code(node)


def _naming(module: Scope, name: str) -> Iterator[cst.CSTNode]:
    """Where a file of SQL is named by code, which therefore runs it."""
    return (node for node, text in literals(module.node) if text.rpartition("/")[2] == name)


def _is_free(chat: Anatomy, module: Scope, node: cst.CSTNode) -> bool:
    """Whether something runs it, and neither that nor what runs that locks the database."""
    code = chat.code
    names = {
        each.target
        for scope in code.scopes
        if scope.file == module.file and not isinstance(scope.node, cst.FunctionDef)
        for each in syntax.assignments(scope.node)
        if node in syntax.walk(each.value)
    }
    users = [
        each
        for each in code.functions
        if names & names_used(each.node)
        or (each.file == module.file and node in syntax.walk(each.node))
    ]
    for _ in range(2):
        runs = (call for call in code.calls if call.scope.function not in users)
        around = (call.scope.function for call in runs if {*run_by(call)} & {*users})
        users += [each for each in dict.fromkeys(around) if each]
    return bool(users) and not any(locks_database(code, each) for each in reaches(code, users))


def _finding(where: str, text: str) -> Finding:
    return Finding(
        what="Workers that start together on a fresh database fail: "
        "`if not exists` does not keep two of them from making the same thing.",
        where=where,
        evidence=f"`{text}` runs without a lock.",
        fix="Run the statements in one transaction after `select pg_advisory_xact_lock(...)`.",
        cause="tables race",
    )
