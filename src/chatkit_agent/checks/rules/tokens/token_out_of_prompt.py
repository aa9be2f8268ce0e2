"""The person's token is not part of what the model reads."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.prompts import prompts
from chatkit_agent.project.source.tokens import token_in


@check("CK303", needs=SOURCE, severity="warning", symptoms=("leaks",))
def token_out_of_prompt(chat: Anatomy) -> Iterator[Finding]:
    """A warning, also where it was chosen with `--token prompt`."""
    for scope, given in prompts(chat):
        told = token_in(chat, scope, given)
        if told is not None:
            yield Finding(
                what="The model and its provider are shown the person's token, and whoever makes "
                "the model talk gets it.",
                where=chat.code.where(told.scope, told.node),
                evidence=f"The prompt is filled with `{syntax.code(told.node)[:120]}`.",
                fix="Send the token in the `Authorization` header of the tools' connection. Where "
                "a tool takes it as an argument, write it in when the tool is called "
                "(`--token argument` delivers that).",
                cause="token in prompt",
            )
