"""Items belong to a thread by a foreign key, and go with it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.findings import Finding
from chatkit_agent.observations import Observations
from chatkit_agent.reading import syntax

ITEMS = re.compile(r"create table (?:if not exists )?\S*(?:items|messages)\"? ?\(")


MAPPED = re.compile(r"__tablename__\s*=\s*[\"']\w*(?:items|messages)[\"']")


def items_go_with_thread(observations: Observations) -> Iterator[Finding]:
    chat = observations.chat
    for each in chat.ddl if chat.stores else ():
        statement = each.text
        if not ITEMS.match(statement) or "thread_id" not in statement:
            continue
        if "references" not in statement and "foreign key" not in statement:
            yield _finding(each.where)
    for table in chat.tables:
        code = syntax.code(table.node)
        if MAPPED.search(code) and "thread_id" in code and "ForeignKey" not in code:
            is_keyed = re.search(r"foreign_key\s*=", code)
            yield from () if is_keyed else (_finding(chat.code.where(table)),)


def _finding(where: str) -> Finding:
    return Finding(
        what="A thread that is deleted while it is answered leaves items behind that "
        "belong to nothing.",
        where=where,
        evidence="The table has `thread_id` and no foreign key.",
        fix="Add `references THREADS (id) on delete cascade`, and insert items only into "
        "threads of their user that are there.",
        severity="warning",
        cause="orphans",
        explains=("mixed_up",),
    )
