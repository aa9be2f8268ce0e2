"""Text that PostgreSQL cannot store is cleaned before it is stored."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.findings import Finding
from chatkit_agent.observations import Observations

CLEANING = re.compile(r"\\x00|\\0|\\u0000|u0000|chr\(0\)|surrogate", re.IGNORECASE)


def text_storable(observations: Observations) -> Iterator[Finding]:
    chat = observations.chat
    if not chat.sql_stores or CLEANING.search(chat.texts):
        return
    for statement in chat.ddl:
        if "jsonb" in statement.text and "thread" in statement.text:
            yield Finding(
                what="A NUL character, which a person can paste and a model can write, ends the "
                "turn and loses the answer: PostgreSQL does not take it in `jsonb`.",
                where=statement.where,
                evidence="The column is `jsonb`, and nothing takes `\\u0000` out of it.",
                fix="Take unescaped `\\u0000` out of the JSON before it is stored, and replace "
                "half surrogate pairs.",
                severity="warning",
                cause="nul",
                explains=("stream_error", "cut_off", "server_error"),
            )
            return
