"""Items belong to a thread by a foreign key, and go with it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Code
from chatkit_agent.project.source.folders import is_side_file
from chatkit_agent.project.source.meaning import names_used, reaches
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.tables import NAME, tables_written

MADE = re.compile(rf"create table (?:if not exists )?(?:(?!if ){NAME})")
CHANGED = re.compile(rf"\balter table (?:if exists )?(?:only )?{NAME}([^;]*)", re.IGNORECASE)
KEY = re.compile(rf"(?<!\")\breferences {NAME}")
COMMENT = re.compile(r"--[^\n]*")
MIGRATIONS = re.compile(r"\b(?:migrations|alembic)/")
OF_THREADS = re.compile(r"thread|chat|conversation|session")
ITEMS = re.compile(r"\w*(?:items|messages)")
"""Where no statement says in which table the items are."""
KEYED = {"ForeignKey": ("column", 0), "ForeignKeyConstraint": ("refcolumns", 1)}
THREADS, LINES = ("save_thread",), ("add_thread_item", "save_item")


@check("CK406", needs=SOURCE, severity="warning", symptoms=("mixed_up",))
def items_go_with_thread(chat: Anatomy) -> Iterator[Finding]:
    """Without one, a thread that is deleted while it is answered leaves items behind."""
    threads, items = (tables_written(chat.code, _methods(chat, e)) for e in (THREADS, LINES))
    changes = dict(_changes(chat))
    for each in chat.ddl if chat.stores else ():
        made = MADE.match(each.text)
        path = MIGRATIONS.sub("", each.file)
        if made is None or is_side_file(path):
            continue
        name = made["table"]
        is_named = ITEMS.fullmatch(name) is not None and "thread_id" in each.text
        is_of_items = name in items - threads if items else is_named
        keys = KEY.findall(f"{each.text} {changes.get(name, '')}")
        if is_of_items and not any(not threads or to in threads for _, to in keys):
            yield _finding(each.where)
    for model in _models(chat):
        if not _is_keyed(chat, model):
            yield _finding(chat.code.where(model))


def _methods(chat: Anatomy, names: tuple[str, ...]) -> list[Scope]:
    found = (chat.code.method(store, name) for store in chat.stores for name in names)
    return [each for each in found if each]


def _changes(chat: Anatomy) -> Iterator[tuple[str, str]]:
    """What is said of a table after it was made, in SQL and by Alembic."""
    sources = chat.code.sources
    for path in sources.tree.glob(".sql"):
        said = " ".join(COMMENT.sub("", sources.text(path)).lower().split())
        yield from ((table, change) for _, table, change in CHANGED.findall(said))
    for call in Code(sources, tuple(sources.holding(b"create_foreign_key"))).calls:
        if call.method == "create_foreign_key":
            yield call.text("source_table", 1) or "", f"references {call.text('referent_table', 2)}"


def _models(chat: Anatomy) -> Iterator[Scope]:
    """The mapped classes that the stores make items of, or that are called so where none is."""
    items, threads = (
        names_used(*(each.node for each in reaches(chat.code, _methods(chat, names), hops=2)))
        for names in (LINES, THREADS)
    )
    used = [each for each in chat.tables if each.name in items - threads]
    named = (each for each in chat.tables if ITEMS.fullmatch(_table(chat, each)))
    yield from used or (each for each in named if each.name in _spoken_of(chat))


def _spoken_of(chat: Anatomy) -> set[str]:
    """The models that a store speaks of, or all where none does."""
    names = {each.name for each in chat.tables}
    return names & names_used(*(store.node for store in chat.stores)) or names


def _table(chat: Anatomy, model: Scope) -> str:
    named = (each for each in syntax.assignments(model.node) if each.target == "__tablename__")
    return next((chat.code.text(model, each.value) or "" for each in named), "")


def _is_keyed(chat: Anatomy, model: Scope) -> bool:
    """Whether a column refers to threads; what is no text may do so."""
    others = {_table(chat, each) for each in chat.tables if each is not model}
    for call in chat.code.calls_in(model.node):
        named = KEYED.get(call.method, ("foreign_key", None))
        given = call.argument(*named)
        texts = (chat.code.text(model, part) or "" for part in _parts(given))
        tables = {text.rpartition(".")[0].rpartition(".")[2] for text in texts}
        if given and all(name in others or OF_THREADS.search(name) for name in tables):
            return True
    return False


def _parts(given: cst.BaseExpression | None) -> list[cst.BaseExpression]:
    """The texts in a list, or the one that is given by itself; a class's column is none."""
    if isinstance(given, cst.List | cst.Tuple):
        return [each.value for each in given.elements]
    return [given] if given is not None and not isinstance(given, cst.Attribute) else []


def _finding(where: str) -> Finding:
    return Finding(
        what="A thread that is deleted while it is answered leaves items behind that "
        "belong to nothing.",
        where=where,
        evidence="The table of items refers to its thread without a foreign key.",
        fix="Add `references THREADS (id) on delete cascade`, and insert items only into "
        "threads of their user that are there.",
        cause="orphans",
    )
