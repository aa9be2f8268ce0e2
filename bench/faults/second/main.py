"""Gardenlog: who waters what, and a chat that knows the plants."""

# ruff: noqa: E402
from dotenv import load_dotenv

load_dotenv()

import asyncio
import hashlib
import json
import logging
import os
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated

import httpx
import openai
from agents import (
    Agent,
    OpenAIChatCompletionsModel,
    RunConfig,
    RunContextWrapper,
    RunHooks,
    Runner,
    function_tool,
)
from chatkit import types as ck
from chatkit.agents import AgentContext, ThreadItemConverter, stream_agent_response
from chatkit.errors import CustomStreamError
from chatkit.server import ChatKitServer
from chatkit.store import NotFoundError
from fastapi import Depends, FastAPI, Header, HTTPException, Request
from fastapi.responses import Response, StreamingResponse
from notebook import Notebook
from psycopg import OperationalError
from psycopg.rows import tuple_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from pydantic import TypeAdapter, ValidationError

log = logging.getLogger("garden")

DB = os.environ.get("GARDEN_DB")
PLANTS_API = os.environ.get("GARDEN_PLANTS_API", "http://localhost:9100")
MODEL = os.environ.get("GARDEN_LLM", "qwen3")
SCHEMA = Path(__file__).with_name("schema.sql")
REQUEST = TypeAdapter(ck.ChatKitReq)
LONGEST = 200_000
WHO_YOU_ARE = """You look after a garden together with its owner.
Say what needs water, and use the tools for whatever concerns the plants."""
RUN = RunConfig(
    tracing_disabled=True,
    trace_include_sensitive_data=False,
    tool_not_found_behavior="return_error_to_model",
)


# --- database ---

pools: list[AsyncConnectionPool] = []
opening = asyncio.Lock()


async def database() -> AsyncConnectionPool:
    if not DB:
        raise HTTPException(503, "GARDEN_DB is not set")
    async with opening:
        if not pools:
            pool = AsyncConnectionPool(
                DB, open=False, max_size=8, timeout=5, kwargs={"row_factory": tuple_row}
            )
            try:
                await pool.open(wait=True, timeout=5)
                async with pool.connection() as connection:
                    await connection.execute(SCHEMA.read_text())
            except BaseException:
                await pool.close()
                raise
            pools.append(pool)
    return pools[0]


async def sql(statement: str, **values: object) -> list[tuple]:
    pool = await database()
    async with pool.connection() as connection:
        cursor = await connection.execute(statement, values)
        return await cursor.fetchall() if cursor.description else []


# --- the agent ---


def tool_failed(context, error: Exception) -> str:
    log.warning("tool: %s", type(error).__name__)
    return "The tool failed. Look whether it took effect before you repeat it."


async def plants(context: RunContextWrapper[AgentContext], method: str, path: str, **more) -> str:
    bearer = context.context.request_context["bearer"]
    async with httpx.AsyncClient(base_url=PLANTS_API, timeout=20) as api:
        answer = await api.request(
            method, path, headers={"Authorization": f"Bearer {bearer}"}, **more
        )
    answer.raise_for_status()
    return answer.text[:4000]


@function_tool(failure_error_function=tool_failed)
async def list_plants(context: RunContextWrapper[AgentContext]) -> str:
    """List the plants in the garden, and when each had water."""
    return await plants(context, "GET", "/plants")


@function_tool(failure_error_function=tool_failed)
async def water_plant(context: RunContextWrapper[AgentContext], plant: str) -> str:
    """Write down that a plant was given water."""
    return await plants(context, "POST", "/waterings", json={"plant": plant})


class Converter(ThreadItemConverter):
    async def assistant_message_to_input(self, item):
        return {"role": "assistant", "content": "".join(part.text for part in item.content)}

    async def hidden_context_to_input(self, item):
        return {"role": "assistant", "content": f"(done before: {json.dumps(item.content)})"}


class Diary(RunHooks):
    """What tools do is written into the thread, before and after."""

    def __init__(self):
        self.lines = {}

    async def on_tool_start(self, context, agent, tool):
        chat = context.context
        line = self.lines[context.tool_call_id] = ck.HiddenContextItem(
            id=chat.generate_id("tool_call"),
            thread_id=chat.thread.id,
            created_at=datetime.now(timezone.utc),
            content={"tool": tool.name, "with": context.tool_arguments},
        )
        await chat.store.add_thread_item(chat.thread.id, line, chat.request_context)

    async def on_tool_end(self, context, agent, tool, result):
        chat, line = context.context, self.lines[context.tool_call_id]
        line.content = {**line.content, "result": str(result)}
        await chat.store.save_item(chat.thread.id, line, chat.request_context)


def gardener() -> Agent:
    model = OpenAIChatCompletionsModel(MODEL, openai.AsyncOpenAI())
    return Agent(
        name="gardener", instructions=WHO_YOU_ARE, model=model, tools=[list_plants, water_plant]
    )


class Garden(ChatKitServer[dict]):
    async def respond(self, thread, input_user_message, context):
        yield ck.ProgressUpdateEvent(text="Looking around the garden")
        page = await self.store.load_thread_items(thread.id, None, 40, "desc", context)
        said = await Converter().to_agent_input(page.data[::-1])
        chat = AgentContext(thread=thread, store=self.store, request_context=context)
        result = Runner.run_streamed(gardener(), said, context=chat, hooks=Diary(), run_config=RUN)
        draft, saved = {}, time.monotonic()
        try:
            async for event in own_ids(stream_agent_response(chat, result), chat, draft):
                if time.monotonic() - saved > 1:
                    await self.keep(draft, thread, context)
                    saved = time.monotonic()
                yield event
        except Exception as error:
            await self.keep(draft, thread, context)
            log.warning("model: %s", type(error).__name__)
            raise CustomStreamError(
                "The gardener lost the thread. Try again.", allow_retry=True
            ) from error
        finally:
            result.cancel()

    async def keep(self, draft, thread, context):
        for item in draft.values():
            if item.content and item.content[0].text.strip():
                await self.store.save_item(thread.id, item, context)


async def own_ids(events, chat, draft) -> AsyncIterator[ck.ThreadStreamEvent]:
    """Completions all have the same id: each message gets one of ours, and its text is followed."""
    ids: dict[str, str] = {}
    async for event in events:
        item = getattr(event, "item", None)
        if isinstance(item, ck.AssistantMessageItem):
            if event.type == "thread.item.added" or item.id not in ids:
                ids[item.id] = chat.generate_id("message")
            event.item = item = item.model_copy(update={"id": ids[item.id]}, deep=True)
            draft.pop(item.id, None)
            if event.type == "thread.item.added":
                draft[item.id] = item.model_copy(deep=True)
        elif isinstance(event, ck.ThreadItemUpdatedEvent) and event.item_id in ids:
            event.item_id = ids[event.item_id]
            if event.update.type == "assistant_message.content_part.text_delta":
                content = draft[event.item_id].content
                content[:] = content or [ck.AssistantMessageContent(text="")]
                content[0].text += event.update.delta
        yield event


# --- the web ---

garden = Garden(Notebook(sql))


async def turn(request, context, queue: asyncio.Queue) -> None:
    """Runs in a task of its own; the last thing in the queue is None, or what went wrong."""
    me, mine, end = context["person"], uuid.uuid4().hex, None
    chat = getattr(request.params, "thread_id", None)
    try:
        if chat:
            await take(chat, me, mine)
        async for frame in garden._process_streaming(request, context):
            if not chat:
                chat = json.loads(frame[6:])["thread"]["id"]
                await take(chat, me, mine)
            queue.put_nowait(frame)
    except Exception as error:
        log.warning("turn: %s", type(error).__name__)
        end = error
    finally:
        if chat:
            await sql(
                "update chats set turn = null where id = %(c)s and turn = %(t)s", c=chat, t=mine
            )
        queue.put_nowait(end)


async def take(chat: str, me: str, mine: str) -> None:
    """One turn at a time; a message right after Stop waits a little."""
    for _ in range(30):
        taken = await sql(
            "update chats set turn = %(t)s, turn_until = now() + interval '10 minutes'"
            " where id = %(c)s and person = %(me)s"
            " and (turn is null or turn = %(t)s or turn_until < now()) returning id",
            t=mine,
            c=chat,
            me=me,
        )
        if taken:
            return
        await garden.store.load_thread(chat, {"person": me})
        await asyncio.sleep(0.2)
    raise HTTPException(409, "another answer is being written")


async def frames(first: bytes, queue: asyncio.Queue, task: asyncio.Task):
    try:
        frame = first
        while isinstance(frame, bytes):
            yield frame
            try:
                frame = await asyncio.wait_for(queue.get(), 15)
            except asyncio.TimeoutError:
                frame = b'data: {"type":"progress_update","text":"Still digging"}\n\n'
        if frame is not None:
            yield b'data: {"type":"error","code":"stream.error","allow_retry":true}\n\n'
    finally:
        task.cancel()


@asynccontextmanager
async def lifespan(app):
    with suppress(HTTPException, OperationalError, PoolTimeout):
        await database()
    yield
    for pool in pools:
        await pool.close()
    pools.clear()


app = FastAPI(title="Gardenlog", lifespan=lifespan)


async def caller(authorization: str = Header("")) -> dict:
    scheme, _, bearer = authorization.partition(" ")
    known = scheme.lower() == "bearer" and await sql(
        "select person from sessions where digest = %(d)s and until > now()",
        d=hashlib.sha256(bearer.encode()).hexdigest(),
    )
    if not known:
        raise HTTPException(401, "sign in first")
    return {"person": known[0][0], "bearer": bearer}


@app.exception_handler(OperationalError)
@app.exception_handler(PoolTimeout)
async def database_away(request: Request, error: Exception) -> Response:
    log.error("the database is away: %s", error)
    return Response("the garden book cannot be opened", 503, {"Retry-After": "5"})


@app.post("/chatkit")
async def chatkit(request: Request, context: Annotated[dict, Depends(caller, scope="function")]):
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LONGEST:
            raise HTTPException(413, "too long")
    try:
        asked = REQUEST.validate_json(bytes(body))
    except ValidationError:
        raise HTTPException(400, "no request of ChatKit") from None
    try:
        if not ck.is_streaming_req(asked):
            return Response(
                await garden._process_non_streaming(asked, context), 200, None, "application/json"
            )
        queue = asyncio.Queue()
        task = asyncio.create_task(turn(asked, context, queue))
        try:
            first = await queue.get()
        except asyncio.CancelledError:
            task.cancel()
            raise
        if isinstance(first, Exception):
            raise first
    except NotFoundError:
        raise HTTPException(404, "no such conversation") from None
    except (NotImplementedError, RuntimeError):
        raise HTTPException(501, "not offered") from None
    except ValueError:
        raise HTTPException(400, "not with that item") from None
    return StreamingResponse(
        frames(first, queue, task), 200, {"Cache-Control": "no-store"}, "text/event-stream"
    )
