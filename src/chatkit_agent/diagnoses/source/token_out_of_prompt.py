"""The person's token is not part of what the model reads."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.findings import Finding
from chatkit_agent.observations import Observations
from chatkit_agent.reading import syntax
from chatkit_agent.reading.anatomy import Anatomy
from chatkit_agent.reading.scopes import Call
from chatkit_agent.reading.tokens import has_token


def token_out_of_prompt(observations: Observations) -> Iterator[Finding]:
    chat = observations.chat
    for call in chat.code.calls:
        told = _told(chat, call)
        if told is not None:
            yield Finding(
                what="The model and its provider are shown the person's token, and whoever makes "
                "the model talk gets it.",
                where=chat.code.where(call.scope, told),
                evidence=f"The prompt is filled with `{syntax.code(told)[:120]}`.",
                fix="Send the token in the `Authorization` header of the tools' connection. Where "
                "a tool takes it as an argument, write it in when the tool is called.",
                severity="warning",
                cause="token in prompt",
                explains=("leaks",),
            )


def _told(chat: Anatomy, call: Call) -> cst.CSTNode | None:
    """What has the token in it: an agent's instructions, or what a prompt is filled with."""
    if call in chat.agents:
        given = call.argument("instructions")
        return given if given is not None and has_token(given) else None
    prompt = any(word in call.receiver.lower() for word in ("prompt", "instructions"))
    if call.method == "format" and prompt:
        return next((arg for arg in call.node.args if has_token(arg.value)), None)
    return None
