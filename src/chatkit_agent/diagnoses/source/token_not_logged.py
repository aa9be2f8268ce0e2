"""The person's token is not written to the log."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.findings import Finding
from chatkit_agent.observations import Observations
from chatkit_agent.reading import syntax
from chatkit_agent.reading.scopes import Call, within_node
from chatkit_agent.reading.tokens import has_token

HEADERS = re.compile(r"(?:dict\(|str\()?(?:\w+\.)*\w*request\.headers\)?")
AUTHORIZATION = re.compile(
    r"(?:\w+\.)*\w*request\.headers(?:\.get\(|\[)\s*[\"']authorization[\"'].*", re.IGNORECASE
)
LEVELS = ("debug", "info", "warning", "error", "exception", "critical", "log")


def token_not_logged(observations: Observations) -> Iterator[Finding]:
    chat = observations.chat
    for call in chat.code.calls:
        written = _written(call) if _is_log(call) else None
        if written is not None:
            yield Finding(
                what="The person's token is in the log, where whoever reads the log can use it.",
                where=chat.code.where(call.scope, call.node),
                evidence=f"`{call.written}` writes `{syntax.code(written)[:100]}`.",
                fix="Leave it out, or write whether there is one: `bool(token)`.",
                cause="token logged",
                explains=("leaks",),
            )


def _is_log(call: Call) -> bool:
    owner = call.receiver.lower()
    return call.written == "print" or (call.method in LEVELS and "log" in owner)


def _written(call: Call) -> cst.CSTNode | None:
    for arg in call.node.args:
        if has_token(arg.value):
            return arg.value
        for shown in (arg.value, *_in_text(arg.value)):
            text = syntax.code(shown)
            if HEADERS.fullmatch(text) or AUTHORIZATION.fullmatch(text):
                return shown
    return None


def _in_text(value: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    """What an f-string shows."""
    for each in within_node(value, cst.FormattedStringExpression):
        yield each.expression
