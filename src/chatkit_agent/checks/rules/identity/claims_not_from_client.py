"""What the instructions say of the person comes from the token, and not from the request."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import SOURCE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.from_client import client_value
from chatkit_agent.project.source.prompts import prompts


@check(
    "CK108",
    "What the instructions say of the person comes from the token, and not from the request",
    needs=SOURCE,
    severity="warning",
    symptoms=("leaks", "mixed_up"),
)
def claims_not_from_client(chat: Anatomy) -> Iterator[Finding]:
    """What the instructions say of the person comes from the token, and not from the request's
    own metadata, a header or a parameter.
    """
    for scope, given in prompts(chat):
        taken = client_value(chat, scope, given)
        if taken is not None:
            yield Finding(
                what="Any client can write into the system prompt: it is filled with what the "
                "request brings.",
                where=chat.code.where(scope, given),
                evidence=f"It is filled with `{syntax.code(taken.node)[:100]}`, at "
                f"{chat.code.where(taken.scope, taken.node)}.",
                fix="Fill the prompt from verified claims and from your own database.",
                cause="client metadata",
            )
            return
