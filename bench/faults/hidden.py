"""Faults of storing and answering in spellings that hide them, with healthy words beside them."""

from __future__ import annotations

from fault import Fault, Plant, changed
from later import written

SERVER, STORE, TOOLS = "notes/chat/server.py", "notes/chat/store.py", "notes/chat/tools.py"
MAIN, SCHEMA = "notes/main.py", "notes/chat/schema.sql"
LOGGER = "logger = logging.getLogger(__name__)\n"
FAILED = """            logger.exception("a turn failed")
            await self._keep(thread, said, context, draft)
            await queue.put(ErrorEvent(message="The answer broke off.", allow_retry=True))
"""
CHECKPOINT = """                        if time.monotonic() > kept + 1:\
  # what was said outlives the process
                            await self._keep(thread, said, context, draft)
                            kept = time.monotonic()
"""
FORKED = """                async with pool.acquire() as connection, connection.transaction():
                    await connection.execute("select pg_advisory_xact_lock($1)", LOCK)
"""
KEYED = (
    ",\n    foreign key (user_id, thread_id) references notes_chat.threads (user_id, id) "
    "on delete cascade"
)
OPENED = "    server = MCPServerStreamableHttp("
FILES = '''"""Files that people attach."""

from uuid import uuid4

from chatkit.store import AttachmentStore
from chatkit.types import FileAttachment

from notes.chat.context import ChatContext

MOST = 5_000_000


class Files(AttachmentStore[ChatContext]):
    async def create_attachment(self, input, context: ChatContext) -> FileAttachment:
        {check}
        return FileAttachment(
            id=f"atc_{{uuid4().hex}}", name=input.name[:200], mime_type=input.mime_type
        )

    async def delete_attachment(self, attachment_id: str, context: ChatContext) -> None:
        raise NotImplementedError
'''
INTERNAL = """class Diary:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, out):
        await within(self.app(scope, receive, out), SECONDS)


SECONDS = 20
app = FastAPI(title="Notes", lifespan=lifespan)
app.add_middleware(Diary)
"""


def hand(name: str, check: str, *plants: Plant) -> Fault:
    return Fault(name, "handmade", (check,), plants)


def files(check: str) -> tuple[Plant, ...]:
    return (
        written("notes/chat/files.py", FILES.format(check=check)),
        changed(SERVER, "super().__init__(store)", "super().__init__(store, Files())"),
        changed(
            SERVER,
            "from notes.chat.store",
            "from notes.chat.files import Files\nfrom notes.chat.store",
        ),
    )


HIDDEN = (
    hand(
        "an item that is added takes the place of another",
        "items_added_once",
        changed(SERVER, CHECKPOINT, ""),
        changed(SERVER, "id=draft or self", "id=self"),
        changed(SERVER, "await store.save_item(", "await store.add_thread_item("),
        changed(SERVER, "await self.notes.save_item(", "await self.notes.add_thread_item("),
    ),
    hand("files of any size are taken", "attachments_limited", *files("# input.size > MOST")),
    hand(
        "one person's files fill the disk",
        "attachments_limited",
        *files('assert 0 < input.size <= MOST, "too large"'),
    ),
    hand(
        "a reasoning model is sent a temperature by its place",
        "model_takes_settings",
        changed(SERVER, "import Agent, ", "import Agent, ModelSettings as Wishes, "),
        changed(
            SERVER,
            "                    mcp_servers=servers,\n",
            "                    mcp_servers=servers,\n"
            "                    model_settings=Wishes(0.2),\n",
        ),
    ),
    hand(
        "a failed turn ends in silence behind a helper",
        "failures_told",
        changed(
            SERVER,
            "                yield event\n",
            "                yield event\n        except EVERYTHING:\n"
            "            noted('the put of an event failed')\n",
        ),
        changed(
            SERVER,
            LOGGER,
            f"{LOGGER}EVERYTHING = (Exception,)\n\n\ndef noted(words: str) -> None:\n"
            "    logger.exception(words)\n\n\n",
        ),
    ),
    hand(
        "an apology in another language comes from a helper",
        "failures_are_no_messages",
        changed(
            SERVER,
            FAILED,
            FAILED.replace(
                'ErrorEvent(message="The answer broke off.", allow_retry=True)',
                "self._event(thread, context)",
            ),
        ),
        changed(
            SERVER,
            "    async def _keep(",
            "    def _event(self, thread: Any, context: Any, words: str = LOST) -> Any:\n"
            "        return ThreadItemDoneEvent(\n            item=AssistantMessageItem(\n"
            '                id=self.notes.generate_item_id("message", thread, context),\n'
            "                thread_id=thread.id,\n"
            "                created_at=datetime.now(timezone.utc),\n"
            "                content=[AssistantMessageContent(text=words)],\n"
            "            )\n        )\n\n    async def _keep(",
        ),
        changed(SERVER, LOGGER, f'{LOGGER}LOST = "Es tut mir leid, das ging schief."\n'),
    ),
    hand(
        "a task is cancelled and the run is not",
        "partial_answer_kept",
        changed(
            SERVER,
            "                result.cancel()",
            "                result.raw_responses.clear()",
        ),
        changed(SERVER, "asyncio.create_task(self._turn(thread, context, queue))", "None"),
        changed(
            SERVER, "            task.cancel()", "            self.jobs.cancel()  # result.cancel()"
        ),
        changed(
            SERVER,
            "            while (event := await queue.get()) is not None:\n",
            "            result = Runner.run_streamed(A, 'x')\n"
            "            async for event in stream_agent_response(context, result):\n",
        ),
        changed(SERVER, LOGGER, f'{LOGGER}A = Agent(name="Notes")\n'),
    ),
    hand(
        "one connection is opened by the first who asks",
        "connection_per_turn",
        changed(TOOLS, OPENED, "    CLIENTS[url] = server = MCPServerStreamableHttp("),
        changed(TOOLS, LOGGER, f"{LOGGER}CLIENTS: dict[str, Any] = {{}}  # by context.user_id\n"),
    ),
    hand(
        "a word of tracing stands in a text only",
        "tracing_chosen",
        changed(SERVER, "                        tracing_disabled=True,\n", ""),
        changed(SERVER, "                        trace_include_sensitive_data=False,\n", ""),
        changed(SERVER, LOGGER, f'{LOGGER}NOTE = "tracing_disabled, set_tracing_disabled(True)"\n'),
    ),
    hand(
        "the tables are made without a lock that a comment names",
        "tables_made_once",
        changed(
            STORE,
            FORKED,
            FORKED.replace("await connection.execute(", "logger.debug(").replace(
                "select pg_advisory_xact_lock($1)", "no advisory lock: %s"
            ),
        ),
        changed(
            STORE,
            "ITEM = TypeAdapter(ThreadItem)",
            "logger = logging.getLogger(__name__)\nITEM = TypeAdapter(ThreadItem)",
        ),
        changed(STORE, "import asyncio\n", "import asyncio\nimport logging\n"),
    ),
    hand(
        "items refer to their user only",
        "items_go_with_thread",
        changed(SCHEMA, KEYED, ",\n    foreign key (user_id) references people (id)"),
    ),
    hand(
        "NUL is named and not taken out",
        "text_storable",
        changed(
            STORE,
            'return NUL.sub(r"\\1", model.model_dump_json(exclude={"items"}))',
            'return model.model_dump_json(exclude={"items"})  # NUL.sub',
        ),
        changed(
            STORE,
            'NUL = re.compile(r"(?<!\\\\)((?:\\\\\\\\)*)\\\\u0000")',
            'NUL = re.compile(r"\\\\u0000"), "PostgreSQL takes no \\x00"',
        ),
    ),
    hand(
        "ids are made of few bytes by another name",
        "ids_long_enough",
        changed(STORE, 'return f"thr_{uuid4().hex}"', "return made(FEW)"),
        changed(
            STORE,
            "from uuid import uuid4\n",
            "from secrets import token_hex as made\nfrom uuid import uuid4\n",
        ),
        changed(STORE, "LOCK = ", "FEW = 4  # uuid4().hex\nLOCK = "),
    ),
    hand(
        "uvicorn is started with many workers by a script",
        "connections_enough",
        written(
            "serve.py",
            "from uvicorn import run as serve\n\n"
            "MANY = 24\nserve('notes.main:app', workers=MANY)\n",
        ),
    ),
    hand(
        "a middleware ends answers by another name",
        "middlewares_let_answers_through",
        changed(MAIN, 'app = FastAPI(title="Notes", lifespan=lifespan)\n', INTERNAL),
        changed(
            MAIN,
            "from collections.abc",
            "from asyncio import wait_for as within\nfrom collections.abc",
        ),
    ),
    hand(
        "the history goes through a helper into the instructions",
        "instructions_of_ours",
        changed(
            SERVER,
            "                    instructions=INSTRUCTIONS,",
            "                    instructions=await self._told(thread, context),",
        ),
        changed(
            SERVER,
            "    async def _keep(",
            "    async def _told(self, thread: Any, context: Any) -> str:\n"
            "        said = await self._history(thread, context)\n"
            '        return f"{INSTRUCTIONS} {said}"\n\n    async def _keep(',
        ),
    ),
)
