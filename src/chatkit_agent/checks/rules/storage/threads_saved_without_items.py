"""The store takes the items out of a thread that it saves."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.flows import Flow, followed
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import receiver_of, within_node

COPYING = ("model_copy", "copy", "deepcopy")


@check("CK410", needs=SOURCE, symptoms=("server_error", "forgets"))
def threads_saved_without_items(chat: Anatomy) -> Iterator[Finding]:
    """Where a title is set in the first answer the SDK saves a thread with its items, and cannot
    load that one again.
    """
    titled = next(_titles(chat), None)
    for store in chat.stores if titled else ():
        saved = chat.code.methods(store).get("save_thread")
        thread = (saved.parameters[1:2] or ("",))[0] if saved else ""
        kept = _kept_whole(chat, saved, thread) if saved else None
        if titled and saved and kept is not None:
            yield Finding(
                what="After the first answer in which a title is set, opening that thread fails "
                "with 500: the SDK saves it with its items, and gives them twice when it loads it.",
                where=chat.code.where(saved, kept),
                evidence=f"`{saved.name}` keeps the thread as it is given, and a title is set at "
                f"{chat.code.where(*titled)}.",
                fix="Save `ThreadMetadata(**thread.model_dump(exclude={'items'}))`.",
                cause="thread items",
            )


def _titles(chat: Anatomy) -> Iterator[tuple[Scope, cst.CSTNode]]:
    """In a turn, that is; the thread that an action gets was loaded, and has no items."""
    given = (
        followed(Flow(chat.code, each, {*each.parameters[1:2]}), {}) for each in chat.responders
    )
    # A tool has the thread of the turn by its context.
    others = (Flow(chat.code, each) for each in chat.code.functions)
    for flow in (*(each for flows in given for each in flows), *others):
        for part in _reachable_statements(flow.scope.node):
            for each in within_node(part, cst.AssignTarget):
                written = syntax.dotted(each.target) or ""
                target = each.target if isinstance(each.target, cst.Attribute) else None
                is_title = target is not None and target.attr.value == "title"
                is_of_turn = written.endswith(".thread.title")
                if target and is_title and (is_of_turn or flow.holds(target.value)):
                    yield flow.scope, target
            for call in chat.code.calls_in(part):
                is_set = call.method == "setattr" and call.text("name", 1) == "title"
                if is_set and flow.holds(call.given[0]):
                    yield flow.scope, call.node


def _reachable_statements(function: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The statements of a function, up to one that always leaves it."""
    for part in function.body.body if isinstance(function, cst.FunctionDef) else ():
        yield part
        if isinstance(part, cst.SimpleStatementLine) and any(
            isinstance(each, cst.Return | cst.Raise) for each in part.body
        ):
            return


def _kept_whole(chat: Anatomy, saved: Scope, thread: str, hops: int = 2) -> cst.CSTNode | None:
    """`self.threads[thread.id] = thread`"""
    changed = {each.target for each in syntax.assignments(saved.node)}
    if changed & {thread, f"{thread}.items"}:
        return None
    puts: list[tuple[cst.CSTNode, cst.BaseExpression]] = [
        (each, each.value)
        for each in within_node(saved.node, cst.Assign)
        if isinstance(each.targets[0].target, cst.Subscript)
    ]
    for call in chat.code.inside(saved):
        dicts = [each for each in call.given if isinstance(each, cst.Dict)]
        puts += [(call.node, e.value) for d in dicts for e in d.elements if call.method == "update"]
        called = chat.code.called(call) if hops else None
        for name in called.parameters if called else ():
            given = chat.code.passed(call, called, name) if called else None
            is_whole = _is_whole(chat, saved, given, thread)
            if called and is_whole and _kept_whole(chat, called, name, hops - 1):
                return call.node
    return next((node for node, value in puts if _is_whole(chat, saved, value, thread)), None)


def _is_whole(chat: Anatomy, scope: Scope, node: cst.BaseExpression | None, thread: str) -> bool:
    """Whether it is the thread, or a copy of all of it."""
    value = chat.code.value(scope, node)
    call = chat.code.call_of(value)
    if call is None or call.method not in COPYING or call.argument("update"):
        return thread in (syntax.dotted(node), syntax.dotted(value))
    parts = (receiver_of(call.node.func), *call.given)
    return any(_is_whole(chat, scope, each, thread) for each in parts)
