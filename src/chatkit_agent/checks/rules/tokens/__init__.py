"""The rules on tokens, by their codes."""

from __future__ import annotations

from typing import Any

from chatkit_agent.checks.check import Check
from chatkit_agent.checks.rules.tokens.conversation_not_logged import conversation_not_logged
from chatkit_agent.checks.rules.tokens.credentials_told import credentials_told
from chatkit_agent.checks.rules.tokens.keys_not_committed import keys_not_committed
from chatkit_agent.checks.rules.tokens.page_sends_token import page_sends_token
from chatkit_agent.checks.rules.tokens.token_handed_on import token_handed_on
from chatkit_agent.checks.rules.tokens.token_hidden_from_answers import token_hidden_from_answers
from chatkit_agent.checks.rules.tokens.token_hidden_from_model import token_hidden_from_model
from chatkit_agent.checks.rules.tokens.token_not_logged import token_not_logged
from chatkit_agent.checks.rules.tokens.token_not_stored import token_not_stored
from chatkit_agent.checks.rules.tokens.token_out_of_address import token_out_of_address
from chatkit_agent.checks.rules.tokens.token_out_of_prompt import token_out_of_prompt
from chatkit_agent.checks.rules.tokens.token_out_of_tools import token_out_of_tools
from chatkit_agent.checks.rules.tokens.tool_logs_quiet import tool_logs_quiet

TOKENS: tuple[Check[Any], ...] = (
    token_handed_on,
    credentials_told,
    token_out_of_prompt,
    token_out_of_tools,
    token_not_stored,
    token_not_logged,
    tool_logs_quiet,
    token_hidden_from_model,
    token_hidden_from_answers,
    keys_not_committed,
    conversation_not_logged,
    page_sends_token,
    token_out_of_address,
)
