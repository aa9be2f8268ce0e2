"""The rules on conversation, by their codes."""

from __future__ import annotations

from typing import Any

from chatkit_agent.checks.check import Check
from chatkit_agent.checks.rules.conversation.caller_has_what_is_read import (
    caller_has_what_is_read,
)
from chatkit_agent.checks.rules.conversation.history_given import history_given
from chatkit_agent.checks.rules.conversation.instructions_of_ours import instructions_of_ours
from chatkit_agent.checks.rules.conversation.model_takes_settings import model_takes_settings
from chatkit_agent.checks.rules.conversation.newest_items_given import newest_items_given
from chatkit_agent.checks.rules.conversation.prompt_filled import prompt_filled
from chatkit_agent.checks.rules.conversation.refusal_names_variable import refusal_names_variable
from chatkit_agent.checks.rules.conversation.tool_steps_shown import tool_steps_shown
from chatkit_agent.checks.rules.conversation.tracing_chosen import tracing_chosen
from chatkit_agent.checks.rules.conversation.variables_reach_turns import variables_reach_turns

CONVERSATION: tuple[Check[Any], ...] = (
    history_given,
    prompt_filled,
    caller_has_what_is_read,
    variables_reach_turns,
    instructions_of_ours,
    model_takes_settings,
    tracing_chosen,
    tool_steps_shown,
    refusal_names_variable,
    newest_items_given,
)
