"""Playbooks: the five things that the agent is asked for, each with its pattern in brief."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Playbook:
    """`files` are those to read first, `words` patterns of how a word of such a task begins."""

    name: str
    title: str
    invocation: str
    words: tuple[str, ...]
    pattern: str
    files: tuple[str, ...]


INTEGRATE = Playbook(
    "integrate",
    "Add the chat",
    "Add chat functionality to my FastAPI app",
    ("chat", "conversational", "assistant"),
    "One router is added to the application. It serves the ChatKit protocol at `POST {path}` and "
    "streams each answer as server-sent events. Your own dependency, or a verified token, says "
    "who the user is; the store keeps every conversation of that user in PostgreSQL; an agent "
    "answers, and calls the tools of your MCP server with that user's token. Everything opens on "
    "first use, so the application's own lifespan stays as it is.",
    (
        "chatkit_runtime/routes.py",
        "chatkit_runtime/turn.py",
        "services/chat_agent.py",
        "chatkit_store/postgres_store.py",
    ),
)
MCP = Playbook(
    "mcp",
    "Connect the chat with an MCP server",
    "Integrate ChatKit with MCP server",
    ("mcp", "tool"),
    "Each turn opens a connection of its own to the MCP server (`MCPServerStreamableHttp`), with "
    "the caller's token in its headers, and closes it when the turn ends: a connection that is "
    "shared goes on with the token of whoever opened it. The tools are discovered when it is "
    "opened. A call is never repeated by itself, because it may have been carried out. Where the "
    "server is away, the chat goes on without tools and says so.",
    ("chatkit_runtime/mcp.py", "services/chat_agent.py", "services/chat_settings.py"),
)
PERSISTENCE = Playbook(
    "persistence",
    "Keep conversations in PostgreSQL",
    "Set up conversation persistence",
    (
        "persist",
        "postgres",
        "histor",
        r"conversations?\b",
        "stor[ei]",
        "storage",
        "database",
        "asyncpg",
    ),
    "`PostgresStore` implements ChatKit's `Store` over a pool of asyncpg connections. Its tables "
    "live in a schema of their own, `{schema}`, and are made on first use. Every row belongs to a "
    "user, and every statement names that user. The answer is saved while it streams, so that "
    "Stop, a restart or a failure keeps what was said. The latest items of a conversation are "
    "what the model sees of it in the next turn.",
    (
        "chatkit_store/postgres_store.py",
        "chatkit_store/schema.sql",
        "chatkit_store/config.py",
        "chatkit_store/database.py",
        "chatkit_runtime/thread_items.py",
    ),
)
AUTH = Playbook(
    "auth",
    "Pass the user's token to the tools",
    "Pass auth tokens to MCP tools",
    (
        "auth",
        "token",
        "jwt",
        "bearer",
        "credential",
        r"sign(?:s|ed)?[- ]?in\b",
        "login",
        "identity",
    ),
    "The token comes from the `Authorization` header of the request, after the user was verified, "
    "and lives in the `RequestContext` of that one request. It is sent to the MCP server in the "
    "header of each call. Where a tool takes it as an argument, such as `access_token`, that "
    "parameter is taken out of the schema that the model sees and filled in when the call is "
    "made. It is not stored, logged or traced.",
    ("chatkit_runtime/mcp.py", "chatkit_runtime/tool_credentials.py", "chatkit_runtime/jwt.py"),
)
DEBUG = Playbook(
    "debug",
    "Find out what is wrong",
    "Debug ChatKit streaming errors",
    (
        "debug",
        r"errors?\b(?! handling)",
        "streamerror",
        "validationerror",
        "fail",
        "broke",
        "wrong",
        r"fix(?:es|ing)?\b",
        "troubleshoot",
        "diagnos",
        "exception",
        r"(?:is|are) missing",
        r"(?:does|do|did|is|are)(?:n't| not)\b",
        r"(?:4\d\d|50\d)\b",
        "crash",
        "hangs?",
        r"why\b",
    ),
    "Look before changing anything: the health route names what is not set or does not answer, "
    "the log has one line for each turn with its outcome, and the checks boot a copy of the "
    "application beside a database, a model and an MCP server that are known to work. What fails "
    "there is in the code; what only fails outside is in the settings or the network.",
    (
        "chatkit_runtime/routes.py",
        "chatkit_runtime/turn.py",
        "chatkit_runtime/error_responses.py",
        "chatkit_runtime/lifecycle.py",
    ),
)

PLAYBOOKS = (INTEGRATE, MCP, PERSISTENCE, AUTH, DEBUG)
