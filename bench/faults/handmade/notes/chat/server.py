"""One turn of the chat: the agent answers, and what was said is kept."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from datetime import datetime, timezone
from typing import Any

from agents import Agent, OpenAIResponsesModel, RunConfig, RunHooks, Runner
from chatkit.agents import AgentContext, ThreadItemConverter, stream_agent_response
from chatkit.server import ChatKitServer
from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageItem,
    ErrorEvent,
    HiddenContextItem,
    ProgressUpdateEvent,
    ThreadItemDoneEvent,
    ThreadItemUpdatedEvent,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
)
from openai import AsyncOpenAI

from notes.chat.context import ChatContext
from notes.chat.store import Busy, NotesStore
from notes.chat.tools import explain, tools_of
from notes.settings import get_settings

logger = logging.getLogger(__name__)
HISTORY = 20
INSTRUCTIONS = "You are the assistant of Notes. Use your tools to act for the signed-in user."


class History(ThreadItemConverter):
    async def hidden_context_to_input(self, item: HiddenContextItem) -> Any:
        return {"role": "system", "content": str(item.content)}


class ToolMemory(RunHooks[Any]):
    """Keeps a hidden item for each tool call, so that the next turn knows what was done."""

    def __init__(self, store: NotesStore, thread: ThreadMetadata, context: ChatContext) -> None:
        self._keep = (store, thread, context)

    async def on_tool_end(self, context: Any, agent: Any, tool: Any, result: Any) -> None:
        store, thread, caller = self._keep
        item = HiddenContextItem(
            id=store.generate_item_id("hidden_context", thread, caller),
            thread_id=thread.id,
            created_at=datetime.now(timezone.utc),
            content=f"Tool {tool.name} was called and answered: {str(result)[:500]}",
        )
        await store.save_item(thread.id, item, caller)


class NotesChat(ChatKitServer[ChatContext]):
    def __init__(self, store: NotesStore) -> None:
        super().__init__(store)
        self.notes = store

    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: ChatContext,
    ) -> AsyncIterator[ThreadStreamEvent]:
        """The turn runs in a task of its own, so that Stop and closed tabs do not lose it."""
        try:
            await self.notes.begin_turn(thread.id, context)
        except Busy:
            yield ErrorEvent(message="Wait for the answer before this one.", allow_retry=True)
            return
        queue: asyncio.Queue[ThreadStreamEvent | None] = asyncio.Queue(maxsize=100)
        task = asyncio.create_task(self._turn(thread, context, queue))
        try:
            yield ProgressUpdateEvent(text="Thinking")
            while (event := await queue.get()) is not None:
                yield event
        finally:
            task.cancel()

    async def _turn(
        self, thread: ThreadMetadata, context: ChatContext, queue: asyncio.Queue[Any]
    ) -> None:
        said = draft = ""
        result = None
        kept = time.monotonic()
        try:
            async with tools_of(context) as servers:
                agent = Agent(
                    name="Notes",
                    instructions=INSTRUCTIONS,
                    model=OpenAIResponsesModel(get_settings().model, AsyncOpenAI()),
                    mcp_servers=servers,
                    mcp_config={"failure_error_function": explain},
                )
                result = Runner.run_streamed(
                    agent,
                    await self._history(thread, context),
                    context=(
                        chat := AgentContext(
                            thread=thread, store=self.store, request_context=context
                        )
                    ),
                    max_turns=10,
                    hooks=ToolMemory(self.notes, thread, context),
                    run_config=RunConfig(
                        tracing_disabled=True,
                        trace_include_sensitive_data=False,
                        tool_not_found_behavior="return_error_to_model",
                    ),
                )
                async for event in stream_agent_response(chat, result):
                    said += getattr(getattr(event, "update", None), "delta", None) or ""
                    if isinstance(event, ThreadItemUpdatedEvent):
                        draft = event.item_id
                        if time.monotonic() > kept + 1:  # what was said outlives the process
                            await self._keep(thread, said, context, draft)
                            kept = time.monotonic()
                    if isinstance(event, ThreadItemDoneEvent):
                        said = draft = ""
                    await queue.put(event)
        except asyncio.CancelledError:
            await asyncio.shield(self._keep(thread, said, context, draft))
            raise
        except Exception:
            logger.exception("a turn failed")
            await self._keep(thread, said, context, draft)
            await queue.put(ErrorEvent(message="The answer broke off.", allow_retry=True))
        finally:
            if result is not None:
                result.cancel()
            await asyncio.shield(self.notes.end_turn(thread.id, context))
            queue.put_nowait(None)

    async def _history(self, thread: ThreadMetadata, context: ChatContext) -> Any:
        page = await self.notes.load_thread_items(thread.id, None, HISTORY, "desc", context)
        return await History().to_agent_input(list(reversed(page.data)))

    async def _keep(
        self, thread: ThreadMetadata, said: str, context: ChatContext, draft: str
    ) -> None:
        if not said:
            return
        item = AssistantMessageItem(
            id=draft or self.notes.generate_item_id("message", thread, context),
            thread_id=thread.id,
            created_at=datetime.now(timezone.utc),
            content=[AssistantMessageContent(text=said)],
        )
        await self.notes.save_item(thread.id, item, context)
