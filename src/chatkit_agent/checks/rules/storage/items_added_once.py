"""An item that is added takes the place of no other."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.items import ADDING
from chatkit_agent.project.source.meaning import reaches
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.statements import statements
from chatkit_agent.project.source.tables import NAME, tables_written

SAVING = "save_item"
OVER = re.compile(
    rf"\b(?:(?P<replaces>(?:insert or )?replace)|insert) into {NAME}"
    r".*?(?:(?:\bon conflict.* do update set|\bon duplicate key update)(?P<rest>.*))?$"
)


@check("CK421", needs=SOURCE, severity="info", symptoms=("mixed_up", "forgets"))
def items_added_once(chat: Anatomy) -> Iterator[Finding]:
    """`add_thread_item` is for what is new. Where it overwrites what has the same id, as with
    `on conflict ... do update` or `session.merge`, a message is lost without a word when two ids
    are equal. Silent where the server saves drafts by `save_item`, which are added in the end, and
    where the statement has a condition. An info: with ids that never meet nothing happens.
    """
    calls = (call for call in chat.code.calls if call.scope.owner not in chat.stores)
    if any(call.method == SAVING for call in calls):
        return
    for store in chat.database_stores:
        method = adding_method(chat, store)
        found = next(overwriting(chat, store, method), None) if method else None
        if found is not None:
            scope, node, shown = found
            yield Finding(
                what="An item that is added under an id that is there takes the place of the other "
                "without a word.",
                where=chat.code.where(scope, node),
                evidence=f"`{ADDING}` runs `{shown[:120]}`.",
                fix="Insert it, and refuse an id that is there, unless what is there is the same: "
                "`on conflict (...) do update set data = excluded.data where items.data = "
                "excluded.data returning id`.",
                cause="items overwritten",
            )


def adding_method(chat: Anatomy, store: Scope) -> Scope | None:
    """`async def add_thread_item`, or `add_thread_item = save_item`"""
    named = (each for each in syntax.assignments(store.node) if each.target == ADDING)
    other = next((syntax.dotted(each.value) for each in named), None)
    return chat.code.method(store, other or ADDING)


def overwriting(
    chat: Anatomy, store: Scope, method: Scope
) -> Iterator[tuple[Scope, cst.CSTNode, str]]:
    saving = chat.code.method(store, "save_thread")
    threads = tables_written(chat.code, [saving] if saving else [])
    for scope in reaches(chat.code, [method], hops=2):
        for node, text in statements(chat.code, scope):
            found = OVER.search(text)
            if found and found["table"] not in threads and _is_over(found):
                yield scope, node, text
        for call in chat.code.inside(scope):
            if _merges(call):
                yield scope, call.node, syntax.code(call.node)


def _is_over(found: re.Match[str]) -> bool:
    """`on conflict ... do update` without a condition, and `replace`"""
    rest = found["rest"]
    return found["replaces"] is not None or (rest is not None and " where " not in rest)


def _merges(call: Call) -> bool:
    """`session.merge(row)`, and SQLAlchemy's own upsert"""
    if call.method == "merge":
        return bool(call.receiver) and len(call.given) == 1 and call.code.called(call) is None
    return call.method == "on_conflict_do_update" and call.argument("where") is None
