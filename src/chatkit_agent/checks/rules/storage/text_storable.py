"""Text that PostgreSQL cannot store is cleaned before it is stored."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.checks.check import SOURCE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy

# Half surrogate pairs are another matter; classes of characters may have NUL among them.
CLEANING = re.compile(
    r"\\x00|\\0|\\u0000|u0000|chr\(0\)|\\x20|isprintable|unicodedata\.category", re.IGNORECASE
)
NAMED = re.compile(r"(?m)^(\w+) = (?:re\.compile\()?[rb]{0,2}[\"'].*$")
PROSE = re.compile(r'(?m)^\s*#.*$|"""(?s:.*?)"""')
MAPPED = re.compile(r"\bJSONB\b")


def _used(texts: str) -> str:
    """Without prose, and without patterns that nothing uses any more."""
    plain = PROSE.sub("", texts)
    for found in NAMED.finditer(plain):
        if len(re.findall(rf"\b{found[1]}\b", plain)) == 1:
            plain = plain.replace(found[0], "")
    return plain


@check(
    "CK411",
    "Text that PostgreSQL cannot store is cleaned before it is stored",
    needs=SOURCE,
    severity="warning",
    symptoms=("stream_error", "cut_off", "server_error"),
)
def text_storable(chat: Anatomy) -> Iterator[Finding]:
    """Text that PostgreSQL cannot store is cleaned before it is stored: a NUL in `jsonb` ends
    the turn and loses the answer.
    """
    if not chat.database_stores or CLEANING.search(_used(chat.texts)):
        return
    of_tables = (
        each.where
        for each in chat.ddl
        if "jsonb" in each.text and ("thread" in each.text or each in chat.kept_tables)
    )
    mapped = (
        chat.code.where(each) for each in chat.tables if MAPPED.search(syntax.code(each.node))
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
