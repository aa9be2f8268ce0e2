"""Items are ordered by a sequence, and pages neither lose nor repeat any."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.findings import Finding
from chatkit_agent.observations import Observations

# Nothing but the direction follows: a second column would break the ties.
BY_TIME = re.compile(
    r"order by [\w.>'-]*(?:created_at|timestamp|updated_at)'?\)?(?: [^\s,]+)?(?: limit.*)?\s*$"
)


def items_ordered_by_sequence(observations: Observations) -> Iterator[Finding]:
    chat = observations.chat
    for store in chat.sql_stores:
        found = [node for node, text in chat.said(store) if BY_TIME.search(text)]
        if found:
            places = [chat.code.where(store, node) for node in found]
            yield Finding(
                what="Items with equal times are lost between pages, and answers stand before "
                "their questions after a clock went back.",
                where=places[0],
                evidence="The order is by `created_at` alone, and the cursor is that time.",
                fix="Order by an identity column (`generated always as identity`), and let the "
                "cursor be its value.",
                severity="warning",
                cause="item order",
                explains=("forgets",),
                more=tuple(f"{place}: ordered in the same way" for place in places[1:]),
            )
