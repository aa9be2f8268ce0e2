"""What people change later in a chat that was delivered, and around it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from fault import Fault, Plant, changed, variable

OUR_URL = "TASKFLOW_CHATKIT_DATABASE_URL"
# Made of parts, so that no scanner takes this file for a leak.
KEY = "-".join(("sk", "proj", "vK3mQ8zT1wB6yN4dJ9hR2cL7pX5sF0gA"))
TEMPERATURE = "TASKFLOW_CHATKIT_TEMPERATURE"
PROMPT = "TASKFLOW_CHATKIT_SYSTEM_PROMPT"


def moved(file: str, to: str) -> Plant:
    def plant(project: Path) -> None:
        (project / file).rename(project / to)

    return plant


def written(file: str, text: str) -> Plant:
    def plant(project: Path) -> None:
        (project / file).write_text(text)

    return plant


def in_wide_characters(project: Path) -> None:
    """As an older PowerShell writes it."""
    (project / ".env").write_bytes((project / ".env").read_text().encode("utf-16"))


def ignored_script(project: Path) -> None:
    (project / ".gitignore").write_text("*.sql\n")
    subprocess.run(["git", "init", "-q", project], check=True)


def stale_image(project: Path) -> None:
    """As it was before the chat came: the chat's libraries are declared elsewhere."""
    (project / "requirements.txt").write_text("fastapi==0.115.0\nuvicorn==0.30.0\n")
    (project / "Dockerfile").write_text("FROM python:3.12\nRUN pip install -r requirements.txt\n")


def composed(url: str, tools: str) -> Plant:
    return written("compose.yml", COMPOSE.format(url=url, tools=tools))


COMPOSE = """\
services:
  api:
    build: .
    environment:
      TASKFLOW_CHATKIT_DATABASE_URL: {url}
      MCP_SERVER_URL: {tools}
  db:
    image: postgres:16
    ports: ["5433:5432"]
    environment:
      POSTGRES_PASSWORD: postgres
  tools:
    build: tools
    ports: ["9001:8001"]
"""
IN_COMPOSE = "postgresql://postgres:postgres@{}/taskflow"
TOOLS = "http://tools:8001/mcp"
NGINX = """\
server {
  location /chatkit {
    proxy_pass http://api:8000/;
  }
}
"""
CADDY = """\
example.com {
    handle_path /chatkit* {
        reverse_proxy api:8000
    }
}
"""
PYDANTIC = '"pydantic-settings'
CONFIG = "taskflow/chatkit_store/config.py"
MAIN = "taskflow/main.py"
FLAGGED = """\
if __import__("os").getenv("ENABLE_CHAT") == "1":
    app.include_router(
        create_chatkit_router(current_user=get_current_user, user_id=lambda user: user.id)
    )
"""
INCLUDED = """\
app.include_router(
    create_chatkit_router(current_user=get_current_user, user_id=lambda user: user.id)
)
"""

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
        "a delivered chat calls its tools as one account",
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
        "a delivered chat takes no lock",
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
    Fault(
        "a container looks for the database in itself",
        "delivered",
        ("containers_find_services",),
        (composed(IN_COMPOSE.format("localhost:5432"), TOOLS),),
        symptom="503 at /chatkit",
    ),
    Fault(
        "a container takes the database's outer port",
        "delivered",
        ("containers_find_services",),
        (composed(IN_COMPOSE.format("db:5433"), TOOLS),),
        symptom="503 at /chatkit",
    ),
    Fault(
        "a container looks for the tools in itself",
        "delivered",
        ("containers_find_services",),
        (composed(IN_COMPOSE.format("db:5432"), "http://localhost:9001/mcp"),),
        symptom="StreamError",
    ),
    Fault(
        "nginx takes the chat's path off",
        "delivered",
        ("proxy_keeps_path",),
        (written("nginx.conf", NGINX),),
        symptom="404 at /chatkit",
    ),
    Fault(
        "the key of the model is a part of the image",
        "delivered",
        ("keys_not_committed",),
        (written("Dockerfile", f"FROM python:3.12-slim\nENV OPENAI_API_KEY={KEY}\n"),),
    ),
    Fault(
        "git ignores the tables' script",
        "delivered",
        ("files_in_repository",),
        (ignored_script,),
    ),
    Fault(
        "the image has some of the files only",
        "delivered",
        ("image_has_chat",),
        (written("Dockerfile", "FROM python:3.12\nCOPY taskflow/*.py /srv/taskflow/\n"),),
    ),
    Fault(
        "the image installs an old list of requirements",
        "delivered",
        ("image_has_chat",),
        (stale_image,),
        edit=True,
    ),
    Fault(
        "gunicorn serves the application without a worker for it",
        "delivered",
        ("server_speaks_asgi",),
        (written("Procfile", "web: gunicorn -w 4 taskflow.main:app\n"),),
    ),
    Fault(
        "the image has a Python of long ago",
        "delivered",
        ("versions_fit",),
        (written("Dockerfile", "FROM python:3.9-slim\n"),),
    ),
    Fault(
        "Caddy takes the chat's path off",
        "delivered",
        ("proxy_keeps_path",),
        (written("Caddyfile", CADDY),),
        symptom="404 at /chatkit",
    ),
    Fault(
        "the prefix is renamed in the code",
        "delivered",
        ("variables_set",),
        (changed(CONFIG, 'ENV_PREFIX = "TASKFLOW_CHATKIT_"', 'ENV_PREFIX = "TASKFLOW_CHAT_"'),),
        symptom="503 at /chatkit",
    ),
    Fault(
        "the environment file is in UTF-16",
        "delivered",
        ("environment_files_readable",),
        (in_wide_characters,),
        symptom="503 at /chatkit",
    ),
    Fault(
        "pydantic is held back",
        "delivered",
        ("versions_fit",),
        (changed("pyproject.toml", PYDANTIC, f'"pydantic<2",\n    {PYDANTIC}'),),
        symptom="StreamError",
    ),
    Fault(
        "the chat is included behind a flag",
        "delivered",
        ("requests_reach_chat",),
        (changed(MAIN, INCLUDED, FLAGGED),),
        seen=True,
        symptom="404 at /chatkit",
    ),
)
