"""Conversations are kept where a restart and a second worker find them."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.flows import ADDING
from chatkit_agent.project.source.kinds import lineage
from chatkit_agent.project.source.meaning import is_collection, reaches
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import within_node

SAVING = ("save_thread", "add_thread_item", "save_item")
PUTTING = (*ADDING, "setdefault")
WRITING = {"open", "write", "write_text", "write_bytes", "dump", "dumps", "execute", "commit"}


@check("CK401", needs=SOURCE, severity="info", symptoms=("forgets",))
def conversations_kept(chat: Anatomy) -> Iterator[Finding]:
    """A store in memory is an info: it may be meant so."""
    held = {store: next(_collections(chat, store), None) for store in chat.stores}
    bases = {base for store in held if held[store] for base in lineage(chat.code, store)[1:]}
    if any(not held[store] and store not in bases for store in held):
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


def _collections(chat: Anatomy, store: Scope) -> Iterator[tuple[Scope, syntax.Assignment]]:
    """What a store saves to, where that is nothing but a collection."""
    found = (chat.code.methods(store).get(name) for name in SAVING)
    near = reaches(chat.code, filter(None, found), hops=2)
    written = {name for each in near for name in _targets(each)}
    if any(_goes_out(chat, each) for each in near):
        return
    kinds = lineage(chat.code, store)
    inner = [one for kind in kinds for one in (kind, *chat.code.methods(kind).values())]
    for scope in (*inner, *(module for module in chat.code.modules if module.file == store.file)):
        for one in syntax.assignments(scope.node):
            name = f"self.{one.target}" if scope in kinds else one.target
            is_kept = not isinstance(scope.node, cst.FunctionDef) or name.startswith("self.")
            if is_kept and name in written and is_collection(chat.code, scope, one.value):
                yield scope, one


def _targets(method: Scope) -> Iterator[str]:
    """The names of what something is put into."""
    for each in within_node(method.node, cst.AssignTarget):
        if isinstance(each.target, cst.Subscript):
            yield syntax.dotted(each.target.value) or ""
    for call in within_node(method.node, cst.Call):
        if isinstance(call.func, cst.Attribute) and call.func.attr.value in PUTTING:
            yield syntax.dotted(call.func.value) or ""


def _goes_out(chat: Anatomy, method: Scope) -> bool:
    """Whether it awaits what is not of the project, or writes a file."""
    awaited = {each.expression for each in within_node(method.node, cst.Await)}
    return any(
        chat.code.called(call) is None and (call.node in awaited or call.method in WRITING)
        for call in chat.code.inside(method)
    )
