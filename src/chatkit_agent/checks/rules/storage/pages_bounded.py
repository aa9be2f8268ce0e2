"""A page of threads or items has an end."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.meaning import names_used, reaches
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.statements import statements
from chatkit_agent.project.source.walking import literals, within_node

PAGES = ("load_threads", "load_thread_items")
SELECT = re.compile(r"\bselect\b.*\bfrom\b", re.IGNORECASE | re.DOTALL)
END = re.compile(r"\b(?:limit|fetch\s+(?:first|next)|top)\b", re.IGNORECASE)
ENDING = {"limit", "slice", "islice", "paginate", "fetchmany"}


@check(
    "CK420",
    "A page of threads or items has an end",
    needs=SOURCE,
    severity="warning",
    symptoms=("slow",),
)
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
    near = reaches(chat.code, [method], hops=2)
    names = names_used(*(each.node for each in near))
    said = [text for each in near for _, text in statements(chat.code, each)]
    if not said:
        said = [text for each in near for _, text in literals(each.node) if SELECT.search(text)]
    own_files = {each.file for each in near}
    calls_names = {each.attr.value for each in within_node(method.node, cst.Attribute)}
    if not any(SELECT.search(each) for each in said) and "select" not in names:
        return False  # where its statements stand is not known
    if ENDING & calls_names or any(END.search(each) for each in said):
        return False
    constants = (
        text
        for module in chat.code.modules
        if module.file in own_files
        for each in syntax.assignments(module.node)
        if each.target in names
        for _, text in literals(each.value)
    )
    return not any(SELECT.search(each) and END.search(each) for each in constants)
