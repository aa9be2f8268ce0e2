"""The user's token does not reach the tools, or reaches too far."""

from __future__ import annotations

from fault import Fault, changed

HAND_URL, OUR_URL = "NOTES_CHAT_DATABASE_URL", "TASKFLOW_CHATKIT_DATABASE_URL"
SETTINGS = "taskflow/settings.py"
FEATURES = "taskflow/services/chatkit_server.py"

TOKENS = (
    Fault(
        "the token's header is not read",
        "handmade",
        ("token_handed_on",),
        symptom="tool calls are missing the auth token",
    ),
    Fault("the whole context is logged", "handmade", ("token_not_logged",)),
    Fault(
        "the tools get one token for everybody",
        "handmade",
        ("token_handed_on",),
        symptom="tool calls are missing the auth token",
    ),
    Fault(
        "the token does not reach the tools",
        "handmade",
        ("token_handed_on",),
        symptom="tool calls are missing the auth token",
    ),
    Fault(
        "the token is set after the connection",
        "handmade",
        ("headers_set_before_connecting",),
    ),
    Fault(
        "one connection for everybody",
        "handmade",
        ("connection_per_turn",),
    ),
    Fault(
        "CORS refuses the Authorization header",
        "handmade",
        ("cors_lets_chat_through",),
        edit=True,
    ),
    Fault(
        "CORS refuses the frame's id",
        "handmade",
        ("cors_lets_chat_through",),
        edit=True,
    ),
    Fault(
        "nginx strips the token",
        "handmade",
        ("proxy_passes_token", "proxy_streams"),
    ),
    Fault(
        "the token is written into the prompt",
        "handmade",
        ("token_out_of_prompt",),
    ),
    Fault(
        "the token is kept in the thread",
        "handmade",
        ("token_not_stored",),
    ),
    Fault(
        "the token is logged",
        "handmade",
        ("token_not_logged",),
    ),
    Fault(
        "the tools want the token as an argument",
        "delivered",
        ("tool_called_as_user",),
        plants=(
            changed(
                "taskflow/chatkit_store/config.py", 'MCP_TOKEN = "auto"', 'MCP_TOKEN = "header"'
            ),
            changed(
                FEATURES,
                "tool_credentials import HiddenCredentials\n",
                "mcp import UserMCPServer\n",
            ),
            changed(FEATURES, "class Tools(HiddenCredentials)", "class Tools(UserMCPServer)"),
        ),
        boot=True,
        tools="argument",
        symptom="tool calls are missing the auth token",
    ),
    Fault(
        "the prompt does not say what the token is for",
        "handmade",
        ("credentials_told",),
        symptom="tool calls are missing the auth token",
    ),
    Fault(
        "instructions added later do not say what the token is for",
        "handmade",
        ("credentials_told",),
        symptom="tool calls are missing the auth token",
    ),
    Fault(
        "the prompt names a token that nothing fills",
        "handmade",
        ("credentials_told",),
        symptom="tool calls are missing the auth token",
    ),
    Fault(
        "the token is added to the instructions later",
        "handmade",
        ("token_out_of_prompt",),
    ),
)
