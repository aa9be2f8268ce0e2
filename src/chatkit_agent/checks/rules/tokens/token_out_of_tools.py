"""No tool answers the model with a token or a secret."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.prompts import tools_of
from chatkit_agent.project.source.tokens import credential_in


@check("CK313", needs=SOURCE, symptoms=("leaks",))
def token_out_of_tools(chat: Anatomy) -> Iterator[Finding]:
    """What a tool returns is read by the model and its provider, kept with the run, and told to
    whoever asks for it. Neither the person's token nor a secret of the settings belongs there.
    """
    for tool in tools_of(chat):
        for value in syntax.returned(tool.node):
            if (told := credential_in(chat, tool, value)) is not None:
                yield Finding(
                    what="The model and its provider are told a credential, and whoever makes the "
                    "model talk gets it.",
                    where=chat.code.where(tool, value),
                    evidence=f"`{tool.name}` returns `{syntax.code(told.node)[:120]}`.",
                    fix="Use it inside of the tool, in the header of the request that it makes, "
                    "and return what that gave.",
                    cause="token in tool",
                )
