"""Conversations are kept where a restart and a second worker find them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.scope import Scope

IN_MEMORY = re.compile(r"^(?:\{\}|dict\(\)|defaultdict\(.*\)|OrderedDict\(\))$")


@check(
    "CK401",
    "Conversations are kept where a restart and a second worker find them",
    needs=SOURCE,
    severity="info",
    symptoms=("forgets",),
)
def conversations_kept(chat: Anatomy) -> Iterator[Finding]:
    """Conversations are kept where a restart and a second worker find them. A store in memory
    is an info: it may be meant so.
    """
    held = {store: _held(chat, store) for store in chat.stores}
    bases = {base for store in held if held[store] for base in _bases(store)}
    if any(not held[store] and store.name not in bases for store in held):
        return
    for store, place in held.items():
        if place:
            begin, first = place
            yield Finding(
                what="All conversations are gone when the application is started anew, and each "
                "worker has others.",
                where=chat.code.where(begin, first.value),
                evidence=f"`{store.name}` keeps them in `{first.target}`, in memory.",
                fix="Keep them in a database, with a Store over PostgreSQL for example.",
                cause="in memory",
            )


def _held(chat: Anatomy, store: Scope) -> tuple[Scope, syntax.Assignment] | None:
    begin = chat.code.methods(store).get("__init__")
    for each in syntax.assignments(begin.node) if begin else ():
        if IN_MEMORY.match(syntax.code(each.value)) and re.search("thread|item", each.target):
            return (begin, each) if begin else None
    return None


def _bases(store: Scope) -> Iterator[str]:
    if isinstance(store.node, cst.ClassDef):
        yield from syntax.bases(store.node)
