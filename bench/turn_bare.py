"""The bare SDK as its samples use it: a store in memory, local tools, no sign-in and no MCP."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from typing import Any

from agents import Agent, OpenAIResponsesModel, Runner, function_tool, set_tracing_disabled
from chatkit.agents import AgentContext, simple_to_agent_input, stream_agent_response
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import NotFoundError, Store
from chatkit.types import Page, ThreadItem, ThreadMetadata, ThreadStreamEvent, UserMessageItem
from fastapi import FastAPI, Request
from fastapi.responses import Response, StreamingResponse
from openai import AsyncOpenAI

HISTORY = 20
INSTRUCTIONS = """\
You are the assistant of My application. You are talking with Ann. Today is Monday, 1 June 2026.
Use your tools to look things up and to act for this user. Never invent what a tool can tell you.
Say in one sentence what you did. When a tool fails, say so plainly and suggest what to do next.
"""
Context = dict[str, Any]


class MemoryStore(Store[Context]):
    def __init__(self) -> None:
        self._threads: dict[str, ThreadMetadata] = {}
        self._items: dict[str, dict[str, ThreadItem]] = {}

    async def load_thread(self, thread_id: str, context: Context) -> ThreadMetadata:
        if thread_id not in self._threads:
            raise NotFoundError(thread_id)
        return self._threads[thread_id].model_copy()

    async def save_thread(self, thread: ThreadMetadata, context: Context) -> None:
        self._threads[thread.id] = thread.model_copy()

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Context
    ) -> Page[ThreadItem]:
        items = list(self._items.get(thread_id, {}).values())
        ordered = items[::-1] if order == "desc" else items
        return Page(data=ordered[:limit], has_more=len(ordered) > limit)

    async def copy(self, thread_id: str, copies: list[tuple[str, str]]) -> None:
        """The same conversation once more, under other names."""
        for _, new in copies:
            self._threads[new] = self._threads[thread_id].model_copy(update={"id": new})
            items = self._items[thread_id].values()
            again = [item.model_copy(update={"thread_id": new}) for item in items]
            self._items[new] = {item.id: item for item in again}

    async def load_item(self, thread_id: str, item_id: str, context: Context) -> ThreadItem:
        return self._items[thread_id][item_id]

    async def save_item(self, thread_id: str, item: ThreadItem, context: Context) -> None:
        self._items.setdefault(thread_id, {})[item.id] = item

    add_thread_item = save_item

    async def load_threads(self, *_: Any) -> Page[ThreadMetadata]:
        return Page(data=list(self._threads.values()))

    async def delete_thread(self, thread_id: str, context: Context) -> None:
        del self._threads[thread_id]

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Context) -> None:
        self._items[thread_id].pop(item_id, None)

    async def save_attachment(self, *_: Any) -> None:
        raise NotImplementedError

    load_attachment = delete_attachment = save_attachment  # type: ignore[assignment]


tasks: dict[int, str] = {}
numbers = itertools.count(1)


@function_tool
def list_tasks() -> str:
    """List the tasks of the user."""
    return "\n".join(tasks.values()) or "There are no tasks."


@function_tool
def add_task(title: str) -> str:
    """Add a task for the user."""
    tasks[next(numbers)] = title
    return f"Added {title}"


@function_tool
def complete_task(task_id: int) -> str:
    """Mark a task as done."""
    return f"Completed {tasks[task_id]}"


@function_tool
def delete_task(task_id: int) -> str:
    """Delete a task for good."""
    return f"Deleted {tasks.pop(task_id)}"


class BareServer(ChatKitServer[Context]):
    def __init__(self) -> None:
        self.store: MemoryStore
        super().__init__(MemoryStore())
        self._agent = Agent[AgentContext[Context]](
            name="Assistant",
            instructions=INSTRUCTIONS,
            model=OpenAIResponsesModel("gpt-5.6-luna", AsyncOpenAI()),
            tools=[list_tasks, add_task, complete_task, delete_task],
        )

    async def respond(
        self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: Context
    ) -> AsyncIterator[ThreadStreamEvent]:
        page = await self.store.load_thread_items(thread.id, None, HISTORY, "desc", context)
        given = await simple_to_agent_input(page.data[::-1])
        chat = AgentContext(thread=thread, store=self.store, request_context=context)
        result = Runner.run_streamed(self._agent, given, context=chat)
        async for event in stream_agent_response(chat, result):
            yield event


def application() -> FastAPI:
    set_tracing_disabled(True)
    app, server = FastAPI(), BareServer()
    app.state.copy = server.store.copy

    @app.post("/chatkit", response_model=None)
    async def chatkit(request: Request) -> Response:
        result = await server.process(await request.body(), {})
        if isinstance(result, StreamingResult):
            return StreamingResponse(result, media_type="text/event-stream")
        return Response(result.json, media_type="application/json")

    return app
