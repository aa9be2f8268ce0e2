"""What people change later in a chat that was delivered, and around it."""

from __future__ import annotations

from pathlib import Path

from fault import Fault, Plant, variable

OUR_URL = "TASKFLOW_CHATKIT_DATABASE_URL"
TEMPERATURE = "TASKFLOW_CHATKIT_TEMPERATURE"
PROMPT = "TASKFLOW_CHATKIT_SYSTEM_PROMPT"


def moved(file: str, to: str) -> Plant:
    def plant(project: Path) -> None:
        (project / file).rename(project / to)

    return plant


LATER = (
    Fault(
        "a delivered chat repeats tool calls",
        "delivered",
        ("tool_calls_not_repeated",),
        edit=True,
    ),
    Fault(
        "a delivered chat gives tools 5 seconds",
        "delivered",
        ("tools_given_time",),
        edit=True,
    ),
    Fault(
        "a delivered chat keeps one connection for everybody",
        "delivered",
        ("connection_per_turn",),
    ),
    Fault(
        "a delivered chat sets the token after the connection",
        "delivered",
        ("headers_set_before_connecting",),
        symptom="MCP calls have no token",
    ),
    Fault(
        "a delivered chat connects without the token",
        "delivered",
        ("token_handed_on",),
    ),
    Fault(
        "a delivered chat leaves the token out of its context",
        "delivered",
        ("token_handed_on",),
        symptom="tool calls are missing the auth token",
    ),
    Fault(
        "a delivered chat writes the token into its prompt",
        "delivered",
        ("token_out_of_prompt",),
    ),
    Fault(
        "a delivered store orders by time",
        "delivered",
        ("items_ordered_by_sequence",),
    ),
    Fault(
        "a delivered store forgets the user",
        "delivered",
        ("threads_of_their_users",),
    ),
    Fault(
        "a delivered chat takes no lease",
        "delivered",
        ("one_turn_at_a_time",),
    ),
    Fault(
        "a delivered chat believes X-User-ID",
        "delivered",
        ("caller_verified",),
    ),
    Fault(
        "a delivered chat tells what exceptions say",
        "delivered",
        ("errors_kept_inside",),
    ),
    Fault(
        "a delivered store has the SDK's ids",
        "delivered",
        ("ids_long_enough",),
    ),
    Fault(
        "a delivered chat drops what was stopped",
        "delivered",
        ("partial_answer_kept",),
    ),
    Fault(
        "a delivered chat forgets its tools",
        "delivered",
        ("tool_results_remembered",),
    ),
    Fault(
        "a delivered chat logs the headers",
        "delivered",
        ("token_not_logged",),
    ),
    Fault(
        "a delivered prompt has braces of JSON",
        "delivered",
        ("prompt_filled",),
    ),
    Fault(
        "a delivered prompt is filled with too little",
        "delivered",
        ("prompt_filled",),
        seen=True,
        symptom="StreamError",
    ),
    Fault(
        "a delivered chat lets the mcp library log everything",
        "delivered",
        ("tool_logs_quiet",),
        edit=True,
    ),
    Fault(
        "a route for every path stands before the chat",
        "delivered",
        ("route_reachable",),
    ),
    Fault(
        "CORS names an origin that no page has",
        "delivered",
        ("cors_lets_chat_through",),
    ),
    Fault(
        "all people have one id",
        "delivered",
        ("users_told_apart",),
    ),
    Fault(
        "the id is read from an attribute that is not there",
        "delivered",
        ("users_told_apart",),
        seen=True,
        symptom="503 at /chatkit",
    ),
    Fault(
        "the application's sign-in does not verify",
        "delivered",
        ("caller_verified",),
    ),
    Fault(
        "a module hides the openai library",
        "delivered",
        ("sdk_names_free",),
        seen=True,
    ),
    Fault(
        "traefik strips the token",
        "delivered",
        ("proxy_passes_token",),
        symptom="401 at /chatkit",
    ),
    Fault(
        "the database's URL is one of SQLite",
        "delivered",
        ("chat_variables_fit",),
        (variable(OUR_URL, f"{OUR_URL}=sqlite:///./chat.db"),),
    ),
    Fault(
        "a setting is no number",
        "delivered",
        ("chat_variables_fit",),
        (variable(TEMPERATURE, f"{TEMPERATURE}=warm"),),
        seen=True,
        environment={TEMPERATURE: "warm"},
    ),
    Fault(
        "a setting is misspelled",
        "delivered",
        ("chat_variables_fit",),
        (variable("TASKFLOW_CHATKIT_MCP_TIMEOUT", "TASKFLOW_CHATKIT_MCP_TIMEOUT=120"),),
    ),
    Fault(
        "a prompt of the environment has a placeholder",
        "delivered",
        ("prompt_filled",),
        (variable(PROMPT, f"{PROMPT}=You help {{company}}."),),
    ),
    Fault(
        "the variables are in .env.local",
        "delivered",
        ("variables_set",),
        (moved(".env", ".env.local"),),
        symptom="503 at /chatkit",
    ),
    Fault(
        "the provider has no Responses API, delivered",
        "delivered",
        ("model_answers",),
        seen=True,
        model="no responses",
        symptom="StreamError",
    ),
)
