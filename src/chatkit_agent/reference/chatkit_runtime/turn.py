"""One request of ChatKit, and for a message its turn: the agent runs, the thread keeps it all."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from functools import partial
from typing import Any

from agents import Agent
from chatkit import types as ck
from chatkit.agents import ThreadItemConverter, stream_agent_response
from chatkit.errors import CustomStreamError
from chatkit.store import NotFoundError
from fastapi import APIRouter, Request

from ..chatkit_store import Caller, ChatStore, Settings, TooManyTurns
from . import agent_run
from .agent_options import NOT_THERE, as_asked, offered_name
from .endings import FollowedModel
from .event_queue import EventQueue, alongside
from .failures import cause, explained
from .frames import UNSAVED, once_stored, unsaved, with_zones
from .guardrails import WITHHELD, Guardrails
from .mcp import UserMCPServer, offer_together
from .message_ids import WRITING, Answer, as_cut
from .parsed_requests import Events, ParsedRequestServer
from .request_options import with_page
from .resources import Resources
from .second_answer import SecondAnswer, look_back, marker
from .settings import TurnSettings, lacking
from .thread_items import HISTORY, NOT_SAID, interrupted, withheld, within
from .thread_lock import thread_lock
from .titles import Title, first_words, model_title
from .tool_log import Context, ToolLog, TurnContext
from .tool_names import MOST_TOOLS
from .tool_results import cut_results
from .turn_report import TurnReport
from .turn_store import ShownStore, TurnStore

logger = logging.getLogger(__name__)

CHECKPOINT_SECONDS = 1

# The tools' servers are asked whether they are there while the message is being stored.
ANSWERED = (ck.ThreadsAddUserMessageReq, ck.ThreadsRetryAfterItemReq)
MALFORMED = "the malformed tools of {}: {}"
MOST_TOLD = 2000
TOO_MANY_TOOLS = "{} tools more than the {} that a model takes: choose in {}"


class TurnServer(ParsedRequestServer):
    """Serves one request: what its turn opens, it closes before it ends."""

    store: ChatStore
    settings: TurnSettings
    context: Caller
    request: Request
    context_type: type[Caller] = Caller
    settings_types: tuple[type[Settings], ...] = (TurnSettings,)
    """What has to be set; the last one is the chat's own."""
    tools: type[UserMCPServer] = UserMCPServer
    converter: ThreadItemConverter = HISTORY
    tell: Callable[[str], None] = staticmethod(logger.warning)
    """Whoever runs the chat of what it goes on without."""
    body_limits: Mapping[str, int] = {}
    """Bytes, by the type of a request that may have more than others."""

    def __init__(self, shared: Resources, context: Caller) -> None:
        super().__init__(TurnStore.of(shared.store))
        self.settings = shared.settings
        shows = shared.settings.reasoning_summary is not None
        self.model = FollowedModel(shared.model, shared.settings.model_seconds, shows)
        self.client = shared.client
        self._connections = shared.connections
        self.context = context
        self.goes_on = False
        """The answer is written to its end though nobody reads it, unless it is stopped."""
        self.tool_choice: str | None = None
        self._has_several = False
        self._opened = AsyncExitStack()
        self._wanted: Sequence[UserMCPServer] = ()
        self._lending: Awaitable[list[UserMCPServer]] | None = None
        self._again: SecondAnswer | None = None
        self._calls: ToolLog | None = None
        self._guardrails: Guardrails | None = None
        self._title: Title | None = None
        self._question: ck.UserMessageItem | None = None
        self.report = TurnReport(shared.settings.model, context)

    @classmethod
    def add_routes(cls, router: APIRouter, path: str, parts: Callable[[], Resources]) -> None:
        """A subclass may have routes below `path`, which get what the requests share."""

    @classmethod
    def missing(cls) -> list[str]:
        """The names of what has to be set before this chat can answer."""
        return [name for kind in cls.settings_types for name in lacking(kind)]

    @classmethod
    def open(cls) -> Resources:
        """Connects to nothing yet."""
        raise NotImplementedError

    async def answer(self, request: ck.NonStreamingReq) -> bytes:
        self.store = ShownStore.of(self.store, self.goes_on)
        return await self.whole(request, self.context)

    async def stream(self, request: ck.StreamingReq) -> AsyncIterator[bytes]:
        """The events of one turn, as server-sent events; in each thread, one turn at a time."""
        thread_id = getattr(request.params, "thread_id", None)
        async with AsyncExitStack() as turn:
            turn.push(self.report.write)
            if thread_id is not None:
                await turn.enter_async_context(self._lock(thread_id))
            else:  # saving would be tried again and again before anybody is told
                await self.store.ping()
            if isinstance(request, ck.ThreadsRetryAfterItemReq):
                is_call = self.outlives_retry
                self._again = await look_back(self.store, request.params, is_call, self.context)
            turn.push_async_callback(self._opened.aclose)
            if isinstance(request, ANSWERED):
                self._lending = alongside(self._lend(), self._opened)
            events = self.streamed(request, self.context)
            async for event in once_stored(events, 0 if thread_id else 1):
                if thread_id is None:
                    thread_id = json.loads(event.removeprefix(b"data: "))["thread"]["id"]
                    await self._hold_new(thread_id, turn)
                self.report["thread"] = thread_id
                if event.startswith(UNSAVED):
                    yield await unsaved(self.store, thread_id, self.context)
                else:
                    yield with_zones(event)

    def _lock(self, thread_id: str) -> AbstractAsyncContextManager[None]:
        most = self.settings.turns_per_user
        return thread_lock(self.store, thread_id, self.context, most, self.goes_on)

    async def _hold_new(self, thread_id: str, turn: AsyncExitStack) -> None:
        try:
            await turn.enter_async_context(self._lock(thread_id))
        except TooManyTurns:
            await self.store.delete_thread(thread_id, self.context)
            raise

    async def _lend(self) -> list[UserMCPServer]:
        self._wanted = self.make_tools()
        lent = self._connections.lend(self._wanted, self.settings.mcp_connect_seconds)
        return await self._opened.enter_async_context(lent)

    async def followed(self, usual: Events, context: Caller) -> Events:
        # The SDK would first delete what came after the message.
        again, events = self._again, usual
        if again is not None:
            thread = await self.store.load_thread(again.message.thread_id, context)
            events = self.stored(
                thread, context, partial(self._answer_again, thread, again, context)
            )
        async for event in events:
            if again is not None and again.has_failed and isinstance(event, ck.ErrorEvent):
                for each in again.taken_back():
                    yield each
            yield self._translated(event)

    def _translated(self, event: ck.ThreadStreamEvent) -> ck.ThreadStreamEvent:
        if isinstance(event, (ck.ErrorEvent, ck.NoticeEvent)) and event.message:
            event.message = self.translate(event.message, self.context.locale)
        return event

    async def _answer_again(
        self, thread: ck.ThreadMetadata, again: SecondAnswer, context: Caller
    ) -> AsyncIterator[ck.ThreadStreamEvent]:
        if again.ends_within_steps:
            again.mark = self.store.generate_item_id("message", thread, context)
            again.made.append(again.mark)
            await self.store.save_item(thread.id, marker(thread.id, again.mark), context)
        try:
            async for event in self.respond(thread, again.message, context):
                again.note(event)
                yield event
        except Exception:
            await self.store.delete_items(thread.id, again.made, context)
            again.has_failed = True
            raise
        if again.answers:
            await again.replace(self.store, context)

    def outlives_retry(self, item: ck.ThreadItem) -> bool:
        """What tools have done stays known, whatever is answered then."""
        content = item.content if isinstance(item, ck.HiddenContextItem) else None
        return isinstance(content, dict) and "tool" in content

    @classmethod
    def translate(cls, message: str, locale: str | None) -> str:
        """What people are told when something goes wrong, in their language."""
        return message

    async def respond(
        self,
        thread: ck.ThreadMetadata,
        input_user_message: ck.UserMessageItem | None,
        context: Caller,
    ) -> AsyncIterator[ck.ThreadStreamEvent]:
        self._question = input_user_message
        if thread.title is None and input_user_message is not None:
            self._title = Title(thread, input_user_message, self.make_title)
            self._opened.callback(self._title.stop)
        yield ck.ProgressUpdateEvent(text=agent_run.THINKING)
        servers = await (self._lending or self._lend())
        if len(servers) < len(self._wanted):
            yield ck.NoticeEvent(level="warning", message="Some tools cannot be reached right now.")
        self._has_several = len(self._wanted) > 1
        try:
            async for event in self._run(thread, servers):
                yield event
        except Exception as error:
            is_withheld = isinstance(error, WITHHELD)
            if is_withheld or not self._again:
                await self._withhold(
                    thread, self._calls.made if is_withheld and self._calls else ()
                )
            raise self._explained(error) from error
        if self._title is not None:
            await self._title.give(self.store, context)

    async def make_title(self, message: ck.UserMessageItem) -> str | None:
        """Of a new conversation, by its first message."""
        if self.settings.titles == "model":
            return await model_title(message, self.model, self.settings)
        return first_words(message)

    def make_tools(self) -> list[UserMCPServer]:
        """Each place that has tools, before anything is connected."""
        wanted = self.settings.tool_servers
        return [self.tools(each, self.settings, self.context) for each in wanted]

    def make_agent(self, servers: Sequence[UserMCPServer]) -> Agent[Context]:
        raise NotImplementedError

    def make_tool_log(self, servers: Sequence[UserMCPServer]) -> ToolLog:
        return ToolLog(servers, self.report["tools"])

    def make_answer(self, new_id: Callable[[], str]) -> Answer:
        return Answer(new_id)

    async def _run(
        self, thread: ck.ThreadMetadata, servers: Sequence[UserMCPServer]
    ) -> AsyncIterator[ck.ThreadStreamEvent]:
        chat = TurnContext(thread=thread, store=self.store, request_context=self.context)
        self._calls = calls = self.make_tool_log(servers)
        agent = self.make_agent(servers)
        self._offer(agent, servers)
        tool = self.tool_choice and offered_name(self.tool_choice, agent, servers)
        if self.tool_choice and not tool:
            yield ck.NoticeEvent(level="warning", message=NOT_THERE)
        agent = as_asked(agent, self.settings, self.context.locale, tool)
        self._guardrails = guardrails = Guardrails(agent)
        items = with_page(await self._history(thread), self.context.page)
        result = agent_run.begin(agent, items, chat, calls, self.settings)
        guardrails.follow(result)
        events = EventQueue(stream_agent_response(chat, result))
        # Opened last, closed first: the run ends before the connections of its tools do.
        self._opened.push_async_callback(agent_run.end, result, events, chat)
        failure: Exception | None = None
        try:
            async for event in self._kept(events, thread, guardrails):
                yield event
        except Exception as error:
            failure = error
        if not isinstance(failure, WITHHELD):
            left = calls.ended(chat.workflow_item) if failure else []
            for event in [*left, *self.closing_events()]:
                yield event
            failure = self.model.ending.error or failure
        if failure is not None:
            raise failure
        self.report.count_tokens(result)

    def _offer(self, agent: Agent[Context], servers: Sequence[UserMCPServer]) -> None:
        for server in servers:
            if server.malformed:
                self.tell(MALFORMED.format(server.name, ", ".join(server.malformed)[:MOST_TOLD]))
        taken = [tool.name for tool in agent.tools]
        if left_out := offer_together(servers, self._has_several, taken):
            variable = self.settings.variable("MCP_TOOLS")
            self.tell(TOO_MANY_TOOLS.format(len(left_out), MOST_TOOLS, variable))

    def closing_events(self) -> list[ck.ThreadStreamEvent]:
        """What an answer ends with, however it ended."""
        return []

    async def _history(self, thread: ck.ThreadMetadata) -> list[Any]:
        limit, again = self.settings.history_items, self._again
        after = again.message.id if again else None
        page = await self.store.load_thread_items(thread.id, after, limit, "desc", self.context)
        # Newest first.
        latest = [*again.calls[::-1], again.message] if again else []
        items = within([*latest, *page.data], self.settings.history_chars)
        told = await self.converter.to_agent_input(items[::-1])
        return cut_results(told, self.settings.mcp_result_chars)

    async def _withhold(
        self, thread: ck.ThreadMetadata, calls: Sequence[ck.HiddenContextItem] = ()
    ) -> None:
        """What no guardrail has let through is not told to the model later either."""
        for item in calls:
            item.content = {**item.content, "result": NOT_SAID}
            await self.store.save_item(thread.id, item, self.context)
        if self._question and self._guardrails and not self._guardrails.let_question_through:
            if self._title is not None:
                await self._title.take_back(self.store, self.context)
            item_id = self.store.generate_item_id("message", thread, self.context)
            mark = withheld(thread.id, item_id, self._question.id)
            await self.store.save_item(thread.id, mark, self.context)

    async def _kept(
        self,
        events: EventQueue[ck.ThreadStreamEvent],
        thread: ck.ThreadMetadata,
        guardrails: Guardrails,
    ) -> AsyncIterator[ck.ThreadStreamEvent]:
        """The events; what was said so far is saved each second, and when the answer breaks off."""
        answer = self.make_answer(
            lambda: self.store.generate_item_id("message", thread, self.context)
        )
        try:
            async for event in events.paced(CHECKPOINT_SECONDS, lambda: self._save(answer)):
                if self._title and guardrails.let_question_through:
                    self._title.begin()
                ours = [] if await self._is_never_shown(event, answer) else answer.follow(event)
                if answer.unfinished:
                    self.report.setdefault("first_text_ms", self.report.elapsed)
                for each in ours:
                    if self._calls:
                        self._calls.cite(each)
                    for passed in guardrails.let_through(each):
                        yield passed
        except Exception as error:
            for each in guardrails.left_of(answer, error):
                yield each
            raise
        is_cut = self.model.ending.error and self.model.ending.has_text
        ended = answer.cut() if is_cut else answer.finished()
        for each in [*guardrails.kept_back(), *ended]:
            yield each

    async def _is_never_shown(self, event: ck.ThreadStreamEvent, answer: Answer) -> bool:
        """The SDK also removes by the ids that calls of tools have at the provider."""
        if not isinstance(event, ck.ThreadItemRemovedEvent) or answer.knows(event.item_id):
            return False
        thread_id = self.report["thread"]
        return not await self.store.has_item(thread_id, event.item_id, self.context)

    async def _save(self, answer: Answer) -> None:
        if self._again or (self._guardrails and self._guardrails.may_stop_answer):
            return  # the answer before is there, or this one may not stay
        for item in answer.so_far(WRITING):
            await self.store.save_item(item.thread_id, item, self.context)

    def _explained(self, error: Exception) -> CustomStreamError:
        error = cause(error)
        self.report["outcome"] = getattr(error, "code", None) or type(error).__name__
        return explained(error, self.context.token, self.settings.variable)

    async def handle_stream_cancelled(
        self, thread: ck.ThreadMetadata, pending_items: list[ck.ThreadItem], context: Caller
    ) -> None:
        self.report["outcome"] = "stopped"
        await self._opened.aclose()  # the model and the tools stop before anything else
        self._guardrails = self._guardrails or Guardrails(self.make_agent([]))
        with suppress(NotFoundError):  # it may be the conversation itself that is gone
            again = self._again
            if again and await again.is_seen(self.store, context):
                await again.replace(self.store, context)
                again = None
            is_unchecked = self._guardrails.may_stop_answer
            left = [] if again or is_unchecked else [as_cut(each) for each in pending_items]
            await super().handle_stream_cancelled(thread, left, context)
            if not self._again:
                await self._withhold(thread)
            elif again:
                await self.store.delete_items(thread.id, again.made, context)
            open_steps = [each for each in pending_items if isinstance(each, ck.WorkflowItem)]
            closed = self._calls.broken_off(None) if self._calls else ()
            for item in (*map(interrupted, open_steps), *closed):
                await self.store.save_item(thread.id, item, context)

    async def add_feedback(
        self,
        thread_id: str,
        item_ids: list[str],
        feedback: ck.FeedbackKind,
        context: Caller,
    ) -> None:
        await self.store.save_feedback(thread_id, item_ids, feedback, context)
