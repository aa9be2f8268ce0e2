"""The person's token is not part of what the model reads."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.scopes import Call
from chatkit_agent.project.source.tokens import has_token, tokens_in
from chatkit_agent.project.source.walking import within_node

GIVEN_LATER = re.compile(r"(?:^|[._])(?:instructions|(?:system_)?prompt)$", re.IGNORECASE)
MAKES = re.compile(r"(?:^|[._])(?:\w+_)?(?:instructions|prompt)$", re.IGNORECASE)


@check(
    "CK303",
    "The person's token is not part of what the model reads",
    needs=SOURCE,
    severity="warning",
    symptoms=("leaks",),
)
def token_out_of_prompt(chat: Anatomy) -> Iterator[Finding]:
    """The person's token is not part of what the model reads. A warning, also where it was
    chosen with `--token prompt`.
    """
    for call in chat.code.calls:
        told = _told(chat, call)
        if told is not None:
            yield _finding(chat, call.scope, told)
    for scope in chat.code.functions:
        for value in _given_later(scope):
            if has_token(value):
                yield _finding(chat, scope, value)


def _given_later(scope: Scope) -> Iterator[cst.BaseExpression]:
    """`agent.instructions = ...`, a variable of that name, and what such a function returns."""
    for each in within_node(scope.node, cst.Assign):
        name = syntax.dotted(each.targets[0].target) or ""
        if GIVEN_LATER.search(name):
            yield each.value
    if MAKES.search(scope.name) and isinstance(scope.node, cst.FunctionDef):
        yield from (each for each in syntax.returns(scope.node) if each is not None)


def _finding(chat: Anatomy, scope: Scope, told: cst.CSTNode) -> Finding:
    return Finding(
        what="The model and its provider are shown the person's token, and whoever makes "
        "the model talk gets it.",
        where=chat.code.where(scope, told),
        evidence=f"The prompt is filled with `{_short(told)}`.",
        fix="Send the token in the `Authorization` header of the tools' connection. Where "
        "a tool takes it as an argument, write it in when the tool is called "
        "(`--token argument` delivers that).",
        cause="token in prompt",
    )


def _short(told: cst.CSTNode) -> str:
    """The part of it that is the token, where it is long."""
    whole = syntax.code(told)
    return whole if len(whole) <= 120 else syntax.code(next(tokens_in(told), told))[:120]


def _told(chat: Anatomy, call: Call) -> cst.CSTNode | None:
    """What has the token in it: an agent's instructions, or what a prompt is filled with."""
    if call in chat.agents:
        given = call.argument("instructions")
        return given if given is not None and has_token(given) else None
    prompt = any(word in call.receiver.lower() for word in ("prompt", "instructions"))
    if call.method in ("format", "replace") and prompt:
        return next((arg for arg in call.node.args if has_token(arg.value)), None)
    return None
