"""Conversations are kept where a restart and a second worker find them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.findings import Finding
from chatkit_agent.observations import Observations
from chatkit_agent.reading import syntax

IN_MEMORY = re.compile(r"^(?:\{\}|dict\(\)|defaultdict\(.*\)|OrderedDict\(\))$")


def conversations_kept(observations: Observations) -> Iterator[Finding]:
    chat = observations.chat
    for store in chat.stores:
        begin = chat.code.methods(store).get("__init__")
        held = [
            each
            for each in (syntax.assignments(begin.node) if begin else ())
            if IN_MEMORY.match(syntax.code(each.value)) and re.search("thread|item", each.target)
        ]
        if begin and held:
            yield Finding(
                what="All conversations are gone when the application is started anew, and each "
                "worker has others.",
                where=chat.code.where(begin, held[0].value),
                evidence=f"`{store.name}` keeps them in `{held[0].target}`, in memory.",
                fix="Keep them in a database, with a Store over PostgreSQL for example.",
                severity="info",
                cause="in memory",
                explains=("forgets",),
            )
