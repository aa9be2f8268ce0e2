"""Holes through which a person comes to what is another's, or to nothing at all."""

from __future__ import annotations

from fault import Fault, Plant, changed
from hidden import SCHEMA, SERVER, STORE, TOOLS, files, hand
from later import written

MAIN, ENDPOINT, SIGNIN = "notes/main.py", "notes/chat/endpoint.py", "notes/signin.py"
SETTINGS, PAGE = "notes/settings.py", "web/index.html"
STREAM = 'StreamingResponse(stream(), media_type="text/event-stream")'
COOKIE = (
    'request.headers.get("Authorization", "").partition(" ")',
    '"bearer", "", request.cookies.get("session", "")',
)
LIMIT = """    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BODY:
            raise HTTPException(413, "The request is too large.")
"""
TRUSTING = """    if int(request.headers.get("content-length") or 0) > MAX_BODY:
        raise HTTPException(413, "The request is too large.")
    body = await request.body()
"""
UPLOAD = '''"""What comes in for an attachment."""

from fastapi import FastAPI, UploadFile

from notes.chat.store import NotesStore

store = NotesStore()


def add_uploads(app: FastAPI) -> None:
    @app.put("/files/{attachment_id}")
    async def upload(attachment_id: str, file: UploadFile) -> None:
        attachment = await store.load_attachment(attachment_id, None)
        kept[attachment.id] = await file.read()


kept = {}
'''
TOOL = '''

@function_tool
async def who_am_i(context: RunContextWrapper[Any]) -> dict[str, str]:
    """Say who is signed in."""
    caller = context.context.request_context
    return {"user": caller.user_id, "authorization": f"Bearer {caller.token}"}


@asynccontextmanager
async def tools_of'''


def both(old: str, new: str) -> tuple[Plant, ...]:
    return (changed(STORE, f"on conflict ({old}) do", f"on conflict ({new}) do"),)


HOLES = (
    hand(
        "the token's secret has a default",
        "secret_out_of_source",
        changed(
            SETTINGS,
            "jwt_secret: SecretStr\n",
            'jwt_secret: SecretStr = SecretStr("notes-development-secret-0123456789")\n',
        ),
    ),
    hand(
        "a tool answers with the token",
        "token_out_of_tools",
        changed(TOOLS, "import RunContextWrapper", "import RunContextWrapper, function_tool"),
        changed(TOOLS, "\n\n@asynccontextmanager\nasync def tools_of", TOOL),
        changed(SERVER, "import explain, tools_of", "import explain, tools_of, who_am_i"),
        changed(
            SERVER,
            "                    mcp_servers=servers,\n",
            "                    mcp_servers=servers,\n                    tools=[who_am_i],\n",
        ),
    ),
    Fault(
        "threads are saved by their id alone",
        "handmade",
        ("rows_of_their_users",),
        (
            *both("user_id, id", "id"),
            changed(SCHEMA, "primary key (user_id, id)", "primary key (id), unique (user_id, id)"),
        ),
    ),
    hand(
        "an answer streams as text",
        "stream_sent_as_events",
        changed(ENDPOINT, STREAM, 'StreamingResponse(stream(), media_type="text/plain")'),
    ),
    hand(
        "the session's cookie is kept out by CORS",
        "cors_lets_chat_through",
        changed(SIGNIN, *COOKIE),
    ),
    hand(
        "the length of a body is the client's word",
        "body_limited",
        changed(ENDPOINT, LIMIT, TRUSTING),
    ),
    hand(
        "the bytes of files are not counted",
        "attachments_limited",
        *files('room = sum(each for each in [input.size]); assert 0 < room <= MOST, "too large"'),
        written("notes/chat/uploads.py", UPLOAD),
    ),
    hand(
        "threads keep times without a zone",
        "times_have_zone",
        changed(
            SCHEMA,
            "    busy_until timestamptz,\n    primary",
            "    busy_until timestamptz,\n    created_at timestamp default now(),\n    primary",
        ),
    ),
    hand(
        "health opens a connection for each who asks",
        "health_costs_little",
        changed(
            ENDPOINT,
            'await (await store.pool()).fetchval("select 1")',
            "connection = await asyncpg.connect(URL)\n        await connection.close()",
        ),
        changed(ENDPOINT, "MAX_BODY = 1", 'URL = "postgresql://localhost/notes"\nMAX_BODY = 1'),
    ),
    hand(
        "the page's fetch leaves out what it is to send",
        "page_hands_requests_on",
        changed(PAGE, "fetch: (url, init) =>", "fetch: (url) =>"),
        changed(PAGE, "          ...init,\n", '          method: "POST",\n'),
        changed(PAGE, "{ ...init.headers, Authorization", "{ Authorization"),
    ),
    hand(
        "an answer comes all at once",
        "answer_written_bit_by_bit",
        changed(SERVER, "result = Runner.run_streamed(", "result = await Runner.run("),
        changed(SERVER, "in stream_agent_response(chat, result):", "in spoken(chat, result):"),
        changed(SERVER, "ThreadItemConverter, stream_agent_response", "ThreadItemConverter"),
        changed(
            SERVER,
            "class NotesChat(",
            "async def spoken(chat: Any, result: Any) -> AsyncIterator[ThreadStreamEvent]:\n"
            "    yield ThreadItemDoneEvent(item=as_item(chat, result.final_output))\n\n\n"
            "class NotesChat(",
        ),
    ),
    Fault(
        "tokens are signed with another secret",
        "handmade",
        ("tokens_verified",),
        (
            changed(
                SIGNIN,
                "    except jwt.InvalidTokenError as error:\n",
                "    except jwt.InvalidTokenError as error:\n"
                '        logging.getLogger("notes").warning("refused: %s", error)\n',
            ),
            changed(SIGNIN, "import jwt\n", "import logging\n\nimport jwt\n"),
        ),
        seen=True,
        environment={"NOTES_CHAT_JWT_SECRET": "another-secret-that-is-long-enough-for-hs256"},
    ),
)
