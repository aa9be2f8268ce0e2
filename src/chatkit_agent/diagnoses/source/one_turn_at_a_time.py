"""In each thread one answer is written at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.findings import Finding
from chatkit_agent.observations import Observations

HOLDING = re.compile(
    r"\b\w*_lock\b|\block\b|Lock\(|for update|advisory|\blease|semaphore", re.IGNORECASE
)


def one_turn_at_a_time(observations: Observations) -> Iterator[Finding]:
    chat = observations.chat
    if HOLDING.search(chat.texts):
        return
    for store in chat.sql_stores:
        yield Finding(
            what="Two messages that are sent at once in one thread are answered at once: the "
            "answers do not know of each other, and a retry can delete a later message.",
            where=chat.code.where(store),
            evidence=f"Neither `{store.name}` nor the server takes a lock or a lease on a thread.",
            fix="Take a lease on the thread's row before a turn, with an expiry, and answer 409 "
            "while another turn has it.",
            severity="warning",
            cause="concurrent turns",
            explains=("repeats", "mixed_up"),
        )
