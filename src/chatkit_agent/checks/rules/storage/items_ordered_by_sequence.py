"""Items are ordered by a sequence, and pages neither lose nor repeat any."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.meaning import reaches
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.statements import statements
from chatkit_agent.project.source.walking import literals, within_node

TIME = re.compile(
    r"(?:created|updated|inserted|sent|posted)(?:_?(?:at|on|time))?|timestamp|(?:date)?time|date|ts"
)
# What stands around a column in an order, and says nothing of which.
BESIDE = {
    "asc",
    "desc",
    "nulls",
    "first",
    "last",
    "data",
    "text",
    "timestamptz",
    "coalesce",
    "cast",
}
ORDER = re.compile(r"\border by (?P<columns>.*)$")
BEHIND = re.compile(r" (?:limit|offset|fetch|for|returning)\b.*$|;.*$")
CURSOR = re.compile(
    r"(?<!order by )\b(?:created_at|timestamp|updated_at)\b'?\)? ?(?:[<>]|\{\} ?[:%$@?{])"
)


@check("CK407", needs=SOURCE, severity="warning", symptoms=("forgets",))
def items_ordered_by_sequence(chat: Anatomy) -> Iterator[Finding]:
    """An order by `created_at` alone loses items with equal times."""
    for store in chat.database_stores:
        own = list(chat.said(store))
        items = chat.code.methods(store).get("load_thread_items")
        near = reaches(chat.code, [items], hops=2) if items else ()
        said = [(scope, n, t) for scope in near for n, t in statements(chat.code, scope)]
        is_cursor = _is_cursor(store, [*(each.text for each in own), *(t for _, _, t in said)])
        places = [
            each.where
            for each in own
            if _is_by_time(each.text) and (is_cursor or "thread_id" in each.text)
        ]
        places += [chat.code.where(scope, node) for scope, node, t in said if _is_by_time(t)]
        calls = {call.node: call for scope in (*near, store) for call in chat.code.inside(scope)}
        places += [
            call.where
            for call in calls.values()
            if _orders_by_time(call) and (is_cursor or call.scope.function in near)
        ]
        places = list(dict.fromkeys(places))
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


def _is_cursor(store: Scope, texts: Sequence[str]) -> bool:
    """Whether the next page is what is older or newer than a time."""
    said = (" ".join(text.lower().split()) for _, text in literals(store.node))
    compared = (
        each.left
        for each in within_node(store.node, cst.Comparison)
        if isinstance(each.comparisons[0].operator, cst.LessThan | cst.GreaterThan)
    )
    return any(CURSOR.search(text) for text in (*said, *texts)) or any(
        isinstance(each, cst.Attribute) and TIME.fullmatch(each.attr.value) for each in compared
    )


def _is_by_time(text: str) -> bool:
    """Whether the last order of a statement is by times alone: another column breaks the ties."""
    found = ORDER.search(text[text.rfind("order by ") :])
    return found is not None and _are_times(_own(BEHIND.sub("", found["columns"])))


def _own(columns: str) -> str:
    """What stands before a bracket that closes more than this."""
    depth = 0
    for place, each in enumerate(columns):
        depth += {"(": 1, ")": -1}.get(each, 0)
        if depth < 0:
            return columns[:place]
    return columns


def _are_times(columns: str) -> bool:
    """Whether all that is named is a time; what only running tells is a way."""
    plain = re.sub(r"\{[^}]*\}", "", columns)
    names = [each for each in re.findall(r"[a-z_]\w*(?!\w*\.)", plain) if each not in BESIDE]
    return bool(names) and all(TIME.fullmatch(each) for each in names)


def _orders_by_time(call: Call) -> bool:
    """`.order_by(Item.created_at.desc())`, and nothing else that breaks the ties."""
    if call.method != "order_by" or not call.node.args:
        return False
    chained = [
        each
        for each in call.code.inside(call.scope)
        if each.method == "order_by"
        and (call.node in syntax.walk(each.node) or each.node in syntax.walk(call.node))
    ]
    columns = [one for each in chained for arg in each.given for one in _columns(each, arg)]
    return bool(columns) and all(each is not None and _are_times(each) for each in columns)


def _columns(call: Call, given: cst.BaseExpression) -> Iterator[str | None]:
    is_column = isinstance(given, cst.Attribute)
    value = given if is_column else call.code.value(call.scope, given)
    if isinstance(value, cst.IfExp):
        yield from (*_columns(call, value.body), *_columns(call, value.orelse))
    elif isinstance(value, cst.Tuple | cst.List):
        for each in value.elements:
            yield from _columns(call, each.value)
    elif isinstance(value, cst.Attribute):
        yield value.attr.value
    elif isinstance(value, cst.Call) and value.args:  # `desc(column)`
        yield from _columns(call, value.args[0].value)
    elif isinstance(value, cst.Call) and isinstance(value.func, cst.Attribute):
        yield from _columns(call, value.func.value)
    else:
        yield call.code.text(call.scope, value)
