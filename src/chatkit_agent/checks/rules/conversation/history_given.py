"""The model is given what was said before."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.flows import Flow
from chatkit_agent.project.source.meaning import is_collection
from chatkit_agent.project.source.scope import Scope

LOADING = ("load_thread_items", "to_input_list")
KEYWORDS = ("session", "previous_response_id", "conversation_id", "auto_previous_response_id")


@check("CK001", needs=SOURCE, severity="warning", symptoms=("forgets",))
def history_given(chat: Anatomy) -> Iterator[Finding]:
    """The server loads the items of the thread, or names an earlier response."""
    if any(call.method in LOADING and call.scope.owner not in chat.stores for call in _calls(chat)):
        return
    for call in chat.runs:
        is_turn = call.method == "run_streamed" and chat.answering(call)
        if is_turn and not _is_named(chat, call) and not _is_of_thread(chat, call):
            yield Finding(
                what="The assistant forgets everything after each answer: only the last message is "
                "given to the model.",
                where=call.where,
                evidence="Nothing in the server loads the items of the thread.",
                fix="Load the latest items with `store.load_thread_items(...)` and give "
                "`simple_to_agent_input(items)` to the runner.",
                cause="no history",
            )


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
