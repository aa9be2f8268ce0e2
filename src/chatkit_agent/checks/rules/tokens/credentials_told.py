"""A prompt with a place for credentials is filled, and has the model hand them to the tools."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, check
from chatkit_agent.checks.finding import Finding, Severity
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.scopes import Call
from chatkit_agent.project.source.tokens import TOKEN, has_token
from chatkit_agent.project.source.walking import within_node

PLACE = re.compile(r"\{(\w*token|bearer|jwt)\}", re.IGNORECASE)
ORDER = re.compile(
    r"\b(?:tools?|calls?|arguments?|parameters?|pass|every|include|send)\b", re.IGNORECASE
)
ABOUT = re.compile(r"token|credential|bearer|jwt|\bthem\b|\bit\b", re.IGNORECASE)
SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+")
GIVEN_LATER = re.compile(r"(?:^|[._])(?:instructions|(?:system_)?prompt)$", re.IGNORECASE)


@check(
    "CK302",
    "A prompt with a place for credentials is filled, and has the model hand them to the tools",
    needs=SOURCE,
    symptoms=("token_missing",),
)
def credentials_told(chat: Anatomy) -> Iterator[Finding]:
    """A prompt with a place for credentials is filled for each turn, and a sentence in it tells
    the model to hand them to the tools.
    """
    for call in chat.agents:
        given = call.argument("instructions")
        text = _text(chat, call.scope, given)
        place = PLACE.search(text) if text else None
        if given is not None and place:
            yield _unfilled(chat, call, given, place[0])
    for call in chat.code.calls:
        if call.method == "format" and isinstance(call.node.func, cst.Attribute):
            text = _text(chat, call.scope, call.node.func.value) or ""
            yield from _filled(chat, call, text) if PLACE.search(text) else ()
    for call in chat.agents:
        yield from _written_in(chat, call.scope, call.argument("instructions"))
    for scope in chat.code.functions:
        for each in within_node(scope.node, cst.Assign):
            if GIVEN_LATER.search(syntax.dotted(each.targets[0].target) or ""):
                yield from _written_in(chat, scope, each.value)


def _written_in(chat: Anatomy, scope: Scope, given: cst.BaseExpression | None) -> Iterator[Finding]:
    """An f-string with the token, of which all else that it says is known."""
    if isinstance(given, cst.FormattedString) and has_token(given):
        said = [_part(chat, scope, each) for each in given.parts]
        if None not in said:
            yield from _unordered(chat, scope, given, "".join(map(str, said)))


def _part(chat: Anatomy, scope: Scope, part: cst.BaseFormattedStringContent) -> str | None:
    if isinstance(part, cst.FormattedStringText):
        return part.value
    if not isinstance(part, cst.FormattedStringExpression):
        return None
    return "token" if has_token(part.expression) else _text(chat, scope, part.expression)


def _text(chat: Anatomy, scope: Scope, value: cst.BaseExpression | None) -> str | None:
    """What a literal says, or the constant of that name in the project."""
    if (text := syntax.text(value)) is not None or value is None:
        return text
    name = syntax.dotted(value)
    if scope.function and name in _own_names(scope.function):
        return None
    held = chat.code.sources.definition(chat.code.resolve(scope, name))
    return syntax.text(held.value) if isinstance(held, syntax.Assignment) else None


def _own_names(scope: Scope) -> set[str]:
    """What a function itself sets or is given."""
    if not isinstance(scope.node, cst.FunctionDef):
        return set()
    given = {each.name.value for each in syntax.parameters(scope.node)}
    return given | {each.target for each in syntax.assignments(scope.node)}


def _filled(chat: Anatomy, call: Call, text: str) -> Iterator[Finding]:
    for arg in call.node.args:
        name = arg.keyword.value if arg.keyword else ""
        is_empty = syntax.text(arg.value) == "" or syntax.dotted(arg.value) == "None"
        if TOKEN.match(name) and is_empty and f"{{{name}}}" in text:
            yield _finding(
                "Tools are called without the person's token: the prompt is filled with an empty "
                "one.",
                chat.code.where(call.scope, arg.value),
                f"`{name}` is `{syntax.code(arg.value)}`.",
                "error",
            )
    if any(has_token(arg.value) for arg in call.node.args):
        yield from _unordered(chat, call.scope, call.node, text)


def _unordered(chat: Anatomy, scope: Scope, node: cst.CSTNode, text: str) -> Iterator[Finding]:
    """No sentence about the token that speaks of calls is there."""
    sentences = SENTENCE.split(text)
    if not any(ORDER.search(each) and ABOUT.search(each) for each in sentences):
        yield _finding(
            "The model is shown the token and not told what it is for, so tools are called "
            "without it.",
            chat.code.where(scope, node),
            "The prompt holds the token, and no sentence says to hand it to the tools.",
            "warning",
        )


def _unfilled(chat: Anatomy, call: Call, given: cst.BaseExpression, place: str) -> Finding:
    return _finding(
        f"Tools are called without the person's token: the model reads `{place}` as it stands.",
        chat.code.where(call.scope, given),
        f"The instructions hold `{place}`, and are given to the agent without being filled.",
        "error",
    )


def _finding(what: str, where: str, evidence: str, severity: Severity) -> Finding:
    return Finding(
        what=what,
        where=where,
        evidence=evidence,
        fix="Send the token in the `Authorization` header of the tools' connection, or write it in "
        "when a tool is called, and take it out of the prompt. Where it must stand there, fill it "
        "for each turn and say: CRITICAL: pass access_token in every tool call that takes it.",
        severity=severity,
        cause="token not told",
    )
