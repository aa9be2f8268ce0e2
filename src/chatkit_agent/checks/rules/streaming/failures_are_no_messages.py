"""A failure is told as an error event, and is no message of the assistant."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call, Code
from chatkit_agent.project.source.flows import Flow
from chatkit_agent.project.source.meaning import entries_of, reaches
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.told_errors import says_error
from chatkit_agent.project.source.values import text_of
from chatkit_agent.project.source.walking import last_name, within_node

TEXTS = (
    *(cst.Name, cst.Attribute, cst.BinaryOperation, cst.Call),
    *(cst.SimpleString, cst.FormattedString, cst.ConcatenatedString),
)


ITEMS = ("AssistantMessageItem", "AssistantMessageContent")


@check("CK508", needs=SOURCE, severity="warning", symptoms=("silent", "stream_error"))
def failures_are_no_messages(chat: Anatomy) -> Iterator[Finding]:
    """An apology that is sent as a message is stored, is given back to the model, and hides what
    went wrong. So does one that a function makes, that goes to a queue or the store, or that takes
    the place of what a message says. What was said by then is no apology, nor is what is put
    behind it.
    """
    items = set(chat.code.calls_of("chatkit", *ITEMS))
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
            said: list[cst.CSTNode] = [
                each.node for each in calls if _apologises(chat, each, items, names)
            ]
            said += [
                target
                for target, value in _new_words(chat.code, scope, handler.body)
                if handler not in told and _is_worded(chat.code, scope, value, names)
            ]
            if said:
                told.add(handler)
                yield _finding(chat.code.where(scope, said[0]), handler)


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
    near = reaches(chat.code, [called])
    made = items.intersection(c for each in near for c in chat.code.inside(each))
    if any(_has_words(each, set()) or flow.holds(each.node) for each in made):
        return True
    found = [(each, *one) for each in near for one in _new_words(chat.code, each, each.node)]
    return any(_is_worded(chat.code, e, value, set()) or flow.holds(value) for e, _, value in found)


def _new_words(
    code: Code, scope: Scope, body: cst.CSTNode
) -> Iterator[tuple[cst.CSTNode, cst.BaseExpression]]:
    """What a message that is there is given to say: `item.content[0].text = ...`."""
    for each in within_node(body, cst.Assign):
        target = each.targets[0].target
        if isinstance(target, cst.Attribute) and target.attr.value == "text":
            is_more = syntax.code(target) in syntax.code(each.value)
            if _is_content(code, scope, target.value) and not is_more:
                yield each, each.value
    for call in code.calls_in(body):
        update = call.argument("update") if call.method == "model_copy" else None
        for key, value in entries_of(code, call.scope, update).items() if update else ():
            yield from ((call.node, each) for each in _parts(value) if key in ("content", "text"))


def _is_content(code: Code, scope: Scope, node: cst.BaseExpression) -> bool:
    """`item.content[0]`, or `part` of `for part in item.content`."""
    value = code.value(scope, node) or node
    loops = (e for e in within_node(scope.node, cst.For) if syntax.dotted(e.target))
    named = [e.iter for e in loops if syntax.dotted(e.target) == syntax.dotted(node)]
    made = code.call_of(value)
    is_made = made is not None and code.is_from(made.symbol, "chatkit", *ITEMS)
    parts = [value.value, *named] if isinstance(value, cst.Subscript) else named
    return is_made or any(last_name(each) == "content" for each in parts)


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


def _finding(where: str, handler: cst.ExceptHandler) -> Finding:
    kind = syntax.code(handler.type) if handler.type else "everything"
    return Finding(
        what="Every failure looks like an answer: the apology is stored, given back to the model "
        "as its own words, and hides what went wrong from the person and from the client.",
        where=where,
        evidence=f"The handler of `{kind}` makes a message of the assistant of it.",
        fix="Raise `CustomStreamError(message, allow_retry=True)`, or yield an `ErrorEvent`.",
        cause="apology",
    )
