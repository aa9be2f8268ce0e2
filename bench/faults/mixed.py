"""What belongs to one turn or one message, and is kept, named or given as if it were all's."""

from __future__ import annotations

from fault import Fault, changed
from hidden import SERVER, STORE, TOOLS, hand
from holes import ENDPOINT

PROCESS = "        result = await server.process(body, context)\n"
HISTORY = 'page = await self.notes.load_thread_items(thread.id, None, HISTORY, "desc", context)'
WHOLE = """        if not isinstance(result, StreamingResult):
            return Response(result.json, media_type="application/json")
"""
SENT = '            yield ProgressUpdateEvent(text="Thinking")\n'
GREETING = """            hello = AssistantMessageItem(
                id={id},
                thread_id=thread.id,
                created_at=datetime.now(timezone.utc),
                content=[AssistantMessageContent(text="One moment.")],
            )
{more}            yield ThreadItemDoneEvent(item=hello)
"""
FAILED = '            logger.exception("a turn failed")\n'
REWORDED = """\
            page = await self.store.load_thread_items(thread.id, None, 1, "desc", context)
            for last in page.data:
                if isinstance(last, AssistantMessageItem):
                    last.content[0].text = "Sorry, that did not work."
                    await self.notes.save_item(thread.id, last, context)
"""
RUN = "anyio.run(server.process, "
SAVED = "        await self.save_item(thread_id, item, context)\n"
INSERTED = """        await (await self.pool()).execute(
            "insert into notes_chat.items (user_id, thread_id, id, data) "
            "select user_id, id, $3, $4::jsonb from notes_chat.threads "
            "where user_id = $1 and id = $2",
            context.user_id,
            thread_id,
            item.id,
            to_json(item),
        )
"""
OF_CALLER = """
caller = ContextVar("caller")


def saved() -> str:
    return (FOLDER / caller.get().user_id).read_text()


@function_tool
async def my_notes() -> str:
    \"\"\"Read what is saved.\"\"\"
    return await asyncio.get_running_loop().run_in_executor(None, saved)


@asynccontextmanager
async def tools_of"""

MIXED: tuple[Fault, ...] = (
    hand(
        "the server keeps who is asking",
        "turns_kept_apart",
        changed(ENDPOINT, PROCESS, f"        server.caller = context\n{PROCESS}"),
        changed(SERVER, HISTORY, HISTORY.replace("context)", "self.caller)")),
    ),
    hand(
        "the server keeps who is asking in a dict of the module",
        "turns_kept_apart",
        changed(TOOLS, "@lru_cache\n", "CURRENT: dict[str, ChatContext] = {}\n\n\n@lru_cache\n"),
        changed(TOOLS, "context.token}", "CURRENT['caller'].token}"),
        changed(ENDPOINT, PROCESS, f"        CURRENT.update(caller=context)\n{PROCESS}"),
        changed(
            ENDPOINT,
            "from notes.signin",
            "from notes.chat.tools import CURRENT\nfrom notes.signin",
        ),
    ),
    hand(
        "a thread does not know who is asking",
        "variables_reach_turns",
        changed(TOOLS, "import RunContextWrapper", "import RunContextWrapper, function_tool"),
        changed(TOOLS, "import logging\n", "import asyncio\nimport logging\n"),
        changed(
            TOOLS,
            "from functools import lru_cache\n",
            "from contextvars import ContextVar\nfrom functools import lru_cache\n",
        ),
        changed(TOOLS, "\n\n@asynccontextmanager\nasync def tools_of", OF_CALLER),
        changed(SERVER, "import explain, tools_of", "import caller, explain, my_notes, tools_of"),
        changed(
            SERVER,
            '        said = draft = ""\n        result',
            '        caller.set(context)\n        said = draft = ""\n        result',
        ),
        changed(
            SERVER,
            "                    mcp_servers=servers,\n",
            "                    mcp_servers=servers,\n                    tools=[my_notes],\n",
        ),
    ),
    hand(
        "each answer has the id of its thread",
        "items_of_their_turn",
        changed(SERVER, SENT, GREETING.format(id='f"msg_{thread.id}"', more="")),
    ),
    hand(
        "a message is added to the store and sent",
        "items_of_their_turn",
        changed(
            SERVER,
            SENT,
            GREETING.format(
                id="self.notes.generate_item_id('message', thread, context)",
                more="            await self.notes.add_thread_item(thread.id, hello, context)\n",
            ),
        ),
        changed(STORE, SAVED, INSERTED),
    ),
    hand(
        "a thread has the id of its person",
        "ids_long_enough",
        changed(STORE, 'return f"thr_{uuid4().hex}"', 'return f"thr_{context.user_id}"'),
    ),
    hand(
        "what does not stream is sent as a stream",
        "stream_sent_as_events",
        changed(ENDPOINT, WHOLE, ""),
    ),
    hand(
        "the model reads the question twice",
        "history_given",
        changed(
            SERVER,
            "await self._history(thread, context),",
            "[*await self._history(thread, context), question],",
        ),
        changed(
            SERVER,
            "self._turn(thread, context, queue)",
            "self._turn(thread, context, queue, input_user_message)",
        ),
        changed(
            SERVER,
            "context: ChatContext, queue: asyncio.Queue[Any]\n",
            "context: ChatContext, queue: asyncio.Queue[Any], question: Any\n",
        ),
    ),
    hand(
        "a thread that is gone is None",
        "bad_requests_refused",
        changed(
            STORE,
            '            raise NotFoundError(f"Thread {thread_id} was not found")\n',
            "            return None\n",
        ),
    ),
    hand(
        "a message is made without its time",
        "calls_fit",
        changed(
            SERVER,
            "            created_at=datetime.now(timezone.utc),\n            content=[Assistant",
            "            content=[Assistant",
        ),
    ),
    hand(
        "a header goes before the token's user",
        "caller_verified",
        changed(
            ENDPOINT,
            "ChatContext(caller.user_id,",
            'ChatContext(request.headers.get("x-act-as") or caller.user_id,',
        ),
    ),
    hand(
        "what an answer says becomes an apology",
        "failures_are_no_messages",
        changed(SERVER, FAILED, FAILED + REWORDED),
    ),
    hand(
        "each request has an event loop of its own",
        "loop_left_to_server",
        changed(ENDPOINT, "import asyncpg\n", "import anyio\nimport asyncpg\n"),
        changed(ENDPOINT, PROCESS, PROCESS.replace("await server.process(", RUN)),
    ),
    hand(
        "the route has a letter too many",
        "page_asks_chat",
        changed(ENDPOINT, '@router.post("/chatkit"', '@router.post("/chatkitt"'),
    ),
)
