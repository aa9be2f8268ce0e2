"""What happens in a turn: its events flow in a task of their own, its words and calls are kept."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Generic, TypeVar

from agents import Agent, RunContextWrapper, RunHooks, Tool
from agents.tool_context import ToolContext
from chatkit import types as ck
from chatkit.agents import AgentContext

from ..chatkit_store import RequestContext
from .chat_history import LONGEST, arguments_of, remembered_call
from .mcp_auth import HIDDEN, TOOL_FAILED, UserMCPServer, masked, whole

T = TypeVar("T")
ItemEvent = ck.ThreadItemAddedEvent | ck.ThreadItemDoneEvent | ck.ThreadItemReplacedEvent
ITEM_EVENTS = (ck.ThreadItemAddedEvent, ck.ThreadItemDoneEvent, ck.ThreadItemReplacedEvent)
Context = AgentContext[RequestContext]
SECRET_NAME = re.compile(r"(?i)passw|secret|api_?key|token")


@dataclass(frozen=True)
class _End:
    error: BaseException | None


class Relay(Generic[T]):
    """Runs a stream in a task of its own: whoever reads it may leave, and it still ends in order.

    A web server cancels a reader at any await, and again in its `finally`. This task is cancelled
    once, by `stop`, and then has the time to save what it has.
    """

    def __init__(self, source: AsyncIterator[T]) -> None:
        self._items: asyncio.Queue[T | _End] = asyncio.Queue()
        self.task = asyncio.create_task(self._run(source))
        self.task.add_done_callback(self._end)
        self._has_begun = False
        self._is_stopped = False

    async def _run(self, source: AsyncIterator[T]) -> None:
        async for item in source:
            self.put(item)
            self._has_begun = True
            if self._is_stopped:
                self.task.cancel()

    def _end(self, task: asyncio.Task[None]) -> None:
        self._items.put_nowait(_End(None if task.cancelled() else task.exception()))

    def put(self, item: T) -> None:
        self._items.put_nowait(item)

    def stop(self) -> None:
        """Ends it, but not before its first item: that tells of a message that is stored."""
        if self._has_begun and not self._is_stopped and not self.task.done():
            self.task.cancel()
        self._is_stopped = True

    async def read(self, silence: float | None = None) -> T | None:
        """The next item, or None at the end; raises what the stream raised.

        Raises:
            asyncio.TimeoutError: there was none for `silence` seconds.
        """
        item = await asyncio.wait_for(self._items.get(), silence)
        if not isinstance(item, _End):
            return item
        if item.error is not None:
            raise item.error
        return None


class Answer:
    """The messages that are being written: under ids of the store, with their text so far.

    Some providers send ids that the store has never seen, others send the same one every time.
    """

    def __init__(self, new_id: Callable[[], str]) -> None:
        self._new_id = new_id
        self._ids: dict[str, list[str]] = {}
        self._shown: set[str] = set()
        self.unfinished: dict[str, ck.AssistantMessageItem] = {}

    def follow(self, event: ck.ThreadStreamEvent) -> list[ck.ThreadStreamEvent]:
        """The event as our clients and our store get it: one event, but for what is removed."""
        if isinstance(event, ck.ThreadItemRemovedEvent):
            return self._removed(event.item_id)
        if isinstance(event, ck.ThreadItemUpdatedEvent):
            event.item_id = self._latest(event.item_id)
            self._grow(event.item_id, event.update)
        elif isinstance(event, ITEM_EVENTS):
            self._follow_item(event)
        return [event]

    def _follow_item(self, event: ItemEvent) -> None:
        theirs, is_new = event.item.id, isinstance(event, ck.ThreadItemAddedEvent)
        if isinstance(event.item, ck.AssistantMessageItem):
            if is_new:
                self._ids.setdefault(theirs, []).append(self._new_id())
            event.item = self._ours(event.item)
            self.unfinished.pop(event.item.id, None)
            if is_new:
                self.unfinished[event.item.id] = event.item.model_copy(deep=True)
        elif isinstance(event.item, ck.ClientToolCallItem):
            event.item = event.item.model_copy(update={"id": self._latest(theirs, self._new_id)})
        self._shown.add(event.item.id)

    def knows(self, item_id: str) -> bool:
        return item_id in self._ids or item_id in self._shown

    def _removed(self, theirs: str) -> list[ck.ThreadStreamEvent]:
        """A removal of each of our items that had this id."""
        ours = self._ids.pop(theirs, [theirs])
        for item_id in ours:
            self.unfinished.pop(item_id, None)
        return [ck.ThreadItemRemovedEvent(item_id=item_id) for item_id in ours]

    def _latest(self, theirs: str, make: Callable[[], str] | None = None) -> str:
        """Our id for theirs, which is their own where we have none and make none."""
        if theirs not in self._ids and make is not None:
            self._ids[theirs] = [make()]
        return self._ids.get(theirs, [theirs])[-1]

    def clean(self, item_id: str, text: str) -> str:
        """A whole text, as it is shown and stored."""
        return whole(text)

    def clean_piece(self, item_id: str, text: str) -> str:
        """The next piece of one."""
        return whole(text)

    def _ours(self, item: ck.AssistantMessageItem) -> ck.AssistantMessageItem:
        item_id = self._latest(item.id, self._new_id)
        begun = self.unfinished.get(item_id)
        changes = {
            "id": item_id,
            "content": [self._cleaned(item_id, part) for part in item.content],
            "created_at": begun.created_at if begun else datetime.now(timezone.utc),
        }
        return item.model_copy(update=changes)

    def _cleaned(
        self, item_id: str, part: ck.AssistantMessageContent
    ) -> ck.AssistantMessageContent:
        return part.model_copy(update={"text": self.clean(item_id, part.text)})

    def _grow(self, item_id: str, update: ck.ThreadItemUpdate) -> None:
        if isinstance(update, ck.AssistantMessageContentPartTextDelta):
            update.delta = self.clean_piece(item_id, update.delta)
            self._part(item_id, update.content_index).text += update.delta
        elif isinstance(
            update, (ck.AssistantMessageContentPartAdded, ck.AssistantMessageContentPartDone)
        ):
            update.content = self._cleaned(item_id, update.content)
            self._part(item_id, update.content_index).text = update.content.text

    def _part(self, item_id: str, index: int) -> ck.AssistantMessageContent:
        content = self.unfinished[item_id].content if item_id in self.unfinished else []
        while len(content) <= index:
            content.append(ck.AssistantMessageContent(text=""))
        return content[index]


class ToolMemory(RunHooks[Context]):
    """Keeps each tool call for the turns to come, before it is made, and shows it as it happens."""

    def __init__(self, servers: Sequence[UserMCPServer], called: list[str]) -> None:
        self._servers = servers
        self._called = called
        self.made: list[ck.HiddenContextItem] = []
        self._calls: dict[str, tuple[ck.HiddenContextItem, ck.CustomTask, int]] = {}

    async def on_tool_start(
        self, context: RunContextWrapper[Context], agent: Agent[Context], tool: Tool
    ) -> None:
        if not isinstance(context, ToolContext):
            return  # one of the provider's own tools
        chat = context.context
        arguments = arguments_of(masked(context.tool_arguments, chat.request_context.token))
        title, own_name = tool.name, tool.name
        for server in self._servers:
            if found := server.own_name(tool.name):
                title, own_name = server.title(found), found
                arguments = server.sent(found, arguments)
        item = ck.HiddenContextItem(
            id=chat.generate_id("tool_call"),
            thread_id=chat.thread.id,
            created_at=datetime.now(timezone.utc),
            content=remembered_call(tool.name, arguments),
        )
        await chat.store.add_thread_item(chat.thread.id, item, chat.request_context)
        self.made.append(item)
        task = ck.CustomTask(title=title, content=_summary(arguments), status_indicator="loading")
        await chat.add_workflow_task(task)
        assert chat.workflow_item is not None
        place = len(chat.workflow_item.workflow.tasks) - 1
        self._calls[context.tool_call_id] = (item, task, place)
        self._called.append(own_name)

    async def on_tool_end(
        self,
        context: RunContextWrapper[Context],
        agent: Agent[Context],
        tool: Tool,
        result: object,
    ) -> None:
        if not isinstance(context, ToolContext):
            return
        chat = context.context
        item, task, place = self._calls.pop(context.tool_call_id)
        text = masked(text_of(result), chat.request_context.token)
        item.content = self.remembered(item, text)
        await chat.store.save_item(chat.thread.id, item, chat.request_context)
        if chat.workflow_item is not None:
            await chat.update_workflow_task(self.shown(task, text), place)

    def remembered(self, item: ck.HiddenContextItem, text: str) -> dict[str, Any]:
        """What is kept of a call with this result."""
        return {**item.content, "result": text[:LONGEST]}

    def shown(self, task: ck.CustomTask, text: str) -> ck.CustomTask:
        """What people see of a call with this result."""
        if text.startswith(TOOL_FAILED):
            return not_done(task, "failed")
        return task.model_copy(update={"status_indicator": "complete"})


def not_done(task: ck.CustomTask, why: str) -> ck.CustomTask:
    changes = {"title": f"{task.title} ({why})", "status_indicator": "none"}
    return task.model_copy(update=changes)


def text_of(result: Any) -> str:
    if isinstance(result, list):
        return "\n".join(map(text_of, result))
    if isinstance(result, dict) and result.get("type") == "text":
        return str(result["text"])
    return result if isinstance(result, str) else json.dumps(result, default=str)


def _summary(arguments: dict[str, Any]) -> str | None:
    """The arguments in one line, for people and for whoever looks over their shoulder."""
    return ", ".join(f"{name}: {value}" for name, value in _veiled(arguments).items())[:200] or None


def _veiled(value: Any) -> Any:
    if isinstance(value, list):
        return [_veiled(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: HIDDEN if SECRET_NAME.search(name) else _veiled(each) for name, each in value.items()
    }
