"""A page of threads or items has an end."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.meaning import reaches
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.statements import statements

PAGES = ("load_threads", "load_thread_items")
SELECT = re.compile(r"\bselect\b.*\bfrom\b")
END = re.compile(r"(?<![\"`.])\b(?:limit(?! 1\b|[\"`]| ?[,)=]| from\b)|fetch (?:first|next)|top)\b")
WAY = re.compile(r"\border by (?:\S+, ?)*\S* ?$|[.$:%(]$|\bfrom $")
ENDING = {"limit", "slice", "paginate", "fetchmany"}
MAPPERS = ("sqlalchemy", "sqlmodel")


@check("CK420", needs=SOURCE, severity="warning", symptoms=("slow",))
def pages_bounded(chat: Anatomy) -> Iterator[Finding]:
    """`load_threads` and `load_thread_items` are asked for a number of rows. Without `limit` in
    their statement every page reads the whole conversation, and all threads of a person.
    """
    for store in chat.database_stores:
        for name in PAGES:
            method = chat.code.methods(store).get(name)
            if method is not None and _is_endless(chat, method):
                yield Finding(
                    what="Each page reads everything: no limit is given to the database.",
                    where=chat.code.where(method),
                    evidence=f"`{method.name}` selects rows, and neither it nor what it calls "
                    "gives the database a limit.",
                    fix="Write `limit $N` into the statement, for one row more than was asked for, "
                    "and no more than 100.",
                    cause=f"endless page:{name}",
                )


def _is_endless(chat: Anatomy, method: Scope) -> bool:
    near = reaches(chat.code, [method], hops=3)
    calls = [call for each in near for call in chat.code.inside(each)]
    said = [text for each in near for _, text in statements(chat.code, each)]
    selects = [text for text in said if SELECT.search(text)]
    is_mapped = any(_selects(chat, call) for call in calls)
    if any(map(_ends, calls)) or not (selects or is_mapped):
        return False
    return not any(END.search(text) or _may_end(text) for text in selects)


def _ends(call: Call) -> bool:
    """`select(Row).limit(n)`, and neither `slice(...)` nor `name.limit("x")`"""
    is_text = any(isinstance(each, cst.SimpleString) for each in call.given)
    return call.method in ENDING and bool(call.receiver) and not is_text


def _selects(chat: Anatomy, call: Call) -> bool:
    """`select(Row)` of SQLAlchemy, and `session.query(Row)`"""
    is_made = any(chat.code.is_from(call.symbol, each, "select") for each in MAPPERS)
    return is_made or (call.method == "query" and bool(call.receiver) and bool(call.node.args))


def _may_end(text: str) -> bool:
    """Whether what is only known when it runs stands where its end would; a way is none."""
    before, _, after = text.rpartition("{}")
    return bool(before) and not after and not WAY.search(before)
