"""The store gives people their own threads only."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.meaning import names_used
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import within_node

KEPT = re.compile(
    r"^(?:select|update|delete)\b.*\b(?:from|update)\s+[^\s]*(?:threads|items|messages)\b"
    r"|^update\s+[^\s]*(?:threads|items|messages)\b"
)
USER = re.compile(r"user|owner|account|member|person|tenant|subject")
VALUE = re.compile(r"(?<!\bin )(?<!\bexists )(?<!\bany )(?<!\bfrom )(?<!\bjoin )\(select\b[^()]*\)")
READING = ("load_threads", "load_thread")
ALL = (*READING, "load_thread_items", "load_item", "delete_thread", "delete_thread_item")
# Before these the SDK loads the thread as who asks: one that names the thread is safe.
OF_THREAD = ("load_item", "delete_thread_item")


@check("CK107", needs=SOURCE, symptoms=("mixed_up", "leaks"))
def threads_of_their_users(chat: Anatomy) -> Iterator[Finding]:
    """A store whose methods never look at their context gives everybody's conversations to
    everybody.
    """
    for store in chat.stores:
        methods = chat.code.methods(store)
        blind = [
            name
            for name in ALL
            if name in methods
            and _is_blind(chat, methods[name])
            and not (name in OF_THREAD and _names_thread(methods[name]))
        ]
        if blind and all(name in blind for name in READING if name in methods):
            yield _finding(chat, store, methods[blind[0]])
        elif blind:
            yield _of_other_users(chat, [methods[name] for name in blind])
    yield from _open_statements(chat)


def _open_statements(chat: Anatomy) -> Iterator[Finding]:
    """Statements on threads and items that do not name the user, where the others do."""
    for store in chat.sql_stores:
        said = [each for each in chat.said(store) if KEPT.search(each.text)]
        without = [each for each in said if not _asks_user(each.text)]
        if without and len(without) < len(said):
            yield Finding(
                what="Whoever knows the id of somebody else's thread can read or change it: a "
                "statement does not ask for the user.",
                where=without[0].where,
                evidence=f"`{without[0].text[:120]}`",
                fix="Add the user's id to the condition, as in the other statements.",
                cause="shared threads",
                more=tuple(f"{each.where}: `{each.text[:80]}`" for each in without[1:]),
            )


def _of_other_users(chat: Anatomy, blind: list[Scope]) -> Finding:
    first, *others = (each.last_name for each in blind)
    does = "Everybody is shown everybody's threads"
    if first != "load_threads":
        way = "delete" if first.startswith("delete") else "read"
        does = f"Whoever knows the id of somebody else's thread can {way} it"
    return Finding(
        what=f"{does}: the store does not ask who is asking.",
        where=chat.code.where(blind[0]),
        evidence=f"`{first}` never looks at its context, and other methods do.",
        fix="Add the user's id to the condition, as in the other methods.",
        cause="shared threads",
        more=tuple(
            f"{chat.code.where(each)}: `{name}`"
            for each, name in zip(blind[1:], others, strict=True)
        ),
    )


def _asks_user(text: str) -> bool:
    """Whether a condition names the user; that of a value that is looked up is another's."""
    conditions = VALUE.sub("", text).partition(" where ")[2]
    return USER.search(conditions) is not None


def _is_blind(chat: Anatomy, method: Scope) -> bool:
    """Whether a method never looks at its context, which says who is asking."""
    if not isinstance(method.node, cst.FunctionDef) or not method.node.params.params:
        return False
    context = method.node.params.params[-1].name.value
    body = method.node.body
    used = names_used(body)
    # `return []` keeps nothing for anybody.
    asks = "self" in used or any(within_node(body, cst.Await))
    return asks and len(method.node.params.params) > 1 and not _looks_at(chat, method, context)


def _looks_at(chat: Anatomy, function: Scope, name: str, hops: int = 3) -> bool:
    """Whether a function uses what it is given, and does not only hand it on to what does not."""
    used: set[cst.CSTNode] = {e for e in _names(function) if e.value == name}
    for call in chat.code.inside(function) if used and hops else ():
        own = chat.code.called(call)
        for given in used & set(call.given) if own and own is not function else ():
            params = chat.code.parameters_given(call.node, own, given.__eq__) if own else set()
            if own and not any(_looks_at(chat, own, each, hops - 1) for each in params):
                used -= {given}
    return bool(used) or any(each.value == "NotImplementedError" for each in _names(function))


def _names(function: Scope) -> list[cst.Name]:
    """Those in its body."""
    assert isinstance(function.node, cst.FunctionDef)
    return list(within_node(function.node.body, cst.Name))


def _names_thread(method: Scope) -> bool:
    """Whether a method looks at the thread that it is given, its first parameter but `self`."""
    given = method.parameters[1:2]
    assert isinstance(method.node, cst.FunctionDef)
    return any(name.value in given for name in within_node(method.node.body, cst.Name))


def _finding(chat: Anatomy, store: Scope, method: Scope) -> Finding:
    return Finding(
        what="Everybody who reaches the chat sees and continues everybody's conversations: the "
        "store does not ask who is asking.",
        where=chat.code.where(method),
        evidence=f"`{store.name}` never looks at the context in which `load_threads` and "
        "`load_thread` are called.",
        fix="Keep the user's id with each thread, and filter by `context`'s user in every method.",
        severity="warning",
        cause="shared threads",
    )
