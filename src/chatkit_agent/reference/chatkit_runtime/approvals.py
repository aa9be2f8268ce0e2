"""Approvals: a tool that may destroy something asks the person before it runs."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

from agents import RunContextWrapper
from chatkit import types as ck
from chatkit.actions import Action
from chatkit.errors import CustomStreamError
from chatkit.store import NotFoundError
from chatkit.widgets import DynamicWidgetRoot
from mcp.types import CallToolResult, TextContent, Tool
from pydantic import Field

from ..chatkit_store import Caller, Settings
from .checked_values import Names
from .mcp import UserMCPServer, explain_failure
from .redaction import REDACTED, redacted
from .settings import TurnSettings, beside, lacking
from .thread_items import LONGEST, remembered_call
from .tool_log import ToolLog, not_done
from .tool_results import text_of
from .tool_servers import ToolServer
from .turn import TurnServer

logger = logging.getLogger(__name__)

ANSWER = "approvals.answer"
WAITS = "Not run: it waits for the person, who is asked in the chat. Do not call it again, say so."
DECLINED = "Not run: the person declined it."
AWAY = "Not run: the tool's server cannot be reached."
LATE = "Not run: the person answered too late."
STOPPED = "Not run: the answer ended before it could be."
GONE = "This was answered already."
QUESTION = "_question"


class ApprovalsSettings(Settings):
    approval_minutes: float = Field(default=60, gt=0, le=525_600)
    """How long a person may take to answer."""
    approval_free_tools: Names = ()
    """Tools that run without a question whatever their marks are, with commas between them."""


class AskingMCPServer(UserMCPServer):
    """Keeps destructive calls back, each under the text that the model gets instead of a result."""

    asks_first = True

    def __init__(self, server: ToolServer, settings: TurnSettings, context: Caller) -> None:
        super().__init__(server, settings, context)
        self._told_token = context.token if self.token_goes == "prompt" else None
        self._destructive: set[str] = set()
        self.kept_back: dict[str, dict[str, Any]] = {}

    def lend_to(self, context: Caller) -> None:
        super().lend_to(context)
        self.kept_back = {}

    async def list_own_tools(self) -> list[Tool]:
        tools = await super().list_own_tools()
        is_own = self.server.is_own  # what a third party says of its tools is not believed
        free = beside(ApprovalsSettings, type(self.settings))().approval_free_tools
        self._destructive = {
            each.name
            for each in tools
            if each.name not in free and (not is_own or may_destroy(each))
        }
        return tools

    async def call_own_tool(self, name: str, arguments: dict[str, Any]) -> CallToolResult:
        if name not in self._destructive:
            return await super().call_own_tool(name, arguments)
        text = f"{WAITS} ({uuid4().hex[:8]})"
        # The token is put back when the call is made: that may be another day, with another token.
        plain = redacted(json.dumps(self.sent(name, arguments)), self.context.token)
        self.kept_back[text] = {"server": self.server.label, "tool": name, "arguments": plain}
        return CallToolResult(content=[TextContent(type="text", text=text)])

    async def call_approved(self, kept_back: dict[str, Any]) -> str:
        text = kept_back["arguments"]
        if self._told_token:
            text = text.replace(REDACTED, self._told_token)
        try:
            result = await super().call_own_tool(kept_back["tool"], json.loads(text))
        except Exception as error:
            logger.warning("an approved call failed: %s", type(error).__name__)
            return explain_failure(RunContextWrapper(None), error)
        return text_of([part.model_dump() for part in result.content])


class AskingLog(ToolLog):
    """Keeps with a call that waits what it takes to make it."""

    def __init__(self, servers: Sequence[UserMCPServer], called: list[str]) -> None:
        super().__init__(servers, called)
        self._asking = _asking(servers)
        self.waiting: list[tuple[ck.HiddenContextItem, str]] = []

    def remembered(self, item: ck.HiddenContextItem, text: str) -> dict[str, Any]:
        content = super().remembered(item, text)
        for server in self._asking:
            if text in server.kept_back:
                tool = server.kept_back[text]["tool"]
                settings = beside(ApprovalsSettings, type(server.settings))()
                until = datetime.now(timezone.utc) + timedelta(minutes=settings.approval_minutes)
                content["waits"] = {**server.kept_back.pop(text), "until": until.isoformat()}
                self.waiting.append((item, server.title(tool)))
        return content

    def shown(self, task: ck.CustomTask, text: str) -> ck.CustomTask:
        return not_done(task, "asks you") if text.startswith(WAITS) else super().shown(task, text)


class Approvals(TurnServer):
    """The person answers with a button; then the call is made, at most once, and it goes on."""

    tools = AskingMCPServer

    @classmethod
    def missing(cls) -> list[str]:
        return [*super().missing(), *lacking(beside(ApprovalsSettings, cls.settings_types[-1]))]

    _tool_log: AskingLog
    _answered: tuple[ck.HiddenContextItem, dict[str, Any], bool] | None = None

    def make_tool_log(self, servers: Sequence[UserMCPServer]) -> ToolLog:
        self._tool_log = AskingLog(servers, self.report["tools"])
        return self._tool_log

    def outlives_retry(self, item: ck.ThreadItem) -> bool:
        # With its question removed, a call that waited could never be answered.
        return (
            super().outlives_retry(item)
            and isinstance(item, ck.HiddenContextItem)
            and "waits" not in item.content
        )

    async def _run(
        self, thread: ck.ThreadMetadata, servers: Sequence[UserMCPServer]
    ) -> AsyncIterator[ck.ThreadStreamEvent]:
        if self._answered is not None:
            await self._carry_out(*self._answered, servers)
        async for event in super()._run(thread, servers):
            yield event

    def closing_events(self) -> list[ck.ThreadStreamEvent]:
        return [
            ck.ThreadItemDoneEvent(item=_question(item, title))
            for item, title in self._tool_log.waiting
        ]

    async def action(
        self,
        thread: ck.ThreadMetadata,
        action: Action[str, Any],
        sender: ck.WidgetItem | None,
        context: Caller,
    ) -> AsyncIterator[ck.ThreadStreamEvent]:
        if action.type != ANSWER or sender is None or action.payload not in ("approve", "decline"):
            raise CustomStreamError("This button does nothing here.", allow_retry=False)
        approved = action.payload == "approve"
        item = await self._take(thread, sender.id.removesuffix(QUESTION))
        waits = item.content["waits"]
        late = datetime.now(timezone.utc) > datetime.fromisoformat(waits["until"])
        # Who stops it from here on has seen their answer, and the model knows what came of it.
        call = remembered_call(item.content["tool"], json.loads(waits["arguments"]))
        await self._keep(item, call, LATE if late else STOPPED)
        outcome = "Too late" if late else "Approved" if approved else "Declined"
        yield ck.ThreadItemReplacedEvent(item=_closed_card(sender, outcome))
        if not late:
            self._answered = (item, waits, approved)
            async for event in self.respond(thread, None, context):
                yield event

    async def _take(self, thread: ck.ThreadMetadata, asked: str) -> ck.HiddenContextItem:
        """The call that waits, for the first who answers; after that nobody can make it."""
        try:
            item = await self.store.load_item(thread.id, asked, self.context)
        except NotFoundError:
            raise CustomStreamError(GONE, allow_retry=False) from None
        waits = isinstance(item, ck.HiddenContextItem) and "waits" in (item.content or {})
        if not waits or not await self.store.take_item(thread.id, asked, self.context):
            raise CustomStreamError(GONE, allow_retry=False)
        assert isinstance(item, ck.HiddenContextItem)
        return item

    async def _carry_out(
        self,
        item: ck.HiddenContextItem,
        waits: dict[str, Any],
        approved: bool,
        servers: Sequence[UserMCPServer],
    ) -> None:
        """Makes the call, and remembers it at the end of the thread, before and after."""
        reached = [each for each in _asking(servers) if each.server.label == waits["server"]]
        result = AWAY if approved else DECLINED
        if approved and reached:
            await self._keep(item, item.content, None)
            self.report["tools"].append(waits["tool"])
            result = await reached[0].call_approved(waits)
        await self._keep(item, item.content, redacted(result, self.context.token)[:LONGEST])

    async def _keep(
        self, item: ck.HiddenContextItem, call: dict[str, Any], result: str | None
    ) -> None:
        item.content = {**call, "result": result}
        await self.store.save_item(item.thread_id, item, self.context)


def may_destroy(tool: Tool) -> bool:
    """By default, as the protocol has it: without a mark a tool may write, and destroy."""
    marks = tool.annotations.model_dump(by_alias=True) if tool.annotations else {}
    return marks.get("readOnlyHint") is not True and marks.get("destructiveHint") is not False


def _asking(servers: Sequence[UserMCPServer]) -> list[AskingMCPServer]:
    return [each for each in servers if isinstance(each, AskingMCPServer)]


def _question(item: ck.HiddenContextItem, title: str) -> ck.WidgetItem:
    """Shows all of the call as plain text: whoever answers has to see what they answer."""
    arguments = json.loads(item.content["waits"]["arguments"])
    card = {
        "type": "Card",
        "size": "sm",
        "children": [
            {"type": "Title", "value": f"{title}?", "size": "sm"},
            *({"type": "Text", "value": line} for line in lines_of(arguments)),
        ],
        "confirm": _button("Approve", "approve"),
        "cancel": _button("Decline", "decline"),
    }
    return ck.WidgetItem(
        id=f"{item.id}{QUESTION}",
        thread_id=item.thread_id,
        created_at=datetime.now(timezone.utc),
        widget=DynamicWidgetRoot.model_validate(card),
    )


def lines_of(arguments: dict[str, Any]) -> list[str]:
    """A line for each argument, as people write."""
    return [f"{_words(name)}: {_plain(value)}" for name, value in arguments.items()]


def _words(name: str) -> str:
    words = re.sub(r"(?<=[a-z\d])(?=[A-Z])|[_-]+", " ", name).strip().lower()
    words = re.sub(r"\b(id|url)\b", lambda found: found[0].upper(), words)
    return (words[:1].upper() + words[1:]) or name


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _button(label: str, answer: str) -> dict[str, Any]:
    return {"label": label, "action": {"type": ANSWER, "payload": answer, "handler": "server"}}


def _closed_card(question: ck.WidgetItem, outcome: str) -> ck.WidgetItem:
    card = question.widget.model_dump(mode="json", exclude_none=True, exclude={"confirm", "cancel"})
    card["children"].append({"type": "Caption", "value": outcome})
    return question.model_copy(update={"widget": DynamicWidgetRoot.model_validate(card)})
