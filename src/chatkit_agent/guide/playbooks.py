"""Playbooks: the five things that the agent is asked for most, and the list of all."""

from __future__ import annotations

from chatkit_agent.guide.changes import CHANGES
from chatkit_agent.guide.modules import MODULES
from chatkit_agent.guide.operations import OPERATIONS
from chatkit_agent.guide.playbook import DEV, VERIFY, Code, Command, Playbook, Setting, terms

INTEGRATE = Playbook(
    "integrate",
    "Add the chat",
    "Add chat functionality to my FastAPI app",
    terms(
        "~add chat, ~add assistant, ~install chat, ~install assistant, ~integrat chat, ~integrat "
        "assistant, ~create chat, ~create assistant, ~build chat, ~build assistant, ~put chat, "
        "~put assistant, ~chat fastapi, ~chat application, ~serve chat, chatbot, conversational, "
        "get started, whole integration, ~chat, ~assistant"
    ),
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
    ("app", "chat", "sign_in", "tools", "database"),
    (Code("services/chat_agent.py", "SYSTEM_PROMPT", "what the assistant is; yours to change"),),
    ("*",),
    also=(
        "Every new file whole, and each change as a diff: `chatkit-agent guide --full`.",
        "What only some need: `--with retention,transcription,approvals,summary,attachments,"
        "telemetry`.",
    ),
)
MCP = Playbook(
    "mcp",
    "Connect the chat with an MCP server",
    "Integrate ChatKit with MCP server",
    terms("mcp, mcp server, tool server, ~tool, external tool, mcp tool, connect tool"),
    "Each turn has a connection of its own to the MCP server (`MCPServerStreamableHttp`), with "
    "the caller's token in its headers: a connection that is shared goes on with the token of "
    "whoever opened it. The tools are discovered when it is opened. A call is never repeated by "
    "itself, because it may have been carried out. Where the server is away, the chat goes on "
    "without tools and says so.",
    ("chatkit_runtime/mcp.py", "services/chat_agent.py", "services/chat_settings.py"),
    ("chat", "tools", "sign_in"),
    (
        Code("chatkit_runtime/mcp.py", "UserMCPServer.headers", "what each request carries"),
        Code("chatkit_runtime/mcp.py", "UserMCPServer.connect", "the tools are discovered once"),
        Code("services/chat_agent.py", "make_agent", "the agent of one turn gets the servers"),
    ),
    ("MCP_SERVER_URL",),
    (
        Setting(
            "MCP_SERVERS",
            "more servers, each with its own credential, as JSON",
            '[{"name": "maps", "url": "https://maps.example.com/mcp", "key": "..."}]',
        ),
        Setting("MCP_TOOLS", "only these tools", "list_tasks,add_task"),
        Setting("MCP_CALL_SECONDS", "how long a call may take", "60"),
    ),
    test=(VERIFY, DEV),
    also=(
        "A third party's server never gets the person's token: name it in `{prefix}MCP_SERVERS`.",
        "A server with other headers: override `headers` of `Tools` in "
        "`{home}services/chatkit_server.py`.",
        "Without a server of its own, routes of the application can be the tools: "
        "`--tools routes`.",
    ),
)
PERSISTENCE = Playbook(
    "persistence",
    "Keep conversations in PostgreSQL",
    "Set up conversation persistence",
    terms(
        "persist, conversation persist, postgres, histor, ~conversation, stor$, store, storage, "
        "keep conversation, remember conversation, save conversation, database, asyncpg, "
        "pgbouncer, schema, tables, gespeichert, speicher, guardan, enregistre"
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
    ("chat", "database"),
    (
        Code("chatkit_store/queries.sql", "save_item", "every statement names the user"),
        Code("services/chatkit_server.py", "ChatServer.open", "where the store is chosen"),
    ),
    ("DATABASE_URL",),
    (
        Setting("POOLER", "PgBouncer in transaction mode is in front of it", "true"),
        Setting("POOL_MAX_SIZE", "connections of each worker process", "10"),
        Setting("HISTORY_ITEMS", "how many of the latest items the model sees", "20"),
    ),
    test=(
        Command(
            "curl {address}{path}/health",
            '`"ready":true`, or what is missing. It works once the application runs.',
        ),
        VERIFY,
    ),
    also=(
        "Where the role may not make a schema, run `{home}chatkit_store/schema.sql` once with one "
        "that may. It may be the application's own database: the tables are in `{schema}`.",
        'Deleting old conversations and forgetting a user: `chatkit-agent guide "Delete old '
        'conversations"`.',
        "Another store is a class that inherits from `ChatStore`: a recipe in `CHATKIT.md`.",
    ),
)
AUTH = Playbook(
    "auth",
    "Pass the user's token to the tools",
    "Pass auth tokens to MCP tools",
    terms(
        "auth, authenticat, token, token tool, token mcp, auth mcp, jwt, jwks, bearer, header, "
        "credential, sign in$, login, identity, current user$, user identity, cookie tool"
    ),
    "The token comes from the request that the person sends, after the user was verified, and "
    "lives in the `RequestContext` of that one request. It is sent to the MCP server in the "
    "header of each call. Where a tool takes it as an argument, such as `access_token`, that "
    "parameter is taken out of the schema that the model sees and filled in when the call is "
    "made. It is not stored, logged or traced.",
    ("chatkit_runtime/mcp.py", "chatkit_runtime/tool_credentials.py", "chatkit_runtime/jwt.py"),
    ("chat", "sign_in", "tools"),
    (
        Code("chatkit_runtime/mcp.py", "UserMCPServer.headers", "the token in the header"),
        Code(
            "chatkit_runtime/tool_credentials.py",
            "CallerArguments.among",
            "and in the arguments that stand for the caller",
        ),
        Code("services/chatkit_server.py", "Tools", "where how it travels is chosen"),
    ),
    ("MCP_SERVER_URL", "JWT_SECRET", "JWKS_URL", "JWT_ISSUER", "JWT_AUDIENCE"),
    (Setting("MCP_CALLER_ARGUMENTS", "arguments that always stand for the caller", "user_id"),),
    test=(
        Command(
            "chatkit-agent verify . --select CK2,CK3",
            "`token_reaches_tools` and the checks that model, log and database never saw it.",
        ),
    ),
    also=(
        "`--token header` sends it in the header only, `--token argument` in arguments only; "
        "`--token prompt` shows it to the model, for servers that cannot be served otherwise.",
        "A tool finds the caller in its own request: `ctx.request_context.request.headers"
        '["authorization"]` in FastMCP.',
    ),
)
DEBUG = Playbook(
    "debug",
    "Find out what is wrong",
    "Debug ChatKit streaming errors",
    terms(
        "debug, error, errors$, streamerror, validationerror, fail, broke, break, wrong, fix, "
        "troubleshoot, diagnos, exception, expired, missing, missed, doesn't, don't, isn't, won't, "
        "can't, cannot, does not, do not, did not, is not, are not, not work, crash, at once$, "
        "hang$, hangs$, stuck, why, problem, traceback, 400$, 401$, 403$, 404$, 408$, 409$, 413$, "
        "415$, 422$, 429$, 500$, 501$, 502$, 503$, 504$"
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
    ("chat_needed",),
    also=(
        "In a console that shows every request, event and tool call: `chatkit-agent dev .`.",
        "What a rule is for, and how to accept a finding: `chatkit-agent rule CK203`.",
    ),
)

FIVE = (INTEGRATE, MCP, PERSISTENCE, AUTH, DEBUG)
PLAYBOOKS = (*FIVE, *CHANGES, *OPERATIONS, *MODULES)
