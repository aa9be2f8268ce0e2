"""Slips of the hand in what is the user's own: the chat no longer starts, or no turn ends."""

from __future__ import annotations

from pathlib import Path

from fault import Fault, changed, variable

MAIN, AGENT = "taskflow/main.py", "taskflow/services/chat_agent.py"
SERVED = "from taskflow.services.chatkit_server import create_chatkit_router"
USER = "current_user=get_current_user"


def removed(project: Path) -> None:
    (project / "taskflow/chatkit_runtime/titles.py").unlink()


SLIPS = (
    Fault(
        "the chat's module is misspelt where it is imported",
        "delivered",
        ("modules_there",),
        (changed(MAIN, SERVED, SERVED.replace("services", "service")),),
    ),
    Fault(
        "the router's maker is misspelt where it is imported",
        "delivered",
        ("modules_there",),
        (changed(MAIN, SERVED, SERVED.replace("create_chatkit", "create_chat")),),
    ),
    Fault("a file of the machinery is gone", "delivered", ("modules_there",), (removed,)),
    Fault(
        "a file of the chat is no Python",
        "delivered",
        ("modules_there",),
        (changed(AGENT, "def wrong_prompt() -> list[str]:", "def wrong_prompt( -> list[str]:"),),
    ),
    Fault(
        "the sign-in is given by another name",
        "delivered",
        ("calls_fit",),
        (changed(MAIN, USER, "user=get_current_user"),),
    ),
    Fault(
        "the sign-in is called where it is given",
        "delivered",
        ("sign_in_callable",),
        (changed(MAIN, USER, "current_user=get_current_user()"),),
    ),
    Fault(
        "the prompt reads a name that the caller does not have",
        "delivered",
        ("caller_has_what_is_read",),
        (changed(AGENT, 'context.claims.get("name")', "context.name"),),
    ),
    Fault(
        "a function without a mark stands among the tools",
        "delivered",
        ("tool_names_known",),
        (
            changed(
                AGENT, "mcp_servers=list(servers),", "mcp_servers=list(servers), tools=[hours],"
            ),
            changed(
                AGENT,
                "def wrong_prompt",
                'def hours() -> str:\n    return "8"\n\n\ndef wrong_prompt',
            ),
        ),
    ),
    Fault(
        "the chat's library is declared nowhere",
        "delivered",
        ("libraries_declared",),
        (changed("pyproject.toml", '    "openai-chatkit>=1.6.5,<1.7",\n', ""),),
    ),
    Fault(
        "the key's variable is misspelt",
        "delivered",
        ("variables_set",),
        (variable("OPENAI_API_KEY", "OPENAI_APIKEY=sk-of-nobody"),),
        symptom="503 at /chatkit",
    ),
)
