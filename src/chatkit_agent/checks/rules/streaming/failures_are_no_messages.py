"""A failure is told as an error event, and is no message of the assistant."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call, Code
from chatkit_agent.project.source.flows import Flow
from chatkit_agent.project.source.meaning import reaches
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.told_errors import says_error
from chatkit_agent.project.source.values import text_of
from chatkit_agent.project.source.walking import within_node

TEXTS = (
    *(cst.Name, cst.Attribute, cst.BinaryOperation, cst.Call),
    *(cst.SimpleString, cst.FormattedString, cst.ConcatenatedString),
)


@check("CK508", needs=SOURCE, severity="warning", symptoms=("silent", "stream_error"))
def failures_are_no_messages(chat: Anatomy) -> Iterator[Finding]:
    """An apology that is sent as a message is stored, is given back to the model, and hides what
    went wrong. So does one that a function makes, or that goes to a queue or the store. What was
    said by then is no apology.
    """
    items = set(chat.code.calls_of("chatkit", "AssistantMessageItem"))
    told = set[cst.CSTNode]()
    for scope in chat.code.functions:
        is_turn = scope.owner in chat.servers or scope in chat.turning
        for handler in within_node(scope.node, cst.ExceptHandler) if is_turn else ():
            calls = () if handler in told else chat.code.calls_in(handler.body)
            names = {syntax.dotted(handler.name.name) or ""} if handler.name else set()
            names |= {
                syntax.dotted(each.targets[0].target) or ""
                for each in within_node(handler.body, cst.Assign)
                if _is_worded(chat.code, scope, each.value, names)
            }
            said = next((each for each in calls if _apologises(chat, each, items, names)), None)
            if said is not None:
                told.add(handler)
                yield _finding(chat, said, handler)


def _apologises(chat: Anatomy, call: Call, items: set[Call], names: set[str]) -> bool:
    """Whether it makes an item of the assistant, itself or by a function, of words about it."""
    if call in items:
        return _has_words(call, names)
    called = chat.code.called(call)
    if called is None:
        return False
    told = {each for each in call.given if _is_worded(call.code, call.scope, each, names)}
    given = {each for each in called.parameters if chat.code.passed(call, called, each) in told}
    flow = Flow(chat.code, called, given)
    near = (c for each in reaches(chat.code, [called]) for c in chat.code.inside(each))
    made = items.intersection(near)
    return any(_has_words(each, set()) or flow.holds(each.node) for each in made)


def _has_words(call: Call, names: set[str]) -> bool:
    return any(
        _is_worded(call.code, call.scope, part, names) for arg in call.given for part in _parts(arg)
    )


def _parts(node: cst.CSTNode) -> Iterator[cst.BaseExpression]:
    yield from (each for each in syntax.walk(node) if isinstance(each, TEXTS))


def _is_worded(code: Code, scope: Scope, node: cst.BaseExpression, names: set[str]) -> bool:
    """Whether it is a text that was written here, or one of the exception."""
    text = text_of(code, scope, node, unknown="{}") or ""
    return " " in text.replace("{}", "").strip() or says_error(code, scope, node, names)


def _finding(chat: Anatomy, said: Call, handler: cst.ExceptHandler) -> Finding:
    kind = syntax.code(handler.type) if handler.type else "everything"
    return Finding(
        what="Every failure looks like an answer: the apology is stored, given back to the model "
        "as its own words, and hides what went wrong from the person and from the client.",
        where=said.where,
        evidence=f"The handler of `{kind}` makes an `AssistantMessageItem` of it.",
        fix="Raise `CustomStreamError(message, allow_retry=True)`, or yield an `ErrorEvent`.",
        cause="apology",
    )
