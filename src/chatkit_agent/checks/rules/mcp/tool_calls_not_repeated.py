"""A tool call that was sent is not sent again by itself."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy


@check(
    "CK203",
    "A tool call that was sent is not sent again by itself",
    needs=SOURCE,
    symptoms=("repeats",),
)
def tool_calls_not_repeated(chat: Anatomy) -> Iterator[Finding]:
    """A tool call that was sent is not sent again by itself. With `max_retry_attempts` above 0
    a slow tool that writes was seen to write four times while the person was told that it
    failed.
    """
    for call in chat.connections:
        attempts = call.argument("max_retry_attempts")
        if isinstance(attempts, cst.Integer) and attempts.evaluated_value:
            many = str(attempts.evaluated_value)
        elif isinstance(attempts, cst.UnaryOperation):
            many = "any number of"
        elif default := _default(chat, attempts):
            many = default
        else:
            continue
        yield Finding(
            what="A tool that writes can run several times for one request, because a call that "
            "timed out or was cancelled is sent again although it may have been carried out.",
            where=chat.code.where(call.scope, attempts),
            evidence=f"`{call.method}` makes {many} more attempts.",
            fix="Set `max_retry_attempts=0`, and give slow tools time with "
            "`client_session_timeout_seconds=60`.",
            edit="stop_retrying_tools",
            cause="tools repeated",
        )


def _default(chat: Anatomy, attempts: cst.BaseExpression | None) -> str | None:
    """The number that `settings.retries` is by itself, in a class of the project."""
    if not isinstance(attempts, cst.Attribute):
        return None
    for scope in chat.code.classes:
        for each in syntax.statements(scope.node):
            if (
                isinstance(each, cst.AnnAssign)
                and syntax.dotted(each.target) == attempts.attr.value
            ):
                value = each.value
                if isinstance(value, cst.Call):
                    value = syntax.argument(value, "default", 0)
                if isinstance(value, cst.Integer) and value.evaluated_value:
                    return str(value.evaluated_value)
    return None
