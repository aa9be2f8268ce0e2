"""Items are ordered by a sequence, and pages neither lose nor repeat any."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.scopes import Call
from chatkit_agent.project.source.walking import literals

# Nothing but the direction follows: a second column would break the ties.
BY_TIME = re.compile(
    r"order by [\w.>'-]*(?:created_at|timestamp|updated_at)'?\)?(?: [^\s,]+)?(?: limit.*)?\s*$"
)
CURSOR = re.compile(
    r"(?<!order by )\b(?:created_at|timestamp|updated_at)\b'?\)? ?(?:[<>]|\{\} ?[:%$@?{])"
)
COMPARED = re.compile(r"\.(?:created_at|timestamp|updated_at) [<>]")
ORDERED = re.compile(r"\.(?:created_at|timestamp|updated_at)(?:\.(?:asc|desc)\(\))?\)?$")


@check(
    "CK407",
    "Items are ordered by a sequence, and pages neither lose nor repeat any",
    needs=SOURCE,
    severity="warning",
    symptoms=("forgets",),
)
def items_ordered_by_sequence(chat: Anatomy) -> Iterator[Finding]:
    """Items are ordered by a sequence, and pages neither lose nor repeat any. An order by
    `created_at` alone loses items with equal times.
    """
    for store in chat.database_stores:
        own = list(chat.said(store))
        by_time = [each for each in own if BY_TIME.search(each.text)]
        said = (" ".join(text.lower().split()) for _, text in literals(store.node))
        compares = COMPARED.search(syntax.code(store.node)) is not None
        is_cursor = compares or any(
            CURSOR.search(text) for text in (*said, *(each.text for each in own))
        )
        places = [each.where for each in by_time if is_cursor or "thread_id" in each.text]
        ordering = (call for call in chat.code.inside(store) if _is_by_time(call))
        places += [
            chat.code.where(store, each.node)
            for each in ordering
            if is_cursor or "item" in each.scope.name
        ]
        if places:
            mixed = "are lost between pages" if is_cursor else "come in any order"
            yield Finding(
                what=f"Items with equal times {mixed}, and answers stand before their questions "
                "after a clock went back.",
                where=places[0],
                evidence="The order is by `created_at` alone"
                f"{', and the cursor is that time' if is_cursor else ''}.",
                fix="Order by an identity column (`generated always as identity`), and let the "
                "cursor be its value.",
                cause="item order",
                more=tuple(f"{place}: ordered in the same way" for place in places[1:]),
            )


def _is_by_time(call: Call) -> bool:
    """`.order_by(Item.created_at.desc())`, with nothing behind it, or by a name for that."""
    args = call.node.args
    if call.method != "order_by" or len(args) != 1:
        return False
    given, around = args[0].value, call.scope.node
    if isinstance(given, cst.Name):
        named = [each for each in syntax.assignments(around) if each.target == given.value]
        given = named[0].value if len(named) == 1 else given
    either = [given.body, given.orelse] if isinstance(given, cst.IfExp) else [given]
    return all(ORDERED.search(syntax.code(each)) for each in either)
