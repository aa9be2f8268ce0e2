"""The next turn knows which tools were called, and with what result."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.findings import Finding
from chatkit_agent.observations import Observations

REMEMBERING = (
    "HiddenContextItem(",
    "to_input_list",
    "previous_response_id",
    "conversation_id",
    "session=",
    "Session(",
)


def tool_results_remembered(observations: Observations) -> Iterator[Finding]:
    chat = observations.chat
    if any(word in chat.texts for word in REMEMBERING):
        return
    for call in chat.agents:
        given = [name for name in ("tools", "mcp_servers") if call.argument(name) is not None]
        if given and chat.answering(call):
            yield Finding(
                what="The next turn does not know what tools did in this one, so the model may do "
                "it again: ChatKit does not store calls of server tools.",
                where=chat.code.where(call.scope, call.node),
                evidence=f"The agent has `{'` and `'.join(given)}`, and nothing keeps their calls "
                "for later turns.",
                fix="Keep a `HiddenContextItem` for each call, with its result, from run hooks.",
                severity="warning",
                cause="tool memory",
                explains=("forgets", "repeats"),
            )
