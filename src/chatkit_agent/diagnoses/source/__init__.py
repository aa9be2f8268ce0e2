"""What is read from the source of the chat."""

from __future__ import annotations

from chatkit_agent.diagnoses.source.caller_verified import caller_verified
from chatkit_agent.diagnoses.source.prompt_filled import prompt_filled
from chatkit_agent.diagnoses.source.tool_calls_not_repeated import tool_calls_not_repeated
from chatkit_agent.observations import Check

SOURCE: tuple[Check, ...] = (
    caller_verified,
    prompt_filled,
    tool_calls_not_repeated,
)
