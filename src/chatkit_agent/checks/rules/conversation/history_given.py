"""The model is given what was said before."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.flows import Flow, followed
from chatkit_agent.project.source.meaning import is_collection, names_used, number_of
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import sides_of, within_node

LOADING = ("load_thread_items", "to_input_list")
KEYWORDS = ("session", "previous_response_id", "conversation_id", "auto_previous_response_id")


@check("CK001", needs=SOURCE, severity="warning", symptoms=("forgets",))
def history_given(chat: Anatomy) -> Iterator[Finding]:
    """The server loads the items of the thread, or names an earlier response. ChatKit stores the
    question before it asks `respond`, so it is among these items: where it is added to them, the
    model reads it twice. Silent where ids are compared, or a part of the items is taken.
    """
    yield from _questions_twice(chat)
    if any(call.method in LOADING and call.scope.owner not in chat.stores for call in _calls(chat)):
        return
    for call in chat.runs:
        is_turn = call.method == "run_streamed" and chat.answering(call)
        if is_turn and not _is_named(chat, call) and not _is_of_thread(chat, call):
            yield _forgetting(call, "Nothing in the server loads the items of the thread.")


def _questions_twice(chat: Anatomy) -> Iterator[Finding]:
    loads = [c for c in chat.code.calls if c.method == LOADING[0] and chat.answering(c)]
    begun = [
        Flow(chat.code, call.scope.function, nodes={call.node}, is_said=True)
        for call in loads
        if call.scope.function is not None and number_of(chat.code, call.scope, _limit(call)) != 1
    ]
    asked = [
        Flow(chat.code, each, {*each.parameters[2:3]}, is_said=True) for each in chat.responders
    ]
    histories, questions = _by_scope(chat, begun), _by_scope(chat, asked)
    for call, given in _read_by_model(chat) if begun else ():
        function = call.scope.function
        if function is None:
            continue
        before = [each for each in histories.get(function, ()) if each.holds(given)]
        now = [each for each in questions.get(function, ()) if each.holds(given)]
        if any(_is_last_only(chat, flow, given) for flow in before):
            yield _forgetting(call, f"`{syntax.code(given)[:80]}` leaves the items before it out.")
        apart = [*before, *now, *(each for one in asked for each in followed(one, {}))]
        if before and now and not any(_is_apart(each) for each in apart):
            yield Finding(
                what="The model reads each question twice: it is among the items of the thread, "
                "where ChatKit has put it, and is added to them.",
                where=call.where,
                evidence=f"`{syntax.code(given)[:80]}` is made of the items and of the message.",
                fix="Give the model the items of the thread, and nothing beside them.",
                cause="question twice",
                explains=("repeats",),
            )


def _read_by_model(chat: Anatomy) -> Iterator[tuple[Call, cst.BaseExpression]]:
    """What a run of an agent is given, and what a provider's client is: `create(messages=...)`."""
    runs = set(chat.runs)
    for call in filter(chat.answering, chat.code.calls):
        named = (call.argument(each) for each in ("messages", "input"))
        given = call.argument("input", 1) if call in runs else next(filter(None, named), None)
        if given is not None and (call in runs or chat.code.called(call) is None):
            yield call, given


def _forgetting(call: Call, evidence: str) -> Finding:
    return Finding(
        what="The assistant forgets everything after each answer: only the last message is "
        "given to the model.",
        where=call.where,
        evidence=evidence,
        fix="Load the latest items with `store.load_thread_items(...)` and give "
        "`simple_to_agent_input(items)` to the runner.",
        cause="no history",
    )


def _is_last_only(chat: Anatomy, flow: Flow, given: cst.BaseExpression) -> bool:
    """`page.data[-1:]`, where nothing else of them is given."""
    parts = [each for each in within_node(given, cst.Subscript) if flow.holds(each.value)]
    for each in parts:
        part = each.slice[0].slice
        is_open = isinstance(part, cst.Slice) and part.upper is None and part.step is None
        last = part.lower if isinstance(part, cst.Slice) and is_open else None
        if last is not None and number_of(chat.code, flow.scope, last) == -1:
            return len(parts) == 1
    return False


def _limit(call: Call) -> cst.BaseExpression | None:
    return call.argument("limit", 2)


def _by_scope(chat: Anatomy, begun: list[Flow]) -> dict[Scope, list[Flow]]:
    found: dict[Scope, list[Flow]] = {}
    for flow in (each for one in begun for each in followed(one, chat.code.called_by)):
        found.setdefault(flow.scope, []).append(flow)
    return found


def _is_apart(flow: Flow) -> bool:
    """Whether the question is looked for among the items, or these are not all taken."""
    node = flow.scope.node
    slices = (e for each in within_node(node, cst.Subscript) for e in each.slice)
    is_cut = any(_cuts(each.slice) for each in slices if isinstance(each.slice, cst.Slice))
    sides = (side for each in within_node(node, cst.Comparison) for side in sides_of(each))
    return is_cut or any("id" in names_used(side) for side in sides)


def _cuts(part: cst.Slice) -> bool:
    """`[:-1]` and `[1:]`, and neither `[-20:]` nor `[::-1]`"""
    is_last = part.upper is None and isinstance(part.lower, cst.UnaryOperation)
    return part.step is None and not is_last


def _calls(chat: Anatomy) -> Iterator[Call]:
    return (call for call in chat.code.calls if call.scope.file in chat.files)


def _is_named(chat: Anatomy, call: Call) -> bool:
    """Whether the run goes on from an earlier response, or has a session of the SDK."""
    given = (chat.code.value(call.scope, call.argument(name)) for name in KEYWORDS)
    return call.spreads or any(
        each and syntax.dotted(each) not in ("None", "False") for each in given
    )


def _is_of_thread(chat: Anatomy, call: Call) -> bool:
    """Whether the input is made of something that belongs to the thread, such as own rows."""
    given, function = call.argument("input", 1), call.scope.function
    if given is None or function is None:
        return True
    return _holds_more(chat, function, given)


def _holds_more(chat: Anatomy, function: Scope, given: cst.BaseExpression, hops: int = 3) -> bool:
    """More than a message: what the thread leads to, or what is kept in memory."""
    params = function.parameters
    own = set(params[1:2]) if function in chat.responders else set()
    kept = {each for each in _lasting_names(chat, function) if each not in params}
    if Flow(chat.code, function, own | kept).holds(given):
        return True
    for name in params if hops and function not in chat.responders else ():
        for call in chat.code.called_by.get(function, ()):
            around, handed = call.scope.function, chat.code.passed(call, function, name)
            is_used = around and handed and Flow(chat.code, function, {name}).holds(given)
            if is_used and around and handed and _holds_more(chat, around, handed, hops - 1):
                return True
    return False


def _lasting_names(chat: Anatomy, function: Scope) -> Iterator[str]:
    """The names of lists and dicts that outlive a call of the function."""
    for scope in function.around():
        for each in syntax.assignments(scope.node) if scope is not function else ():
            if is_collection(chat.code, scope, each.value):
                yield each.target
        if isinstance(scope.node, cst.ClassDef):
            begun = chat.code.method(scope, "__init__")
            for each in syntax.assignments(begun.node) if begun else ():
                is_own = begun is not None and each.target.startswith("self.")
                if is_own and begun and is_collection(chat.code, begun, each.value):
                    yield each.target
