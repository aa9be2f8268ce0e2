"""An item has an id of its own and the thread of its turn, and is added once."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.checks.rules.storage.items_added_once import (
    SAVING,
    adding_method,
    overwriting,
)
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.fixed import is_fixed
from chatkit_agent.project.source.flows import Flow
from chatkit_agent.project.source.items import ADDING, destinations, items_made
from chatkit_agent.project.source.meaning import reaches
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.statements import statements
from chatkit_agent.project.source.walking import within_node

OF_THREAD = {ADDING, SAVING, "load_thread_items", "load_item", "load_thread"}


@check("CK424", needs=SOURCE, symptoms=("mixed_up", "forgets", "repeats", "stream_error"))
def items_of_their_turn(chat: Anatomy) -> Iterator[Finding]:
    """A constant id, that of the thread or that of the question takes the place of another message,
    or the store refuses it. What is sent with `ThreadItemDoneEvent` ChatKit adds to the store by
    itself. Silent where an item is made once in a thread, where a store takes the same item again
    for the one that it has, and on what is saved with `save_item`.
    """
    yield from _alike(chat)
    yield from _elsewhere(chat)
    yield from _added_twice(chat)


def _alike(chat: Anatomy) -> Iterator[Finding]:
    """Items that are new in each turn, and have the id of those before."""
    for made in items_made(chat):
        given = made.argument("id")
        if given is None or not chat.answering(made) or not any(destinations(chat, made)):
            continue
        is_message = syntax.dotted(given) == f"{_message(chat, made)}.id"
        is_same = is_fixed(chat.code, made.scope, given, _of_turn(chat, made.scope.function))
        if is_message or (is_same and not _is_once(chat, made)):
            yield Finding(
                what="Each answer takes the place of another message, or cannot be stored: items "
                "have the same id.",
                where=chat.code.where(made.scope, given),
                evidence=f"`{made.method}(id={syntax.code(given)[:80]}, ...)`"
                + (" is the id of the question." if is_message else " is the same in each turn."),
                fix='Take `self.store.generate_item_id("message", thread, context)`.',
                cause="items alike",
            )


def _message(chat: Anatomy, made: Call) -> str | None:
    """What the turn calls the message that it answers."""
    function = made.scope.function
    is_turn = function is not None and function in chat.responders
    return [*function.parameters, "", "", ""][2] if function and is_turn else None


def _of_turn(chat: Anatomy, function: Scope | None, hops: int = 3) -> set[str]:
    """The parameters that are the same in each turn of a thread: itself, and who asks."""
    if function is None or not hops:
        return set()
    if function in chat.responders:
        return {*function.parameters[1:2], *function.parameters[3:4]}
    found = set()
    for name in function.parameters:
        calls = chat.code.called_by.get(function, ())
        given = [(call.scope, chat.code.passed(call, function, name)) for call in calls]
        if given and all(
            is_fixed(chat.code, scope, each, _of_turn(chat, scope.function, hops - 1))
            for scope, each in given
        ):
            found.add(name)
    return found


def _elsewhere(chat: Anatomy) -> Iterator[Finding]:
    """Items of a thread that no turn has, and what is asked of the store for such a one."""
    made = ((e, e.argument("thread_id")) for e in items_made(chat) if any(destinations(chat, e)))
    asked = ((e, e.argument("thread_id", 0)) for e in chat.code.calls if e.method in OF_THREAD)
    for call, given in (*made, *asked):
        if given is None or not chat.answering(call) or call.scope.owner in chat.stores:
            continue
        text = chat.code.text(call.scope, given)
        is_message = syntax.dotted(given) == f"{_message(chat, call)}.id"
        if text or is_message:
            yield Finding(
                what="Messages of different conversations meet in one thread, which is none of "
                "theirs, or cannot be stored.",
                where=chat.code.where(call.scope, given),
                evidence=f"`{call.method}` is given "
                + (f"`{text}` as the thread." if text else "the id of the question as the thread."),
                fix="Give it the `id` of the thread that the turn is for.",
                cause="another thread",
            )


def _is_once(chat: Anatomy, made: Call) -> bool:
    """Whether it is made under a condition on the thread, such as that it has no item yet."""
    function = made.scope.function
    assert function is not None
    loads = {call.node for call in chat.code.inside(function) if call.method.startswith("load_")}
    flow = Flow(chat.code, function, set(function.parameters[1:2]), {*loads})
    tests = (e for e in within_node(function.node, cst.If) if made.node in syntax.walk(e.body))
    return any(flow.holds(each.test) for each in tests)


def _added_twice(chat: Anatomy) -> Iterator[Finding]:
    """What is added to the store by hand, and sent with an event for which ChatKit adds it."""
    stores = [each for each in chat.stores if each not in _tolerant(chat)]
    for call, sent in (*_made_and_added(chat), *_passed_and_added(chat)):
        if stores or not chat.stores:
            yield Finding(
                what="Messages are stored twice, or the turn fails as the second is refused: "
                "ChatKit adds an item by itself when it is sent with `ThreadItemDoneEvent`.",
                where=call.where,
                evidence=f"`{syntax.code(call.node)[:100]}`, and the item is sent at {sent}.",
                fix=f"Leave out the call of `{ADDING}`, and send the event.",
                cause="items added twice",
            )


def _made_and_added(chat: Anatomy) -> Iterator[tuple[Call, str]]:
    for made in items_made(chat):
        found = list(dict.fromkeys(destinations(chat, made)))
        added = [each for each in found if each.method == ADDING]
        sent = [each for each in found if each.package_name.endswith("DoneEvent")]
        for each in added:
            both = (one for one in sent if not _are_apart(each, one))
            if (other := next(both, None)) is not None:
                yield each, other.where


def _are_apart(first: Call, second: Call) -> bool:
    """Whether only one of both is run: they stand in two branches of one condition."""
    function = first.scope.function
    for each in within_node(function.node, cst.If) if function else ():
        body, other = set(syntax.walk(each.body)), set(syntax.walk(each.orelse or cst.Pass()))
        are_split = (first.node in body) is not (second.node in body)
        are_both = {first.node, second.node} <= body | other
        leaves = any(within_node(each.body, cst.Return, cst.Raise, cst.Continue))
        if are_split and (are_both or leaves):
            return True
    return False


def _passed_and_added(chat: Anatomy) -> Iterator[tuple[Call, str]]:
    """`add_thread_item(thread.id, event.item)` beside `yield event`"""
    for call in chat.code.calls:
        if call.method != ADDING or not chat.answering(call):
            continue
        around = call.scope.node
        sent = {syntax.dotted(each.value): each for each in within_node(around, cst.Yield)}
        for each in call.given:
            owner, _, name = (syntax.dotted(each) or "").rpartition(".")
            if name == "item" and owner in sent and not _is_made_here(call, owner):
                yield call, chat.code.where(call.scope, sent[owner])


def _is_made_here(call: Call, name: str) -> bool:
    """Whether the event is one of another kind that was made here."""
    made = (call.code.call_of(each.value) for each in syntax.assigned_to(call.scope.node, name))
    return any(each and not each.package_name.endswith("DoneEvent") for each in made)


def _tolerant(chat: Anatomy) -> list[Scope]:
    """The stores in which an item that is added again is the same one."""
    found = []
    for store in chat.stores:
        method = adding_method(chat, store)
        if method is None or next(overwriting(chat, store, method), None) is not None:
            found.append(store)
            continue
        inner = reaches(chat.code, [method], hops=2)
        said = [text for scope in inner for _, text in statements(chat.code, scope)]
        targets = (e for scope in inner for e in within_node(scope.node, cst.AssignTarget))
        is_keyed = any(isinstance(each.target, cst.Subscript) for each in targets)
        if is_keyed or any(" on conflict" in each or " ignore " in each for each in said):
            found.append(store)
    return found
