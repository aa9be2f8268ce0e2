"""Items belong to a thread by a foreign key, and go with it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.checks.check import SOURCE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.statements import statements

ITEMS = re.compile(r"create table (?:if not exists )?\S*(?:items|messages)\"? ?\(")
MAPPED = re.compile(r"__tablename__\s*=\s*[\"']\w*(?:items|messages)[\"']")
ASIDE = re.compile(
    r"(?:^|/)(?:tests?|testing|e2e|fixtures|examples?|samples?|demos?|docs?|scripts?|tools)/"
    r"|(?:^|/)(?:test_[^/]*|[^/]*_test|conftest)\.\w+(?::|$)"
)
"""What is made there, no chat keeps anything in."""


@check(
    "CK406",
    "Items belong to a thread by a foreign key, and go with it",
    needs=SOURCE,
    severity="warning",
    symptoms=("mixed_up",),
)
def items_go_with_thread(chat: Anatomy) -> Iterator[Finding]:
    """Items belong to a thread by a foreign key, and go with it. Without one, a thread that is
    deleted while it is answered leaves items behind.
    """
    for each in chat.ddl if chat.stores else ():
        statement = each.text
        if not ITEMS.match(statement) or "thread_id" not in statement or ASIDE.search(each.where):
            continue
        if not _is_of_chat(chat, statement):
            continue
        if "references" not in statement and "foreign key" not in statement:
            yield _finding(each.where)
    yield from _written_to(chat)
    for table in chat.tables:
        code = syntax.code(table.node)
        if ASIDE.search(chat.code.where(table)) or not _is_used(chat, table.name):
            continue
        if MAPPED.search(code) and "thread_id" in code and "ForeignKey" not in code:
            is_keyed = re.search(r"foreign_key\s*=", code)
            yield from () if is_keyed else (_finding(chat.code.where(table)),)


def _is_of_chat(chat: Anatomy, statement: str) -> bool:
    """Whether a store speaks of the table: others may have items and messages of their own."""
    whole = statement.partition("(")[0].split()[-1].replace('"', "")
    name = whole.rpartition(".")[2]
    said = " ".join(each.text for store in chat.sql_stores for each in chat.said(store))
    named = re.findall(r"[\w{}.]*(?:items|messages)\b", said.replace('"', ""))
    # Where no statement of a store writes the name out, it may be put together.
    if not named or any("{" in each for each in named):
        return True
    return whole in named or ("." in whole and name in named)


def _is_used(chat: Anatomy, model: str) -> bool:
    """Whether a store speaks of a model, where any store speaks of one."""
    texts = [syntax.code(store.node) for store in chat.stores]
    models = [table.name for table in chat.tables]
    used = [each for each in models if any(re.search(rf"\b{each}\b", text) for text in texts)]
    return not used or model in used


def _written_to(chat: Anatomy) -> Iterator[Finding]:
    """Two tables of other names, of which neither refers to the other."""
    made = [each for each in chat.kept_tables if not ITEMS.match(each.text)]
    texts = [chat.code.sources.text(each).lower() for each in chat.code.sources.tree.glob(".sql")]
    if len(made) < 2 or any("foreign key" in text for text in texts):
        return
    saving = [chat.code.methods(store).get("save_item") for store in chat.sql_stores]
    said = [text for method in saving if method for _, text in statements(chat.code, method)]
    for each in made:
        name = re.escape(each.text.partition("(")[0].split()[-1])
        is_of_items = any(re.search(rf"insert into {name}\b", text) for text in said)
        if is_of_items and "references" not in each.text:
            yield _finding(each.where)


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
