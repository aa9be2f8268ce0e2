"""What is saved under an id takes the place of nobody else's row."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.checks.rules.storage.completion_ids_replaced import completion_ids_replaced
from chatkit_agent.checks.rules.storage.ids_long_enough import ids_long_enough
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.meaning import names_used, reaches, texts_of, truth_of
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.statements import statements
from chatkit_agent.project.source.tables import NAME
from chatkit_agent.project.source.walking import within_node

SAVING = ("save_thread", "add_thread_item", "save_item", "save_attachment")
WHOSE = re.compile(r"user|owner|account|member|person|tenant|subject|caller|customer")
OF_THREAD = re.compile(r"thread|chat|conversation")
UPSERT = re.compile(
    rf"\binsert into {NAME}.*\bon conflict ?\((?P<keys>[^)]*)\) ?do update set (?P<rest>.*)$"
)
REPLACING = re.compile(
    rf"\b(?:(?:insert or )?replace into {NAME}|insert into {NAME.replace('<', '<other_')}"
    r".*\bon duplicate key update)"
)
PRIMARY = re.compile(
    r"\bprimary key ?\((?P<keys>[^)]*)\)|[(,] ?\"?(?P<column>\w+)\"?[^,(]*primary key"
)
MADE = re.compile(rf"create table (?:if not exists )?{NAME}")
Place = tuple[Scope, cst.CSTNode, str]


@check("CK423", needs=SOURCE, severity="info", symptoms=("mixed_up", "leaks"))
def rows_of_their_users(chat: Anatomy) -> Iterator[Finding]:
    """Where rows are known by their id alone, and saving one that is there overwrites it, as
    `on conflict (id) do update` does, a person's row takes the place of another's with an equal id.
    An info where ids never meet; a warning where they are short, or the same for each answer.
    Silent where the statement asks for the user or the thread, and where the store knows no users.
    """
    found = [place for store in chat.database_stores for place in _places(chat, store)]
    if not found:
        return
    places = dict.fromkeys((chat.code.where(scope, node), said) for scope, node, said in found)
    (where, said), *others = places
    meets = any(True for rule in (ids_long_enough, completion_ids_replaced) for _ in rule(chat))
    yield Finding(
        what="A row of one person takes the place of another's where their ids are equal: rows are "
        "known by their id alone.",
        where=where,
        evidence=f"`{said[:160]}`",
        fix="Make the user a part of the key: `primary key (user_id, id)` and `on conflict "
        "(user_id, id)`, or let the update ask for the user: `do update set ... where "
        "threads.user_id = excluded.user_id`.",
        severity="warning" if meets else "info",
        cause="rows of others",
        more=tuple(f"{place}: `{text[:80]}`" for place, text in others),
    )


def _places(chat: Anatomy, store: Scope) -> Iterator[Place]:
    if not any(WHOSE.search(name) for name in _said_in(chat, store)):
        return
    keys = {
        made["table"]: _primary(each.text) for each in chat.ddl if (made := MADE.match(each.text))
    }
    for name in SAVING:
        method = chat.code.method(store, name)
        for scope in reaches(chat.code, [method], hops=2) if method else ():
            for node, text in statements(chat.code, scope):
                if _takes_any(text, keys, is_thread=name == "save_thread"):
                    yield scope, node, text
            for call in chat.code.inside(scope):
                if _merges(chat, call, is_thread=name == "save_thread"):
                    yield scope, call.node, syntax.code(call.node)


def _said_in(chat: Anatomy, store: Scope) -> Iterator[str]:
    """The words of a store's statements, and the names that it uses."""
    yield from (each.text for each in chat.said(store))
    yield from (each.lower() for each in names_used(store.node))


def _takes_any(text: str, keys: dict[str, str], *, is_thread: bool) -> bool:
    """Whether a statement overwrites a row of which only the id was looked at."""
    if found := UPSERT.search(text):
        _, _, condition = found["rest"].partition(" where ")
        return not _is_owned(f"{found['keys']} {condition}", is_thread=is_thread)
    if found := REPLACING.search(text):
        key = keys.get(found["table"] or found["other_table"] or "", "")
        return bool(key) and not _is_owned(key, is_thread=is_thread)
    return False


def _is_owned(said: str, *, is_thread: bool) -> bool:
    """Whether it names the user, or for what is in a thread the thread."""
    is_in_thread = not is_thread and OF_THREAD.search(said) is not None
    return WHOSE.search(said) is not None or is_in_thread or "{}" in said


def _primary(text: str) -> str:
    """The columns of the primary key that a statement makes; empty where it names none."""
    found = PRIMARY.search(text)
    return (found["keys"] or found["column"] or "") if found else ""


def _merges(chat: Anatomy, call: Call, *, is_thread: bool) -> bool:
    """`session.merge(Row(id=...))` and `on_conflict_do_update(index_elements=["id"])`"""
    if call.method == "on_conflict_do_update":
        keys = list(_elements(chat, call))
        is_asked = call.argument("where") is not None
        return bool(keys) and not is_asked and not _is_owned(" ".join(keys), is_thread=is_thread)
    if call.method != "merge" or len(call.given) != 1 or chat.code.called(call) is not None:
        return False
    made = chat.code.call_of(chat.code.value(call.scope, call.given[0]))
    kind = chat.code.scope_of(made.symbol) if made else None
    names = list(_keys_of(chat, kind)) if kind is not None and kind in chat.tables else []
    return bool(names) and not _is_owned(" ".join(names), is_thread=is_thread)


def _elements(chat: Anatomy, call: Call) -> Iterator[str]:
    """The columns that are compared, by their names or as `Row.id`."""
    given = call.argument("index_elements")
    yield from texts_of(chat.code, call.scope, given) or ()
    listed = call.value("index_elements") if given is not None else None
    parts = within_node(listed, cst.Attribute) if listed is not None else ()
    yield from (each.attr.value for each in parts)


def _keys_of(chat: Anatomy, table: Scope) -> Iterator[str]:
    """The columns of a mapped class that are its primary key."""
    for each in syntax.assignments(table.node):
        for call in chat.code.calls_in(each.value):
            if truth_of(chat.code, table, call.argument("primary_key")):
                yield each.target
