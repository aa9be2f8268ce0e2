"""Text that PostgreSQL cannot store is cleaned before it is stored."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.meaning import names_meant, names_used
from chatkit_agent.project.source.walking import called_name, receiver_of, within_node

# As it is, as JSON or a pattern writes it, or as the first of a class of characters.
NUL = re.compile(r"\x00|\\u0000|\\x00|\\0|\\x20")
TAKING = {"replace", "sub", "subn", "strip", "split"}
CLEANING = {"isprintable", "category"}


@check(
    "CK411", needs=SOURCE, severity="warning", symptoms=("stream_error", "cut_off", "server_error")
)
def text_storable(chat: Anatomy) -> Iterator[Finding]:
    """A NUL in `jsonb` ends the turn and loses the answer."""
    if not chat.database_stores or _is_cleaned(chat):
        return
    of_tables = (
        each.where
        for each in chat.ddl
        if "jsonb" in each.text and ("thread" in each.text or each in chat.kept_tables)
    )
    mapped = (
        chat.code.where(each)
        for each in chat.tables
        if "JSONB" in {n.rpartition(".")[2] for n in names_meant(chat.code, each, each.node)}
    )
    where = next(iter((*of_tables, *mapped)), None)
    if where is not None:
        yield Finding(
            what="A NUL character, which a person can paste and a model can write, ends the "
            "turn and loses the answer: PostgreSQL does not take it in `jsonb`.",
            where=where,
            evidence="The column is `jsonb`, and nothing takes `\\u0000` out of it.",
            fix="Take unescaped `\\u0000` out of the JSON before it is stored, and replace "
            "half surrogate pairs.",
            cause="nul",
        )


def _is_cleaned(chat: Anatomy) -> bool:
    """Whether anything that is used takes such text out, or looks at each character."""
    unused = {e for e in chat.code.functions if not e.owner and not chat.is_referred_to(e)}
    used = [call for call in chat.code.calls if unused.isdisjoint(call.scope.around())]
    compared = (
        names_used(each)
        for scope in chat.code.functions
        if scope not in unused
        for each in within_node(scope.node, cst.Comparison)
    )
    return any(map(_takes_out, used)) or any("ord" in names for names in compared)


def _takes_out(call: Call) -> bool:
    """`text.replace(NUL, "")`, `PATTERN.sub("", text)`, `text.translate(TABLE)`"""
    first = call.value("table", 0)
    is_table = isinstance(first, cst.Dict | cst.DictComp) or (
        isinstance(first, cst.Call) and called_name(first.func).endswith(("maketrans", "fromkeys"))
    )
    if call.method == "translate" and is_table:
        return True
    if call.method in CLEANING or (call.method == "chr" and syntax.number(first) == 0):
        return True
    receiver = receiver_of(call.node.func)
    made = call.code.call_of(call.code.value(call.scope, receiver))
    given = (call.code.text(call.scope, each) for each in call.given[:1])
    pattern = made.text("pattern", 0) if made and made.method == "compile" else None
    return call.method in TAKING and any(NUL.search(each or "") for each in (pattern, *given))
