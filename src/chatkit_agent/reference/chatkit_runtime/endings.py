"""How a model's response ended: what is no answer is noted, and what was said of it is kept."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from json import JSONDecodeError
from typing import Any
from uuid import uuid4

from agents import Model, ModelResponse
from agents.retry import ModelRetryAdvice, ModelRetryAdviceRequest
from openai.types.responses import (
    Response,
    ResponseCompletedEvent,
    ResponseOutputText,
    ResponseStreamEvent,
)
from openai.types.responses.response_output_text import Annotation
from pydantic import BaseModel, TypeAdapter, ValidationError

from .message_order import fitted_arguments
from .model_events import made
from .silence import LINGER_SECONDS, Silence
from .text_deltas import TEXT_OF, joined
from .thoughts import Thoughts, without_thoughts

LAST = {"response.completed", "response.incomplete", "response.failed", "error", "response.error"}
ARGUMENTS = "response.function_call_arguments.delta"
# A burst would be read to its end before anybody is shown its first word.
FIRST_WORD_SECONDS = 0.003
ANNOTATED = "response.output_text.annotation.added"
ANNOTATION: TypeAdapter[Annotation] = TypeAdapter(Annotation)
WITH_PARTS = {"response.output_item.added", "response.output_item.done"}
NOT_SAID = {"message", "reasoning"}
PARTS = {"output_text", "refusal"}
"""Of a message, those that ChatKit can show."""


# Why an answer ended, by what the many words of providers have in common. Others are a whole one.
ENDS = {
    "content_filter": re.compile(
        "filter|safety|sensitive|refus|recit|prohibit|block|spii|guardrail|toxic"
    ),
    "max_output_tokens": re.compile("length|limit|max|window"),
    "server_error": re.compile("error|abort|cancel|resource|malformed|fail"),
}


class AnswerEnded(Exception):
    """A response that is no whole answer. `code` is the provider's word for why."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(f"{code} {message}".strip())
        self.code = code


@dataclass
class Ending:
    """Of the latest response of one turn."""

    error: Exception | None = None
    has_text: bool = False
    said: list[str] = field(default_factory=list)
    finish: str = ""
    """What Chat Completions say at the end: their text alone would look whole."""

    def begin(self) -> None:
        self.error, self.has_text, self.said, self.finish = None, False, [], ""

    def note(self, event: Any) -> None:
        """Keeps what it says; a whole message says again what its pieces have said."""
        is_piece = event.type in {"response.output_text.delta", "response.refusal.delta"}
        is_whole = event.type == "response.output_item.done"
        text = event.delta if is_piece else _text_of(event.item) if is_whole else ""
        if text and not (is_whole and text in "".join(self.said)):
            self.said.append(text)
            self.has_text = self.has_text or bool(text.strip())


ENDING: ContextVar[Ending] = ContextVar("chatkit_ending")


class FollowedModel(Model):
    """Any model, for one turn. The SDK drops what was said before an error, so none is raised
    after the first event: it is noted, and the response ends with what was said until then."""

    def __init__(self, model: Model, seconds: float, shows_thoughts: bool = False) -> None:
        self._model = model
        self._seconds = seconds
        self._shows_thoughts = shows_thoughts
        self.ending = Ending()

    async def get_response(self, *args: Any, **options: Any) -> ModelResponse:
        try:
            whole = self._model.get_response(*args, **options)
            response = await asyncio.wait_for(whole, self._seconds)
        except asyncio.TimeoutError:
            raise AnswerEnded("timeout") from None
        without_thoughts(response.output)
        return response

    async def stream_response(
        self, *args: Any, **options: Any
    ) -> AsyncIterator[ResponseStreamEvent]:
        self.ending.begin()
        ENDING.set(self.ending)
        ids = CallIds(options.get("input") or args[1:2])
        asked = options.get("model_settings") or args[2]
        thoughts = Thoughts(
            self._shows_thoughts or bool(asked.reasoning and asked.reasoning.summary)
        )
        events = self._model.stream_response(*args, **options)
        read = _in_time(events, self._seconds, thoughts)
        async for event in joined(_follow(read, self.ending)):
            yield ids.told_apart(event)

    def get_retry_advice(self, request: ModelRetryAdviceRequest) -> ModelRetryAdvice | None:
        return self._model.get_retry_advice(request)

    async def close(self) -> None:
        await self._model.close()


def code_of_end(reason: str) -> str:
    return next((code for code, words in ENDS.items() if words.search(reason.lower())), "")


class CallIds:
    """Each call of one response under an id of its own.

    Some providers count their calls from nought in each answer, which the SDK takes for one; some
    give them no ids, or no ids of items, without which it ends the turn.
    """

    def __init__(self, asked: Any) -> None:
        items = asked[0] if isinstance(asked, tuple) and asked else asked
        given = items if isinstance(items, list) else []
        self._taken = {each["call_id"] for each in given if each.get("type") == "function_call"}
        self._ours: dict[tuple[str | None, str | None], str] = {}
        self._pieces: dict[str, list[str]] = {}

    def told_apart(self, event: Any) -> ResponseStreamEvent:
        if event.type == ARGUMENTS:
            self._pieces.setdefault(event.item_id, []).append(event.delta)
        items = [*enumerate(event.response.output)] if event.type == "response.completed" else []
        if event.type in WITH_PARTS:
            items = [(event.output_index, event.item)]
        for place, item in items:
            if item.type == "function_call":
                pieces = self._pieces.get(item.id, ())  # some say them in no other way
                item.call_id = self._id_of(item, place)
                item.id = item.id or f"fc_{item.call_id}"
                self._ours[item.id, item.call_id] = item.call_id  # it may come once more
                if event.type != "response.output_item.added":
                    item.arguments = fitted_arguments(item.arguments or "".join(pieces))
        return event  # type: ignore[no-any-return]

    def _id_of(self, item: Any, place: int) -> str:
        theirs = getattr(item, "call_id", None)
        known = (item.id, theirs) if item.id or theirs else (None, f"at {place}")
        if known not in self._ours:
            ours = theirs if theirs and theirs not in self._taken else uuid4().hex[:9]
            self._taken.add(ours)
            self._ours[known] = ours
        return self._ours[known]


async def _in_time(
    events: AsyncIterator[ResponseStreamEvent], seconds: float, thoughts: Thoughts
) -> AsyncGenerator[ResponseStreamEvent, None]:
    """Comments that keep a connection open are no events: behind them a model may be silent."""
    silence = Silence(seconds)
    try:
        silence.begin()
        async for event in events:
            silence.end()
            for each in thoughts.apart(event):
                yield each
            if event.type in LAST:
                with suppress(Exception):  # what comes now, or breaks, is no part of the answer
                    await asyncio.wait_for(_rest(events), LINGER_SECONDS)
                return
            silence.begin()
    except asyncio.CancelledError:
        if silence.is_broken():
            raise AnswerEnded("timeout") from None
        raise
    finally:
        silence.close()
        if isinstance(events, AsyncGenerator):
            await events.aclose()


async def _rest(events: AsyncIterator[ResponseStreamEvent]) -> None:
    async for _ in events:
        pass


async def _follow(
    events: AsyncGenerator[ResponseStreamEvent, None], ending: Ending
) -> AsyncIterator[ResponseStreamEvent]:
    response: Response | None = None
    did = is_last = False
    begun: set[str] = set()
    try:
        async for event in events:
            is_piece = event.type in TEXT_OF  # nearly all are: they have nothing else to look at
            found = None if is_piece else getattr(event, "response", None)
            response = found if isinstance(found, Response) else response
            is_last = event.type in LAST
            if ending.finish and not (is_last or ending.has_text):
                continue  # the SDK's own words for a filter
            had_text = ending.has_text
            ending.note(event)
            did = did or ending.has_text or _is_deed(event)
            if is_last and (code := ending.finish or _code(event)):
                raise AnswerEnded(code, _message(event))
            if event.type == "response.completed" and not (did or _did(event.response)):
                raise AnswerEnded("no_answer")
            if not is_piece:
                begun.add(getattr(getattr(event, "item", None), "id", ""))
            for each in _missing(event, begun):
                ending.note(each)
                yield each
            if _can_be_told(event):
                yield _as_text(event)
            if ending.has_text and not had_text:
                await asyncio.sleep(FIRST_WORD_SECONDS)
        if not is_last:
            raise AnswerEnded("broke_off")
    except Exception as error:
        # In the middle of an event, or of a letter.
        is_cut = isinstance(error, (JSONDecodeError, UnicodeDecodeError))
        code = ending.finish or ("broke_off" if is_cut else "")
        ending.error = AnswerEnded(code) if code else error
        if response is None:
            raise ending.error from None
        yield _cut(response, "".join(ending.said))
    finally:
        await events.aclose()


def _missing(event: Any, begun: set[str]) -> Iterator[ResponseStreamEvent]:
    """Some providers say a short message at the end of the response only."""
    items = event.response.output if event.type == "response.completed" else ()
    for at, item in enumerate(items):
        if _is_said(item) and item.id not in begun:
            empty = item.model_copy(update={"content": []})
            yield made("response.output_item.added", output_index=at, item=empty)
            _spell_out(item)
            yield made("response.output_item.done", output_index=at, item=item)


def _code(event: Any) -> str:
    """Why this last event of a response is not the end of an answer."""
    response = getattr(event, "response", None)
    if response is None:
        nested = getattr(event, "error", None)
        code = nested.get("code") if isinstance(nested, dict) else getattr(nested, "code", None)
        return str(code or getattr(event, "code", None) or "server_error")
    if response.status == "incomplete" or event.type == "response.incomplete":
        details = response.incomplete_details
        return code_of_end((details and details.reason) or "") or "broke_off"
    if response.status == "failed" or event.type == "response.failed":
        return (response.error and response.error.code) or "server_error"
    return "" if response.status in {None, "completed"} else "broke_off"


def _message(event: Any) -> str:
    """What the provider says of an error."""
    error = getattr(getattr(event, "response", event), "error", None) or event
    said = error.get("message") if isinstance(error, dict) else getattr(error, "message", "")
    return str(said or "")


def _is_said(item: Any) -> bool:
    return bool(_text_of(item).strip())


def _text_of(item: Any) -> str:
    parts = item.content if item.type == "message" else ()
    return "".join(getattr(each, "text", "") or getattr(each, "refusal", "") for each in parts)


def _is_deed(event: Any) -> bool:
    """A call of a tool, a picture, a search."""
    return event.type == "response.output_item.done" and event.item.type not in NOT_SAID


def _did(response: Response) -> bool:
    return any(each.type not in NOT_SAID or _is_said(each) for each in response.output)


def _cut(response: Response, text: str) -> ResponseCompletedEvent:
    """The end as the SDK knows it, with what guardrails have to see, and no calls: their arguments
    may be cut as well."""
    part = {"type": "output_text", "text": text, "annotations": []}
    item = {"type": "message", "id": "cut", "role": "assistant", "status": "incomplete"}
    output = [{**item, "content": [part]}]
    ended = {**response.model_dump(), "status": "completed", "output": output, "error": None}
    return ResponseCompletedEvent.model_construct(
        type="response.completed", sequence_number=0, response=Response.construct(**ended)
    )


def _as_text(event: Any) -> Any:
    """A refusal is the model's answer: the SDK would lose its words."""
    if event.type == "response.refusal.delta":
        return made("response.output_text.delta", **event.model_dump(exclude={"type"}))
    if event.type == "response.refusal.done":
        values = event.model_dump(exclude={"type", "refusal"})
        return made("response.output_text.done", text=event.refusal, **values)
    if event.type in {"response.content_part.added", "response.content_part.done"}:
        event.part = _text_part(event.part)
    elif event.type in WITH_PARTS:
        _spell_out(event.item)
    elif event.type == "response.completed":
        for item in event.response.output:
            _spell_out(item)
    return event


def _spell_out(item: Any) -> None:
    if item.type == "message":
        item.content = [_text_part(part) for part in item.content if part.type in PARTS]


def _text_part(part: Any) -> Any:
    if part.type == "output_text":
        part.annotations = [each for each in part.annotations or () if _is_readable(each)]
    if part.type != "refusal":
        return part
    return ResponseOutputText(type="output_text", text=part.refusal, annotations=[])


def _can_be_told(event: Any) -> bool:
    if event.type in {"response.content_part.added", "response.content_part.done"}:
        return event.part.type in PARTS
    return event.type != ANNOTATED or _is_readable(event.annotation)


def _is_readable(annotation: Any) -> bool:
    """By one that is not, ChatKit's SDK would end the answer."""
    given = annotation.model_dump() if isinstance(annotation, BaseModel) else annotation
    try:
        ANNOTATION.validate_python(given)
    except ValidationError:
        return False
    return True
