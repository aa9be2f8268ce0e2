"""A prompt with a place for credentials is filled, and has the model hand them to the tools."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.findings import Finding, Severity
from chatkit_agent.observations import Observations
from chatkit_agent.reading import syntax
from chatkit_agent.reading.anatomy import Anatomy
from chatkit_agent.reading.scopes import Call, Scope, written_text
from chatkit_agent.reading.tokens import TOKEN, has_token

PLACE = re.compile(r"\{(\w*token|bearer|jwt)\}", re.IGNORECASE)
ORDER = re.compile(r"\b(?:tools?|calls?|argument|parameter|pass|every)\b", re.IGNORECASE)


def credentials_told(observations: Observations) -> Iterator[Finding]:
    chat = observations.chat
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
        given = call.argument("instructions")
        if isinstance(given, cst.FormattedString) and has_token(given):
            yield from _unordered(chat, call, written_text(given) or "")


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
        yield from _unordered(chat, call, text)


def _unordered(chat: Anatomy, call: Call, text: str) -> Iterator[Finding]:
    if not ORDER.search(text):
        yield _finding(
            "The model is shown the token and not told what it is for, so tools are called "
            "without it.",
            chat.code.where(call.scope, call.node),
            "The prompt holds the token, and says nothing of tools, calls or arguments.",
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
        explains=("token_missing",),
    )
