"""Each tool call, kept for the turns to come before it is made, and shown as it happens."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from typing import Any

from agents import Agent, FunctionTool, RunContextWrapper, RunHooks, Tool
from agents.tool_context import ToolContext
from chatkit import types as ck
from chatkit.agents import AgentContext

from ..chatkit_store import Caller
from .mcp import UserMCPServer, explain_failure
from .message_order import arguments_of
from .redaction import REDACTED, TOOL_FAILED, redacted
from .sources import Citations
from .thread_items import LONGEST, interrupted, remembered_call
from .tool_results import text_of

Context = AgentContext[Caller]
SDK_FAILED = "An error occurred while running the tool"
SECRET_NAME = re.compile(r"(?i)passw|secret|api_?key|token")


class TurnContext(AgentContext[Caller]):
    """After a client tool the SDK goes on with stored steps, and takes a time with a zone for one
    without."""

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, ck.WorkflowItem):
            value.created_at = value.created_at.astimezone().replace(tzinfo=None)
        super().__setattr__(name, value)


@dataclass(frozen=True)
class Call:
    """What is kept of a call that runs, and its step: where it stands in which workflow."""

    kept: ck.HiddenContextItem
    step: ck.CustomTask
    workflow: ck.WorkflowItem
    place: int


class ToolLog(RunHooks[Context]):
    """Keeps each tool call for the turns to come, before it is made, and shows it as it happens."""

    def __init__(self, servers: Sequence[UserMCPServer], called: list[str]) -> None:
        self._servers = servers
        self._called = called
        self._citations = Citations()
        self.made: list[ck.HiddenContextItem] = []
        self._calls: dict[str, Call] = {}

    async def on_tool_start(
        self, context: RunContextWrapper[Context], agent: Agent[Context], tool: Tool
    ) -> None:
        if not isinstance(context, ToolContext):
            return  # one of the provider's own tools
        chat = context.context
        arguments = arguments_of(redacted(context.tool_arguments, chat.request_context.token))
        title, own_name = tool.name, tool.name
        for server in self._servers:
            if found := server.own_name(tool.name):
                title, own_name = server.title(found), found
                arguments = server.sent(found, server.own_arguments(tool.name, arguments))
        item = ck.HiddenContextItem(
            id=chat.generate_id("tool_call"),
            thread_id=chat.thread.id,
            created_at=datetime.now(timezone.utc),
            content=remembered_call(tool.name, arguments, context.tool_call_id),
        )
        await chat.store.add_thread_item(chat.thread.id, item, chat.request_context)
        self.made.append(item)
        task = ck.CustomTask(title=title, content=_summary(arguments), status_indicator="loading")
        await chat.add_workflow_task(task)
        assert chat.workflow_item is not None
        place = len(chat.workflow_item.workflow.tasks) - 1
        self._calls[context.tool_call_id] = Call(item, task, chat.workflow_item, place)
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
        call = self._calls.pop(context.tool_call_id)
        text = redacted(text_of(result), chat.request_context.token)
        call.kept.content = self.remembered(call.kept, text)
        await chat.store.save_item(chat.thread.id, call.kept, chat.request_context)
        step = self.shown(call.step, text)
        if chat.workflow_item is call.workflow:
            await chat.update_workflow_task(step, call.place)
        else:  # what the tool has shown meanwhile, such as a widget, closed it
            call.workflow.workflow.tasks[call.place] = step
            await chat.stream(ck.ThreadItemReplacedEvent(item=call.workflow))

    def ended(self, current: ck.WorkflowItem | None) -> list[ck.ThreadStreamEvent]:
        """The steps of what failed: people see that they do not go on."""
        return [
            ck.ThreadItemDoneEvent(item=each)
            if each is current
            else ck.ThreadItemReplacedEvent(item=each)
            for each in self.broken_off(current)
        ]

    def broken_off(self, current: ck.WorkflowItem | None) -> Iterator[ck.WorkflowItem]:
        """The workflows with steps that will not end any more, and the one that nobody closed."""
        left = [*(call.workflow for call in self._calls.values()), *([current] if current else [])]
        self._calls.clear()
        for item in {each.id: each for each in left}.values():
            yield interrupted(item)

    def cite(self, event: ck.ThreadStreamEvent) -> None:
        """Adds to a message what the tools before it have linked to."""
        self._citations.cite(event, [each for one in self._servers for each in one.sources])

    def remembered(self, item: ck.HiddenContextItem, text: str) -> dict[str, Any]:
        """What is kept of a call with this result."""
        return {**item.content, "result": text[:LONGEST]}

    def shown(self, task: ck.CustomTask, text: str) -> ck.CustomTask:
        """What people see of a call with this result."""
        if text.startswith(TOOL_FAILED):
            return not_done(task, "failed")
        return task.model_copy(update={"status_indicator": "complete"})


def safely(tool: Tool) -> Tool:
    """A copy whose failures are told as those of servers: old SDKs tell the model the exception."""
    own = copy(tool)
    if isinstance(own, FunctionTool):
        own.on_invoke_tool = partial(_invoke, own.on_invoke_tool)
    return own


async def _invoke(invoke: Callable[..., Awaitable[Any]], context: Any, arguments: str) -> Any:
    result = await invoke(context, arguments)
    is_failure = isinstance(result, str) and result.startswith(SDK_FAILED)
    return explain_failure(context, Exception(result)) if is_failure else result


def not_done(task: ck.CustomTask, why: str) -> ck.CustomTask:
    changes = {"title": f"{task.title} ({why})", "status_indicator": "none"}
    return task.model_copy(update=changes)


def _summary(arguments: dict[str, Any]) -> str | None:
    """The arguments in one line, for people and for whoever looks over their shoulder."""
    shown = _without_secrets(arguments).items()
    return ", ".join(f"{name}: {value}" for name, value in shown)[:200] or None


def _without_secrets(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_secrets(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: REDACTED if SECRET_NAME.search(name) else _without_secrets(each)
        for name, each in value.items()
    }
