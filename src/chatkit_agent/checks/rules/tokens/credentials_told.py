"""A prompt with a place for credentials is filled, and has the model hand them to the tools."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, Severity, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.prompts import prompts
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.tokens import TOKEN, token_in
from chatkit_agent.project.source.values import joined, pieces_of, valued

PLACE = re.compile(r"\{(\w*token|bearer|jwt)\}", re.IGNORECASE)
ORDER = re.compile(
    r"\b(?:tools?|calls?|arguments?|parameters?|pass|every|include|send)\b", re.IGNORECASE
)
ABOUT = re.compile(r"token|credential|bearer|jwt|\bthem\b|\bit\b", re.IGNORECASE)
SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+")


@check("CK302", needs=SOURCE, symptoms=("token_missing",))
def credentials_told(chat: Anatomy) -> Iterator[Finding]:
    """A prompt with a place for credentials is filled for each turn, and a sentence in it tells
    the model to hand them to the tools.
    """
    for scope, given in prompts(chat):
        where, node = valued(chat.code, scope, given)
        place = PLACE.search(chat.code.text(scope, given) or "")
        empty = next(_empty_arguments(chat, where, node), None)
        said = _text(chat, scope, given) if token_in(chat, scope, given) is not None else None
        if place:
            yield _finding(
                chat,
                (scope, given),
                "Tools are called without the person's token: the model reads "
                f"`{place[0]}` as it stands.",
                f"The instructions hold `{place[0]}`, and are given to the agent without being "
                "filled.",
            )
        elif empty is not None and empty.keyword is not None:
            yield _finding(
                chat,
                (where, empty.value),
                "Tools are called without the person's token: the prompt is filled with an empty "
                "one.",
                f"`{empty.keyword.value}` is `{syntax.code(empty.value)}`.",
            )
        elif said is not None and not _orders(said):
            yield _finding(
                chat,
                (where, node),
                "The model is shown the token and not told what it is for, so tools are called "
                "without it.",
                "The prompt holds the token, and no sentence says to hand it to the tools.",
                "warning",
            )


def _empty_arguments(chat: Anatomy, scope: Scope, node: cst.BaseExpression) -> Iterator[cst.Arg]:
    """`PROMPT.format(access_token="")`"""
    template = _template(node)
    text = chat.code.text(scope, template) if template is not None else ""
    for arg in node.args if isinstance(node, cst.Call) and text else ():
        name = arg.keyword.value if arg.keyword else ""
        held = chat.code.value(scope, arg.value)
        is_empty = syntax.text(held) == "" or syntax.dotted(held) == "None"
        if TOKEN.match(name) and is_empty and f"{{{name}}}" in (text or ""):
            yield arg


def _template(node: cst.BaseExpression) -> cst.BaseExpression | None:
    func = node.func if isinstance(node, cst.Call) else None
    is_filling = isinstance(func, cst.Attribute) and func.attr.value in ("format", "replace")
    return func.value if is_filling and isinstance(func, cst.Attribute) else None


def _text(chat: Anatomy, scope: Scope, given: cst.BaseExpression, hops: int = 8) -> str | None:
    """What is said around the token; None where some of it is not known."""
    if not hops:
        return None
    told = token_in(chat, scope, given)
    if told is not None and told.node is given:
        return "token"
    scope, node = valued(chat.code, scope, given)
    known = chat.code.text(scope, node)
    if known is not None:
        return known
    if (template := _template(node)) is not None:
        return chat.code.text(scope, template)
    if isinstance(node, cst.FormattedString):
        said = pieces_of(node, lambda each: _text(chat, scope, each, hops - 1))
    elif isinstance(node, cst.BinaryOperation | cst.ConcatenatedString):
        said = [_text(chat, scope, each, hops - 1) for each in (node.left, node.right)]
    else:
        return None
    return joined(said)


def _orders(text: str) -> bool:
    """Whether a sentence about the token speaks of calls."""
    return any(ORDER.search(each) and ABOUT.search(each) for each in SENTENCE.split(text))


def _finding(
    chat: Anatomy,
    place: tuple[Scope, cst.CSTNode],
    what: str,
    evidence: str,
    severity: Severity = "error",
) -> Finding:
    return Finding(
        what=what,
        where=chat.code.where(*place),
        evidence=evidence,
        fix="Send the token in the `Authorization` header of the tools' connection, or write it in "
        "when a tool is called, and take it out of the prompt. Where it must stand there, fill it "
        "for each turn and say: CRITICAL: pass access_token in every tool call that takes it.",
        severity=severity,
        cause="token not told",
    )
