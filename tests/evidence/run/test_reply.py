"""What is read of an answer, whatever a server puts into it."""

from __future__ import annotations

from typing import Any

import pytest

from chatkit_agent.evidence.run import Frame, Person, Reply, Span, Turn
from chatkit_agent.evidence.run.conversation import _confirmation, _question

TEXT = "assistant_message.content_part.text_delta"
ACTION = {"type": "delete", "payload": {"id": 7}}
CARD = {"type": "Card", "children": [{"confirm": {"label": "Yes", "action": ACTION}}]}


def frame(type_: object, at: float = 1.0, **more: Any) -> Frame:
    return Frame(at, {"type": type_, **more})


def reply(*frames: Frame, **more: Any) -> Reply:
    return Reply(200, frames=frames, ended=3.0, **more)


@pytest.mark.parametrize(
    ("update", "delta"),
    [
        ({"type": TEXT, "delta": "Hi"}, "Hi"),
        ({"type": TEXT, "delta": None}, ""),
        ({"type": TEXT}, ""),
        ({"type": "assistant_message.content_part.done", "delta": "Hi"}, ""),
        *((each, "") for each in (None, "text_delta", 7, ["text_delta"], {})),
    ],
)
def test_the_piece_of_a_frame(update: object, delta: str) -> None:
    assert frame("thread.item.updated", update=update).delta == delta


@pytest.mark.parametrize(
    ("frames", "thread"),
    [
        ([], None),
        ([frame("thread.created", thread={"id": "thr_1"})], "thr_1"),
        ([frame("thread.updated", thread={"id": "thr_1"})], None),
        *(([frame("thread.created", thread=each)], None) for each in (None, "thr_1", {}, [1])),
        ([frame("thread.created"), frame("thread.created", thread={"id": "thr_2"})], "thr_2"),
    ],
)
def test_the_thread_that_a_stream_made(frames: list[Frame], thread: str | None) -> None:
    assert reply(*frames).thread == thread


def test_items_are_those_that_are_done() -> None:
    said = reply(
        frame("thread.item.added", item={"id": "a"}),
        frame("thread.item.done", item={"id": "b"}),
        frame("thread.item.replaced", item={"id": "c"}),
        frame("thread.item.done", item="d"),
        frame("thread.item.done"),
    )
    assert [each["id"] for each in said.items] == ["b", "c"]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (reply(frame("error", message="It broke")), "It broke"),
        (reply(frame("error", code="stream.error")), "stream.error"),
        (Reply(None, error="ConnectError"), "ConnectError"),
        (reply(frame("x", update={"type": TEXT, "delta": "Hi"})), "Hi"),
        (Reply(404, "no such route"), "404 no such route"),
        (Reply(None), "no answer: None"),
    ],
)
def test_what_a_person_is_told(said: Reply, told: str) -> None:
    assert said.told == told


@pytest.mark.parametrize(
    ("at", "streamed"), [([], False), ([1.0], True), ([2.91], False), ([1.0, 2.99], True)]
)
def test_what_came_piece_by_piece(at: list[float], streamed: bool) -> None:
    frames = [frame("x", each, update={"type": TEXT, "delta": "Hi"}) for each in at]
    assert reply(*frames).streamed is streamed


def test_a_timeline() -> None:
    piece = {"type": TEXT, "delta": "Hi"}
    said = reply(
        frame("thread.created", 0.5),
        frame("thread.item.added", 0.7, item={"type": "workflow"}),
        frame("thread.item.added", 0.8, item="task"),
        frame("x", 1.0, update=piece),
        frame("x", 2.0, update=piece),
    )
    model = Span("model", "a request", 0.6, 2.0)
    assert Turn(Person("a", "t"), "Hi?", said, (), (model,)).timeline == (
        Span("browser", "first event", 0.5, 0.5),
        Span("browser", "tool step", 0.7, 0.7),
        Span("browser", "the answer", 1.0, 2.0),
        Span("browser", "the end", 3.0, 3.0),
        model,
    )


@pytest.mark.parametrize(
    ("item", "is_one"),
    [
        ({"id": "i", "type": "widget", "widget": CARD}, True),
        ({"id": "i", "type": "widget", "widget": [{"x": CARD}]}, True),
        ({"type": "widget", "widget": CARD}, False),
        ({"id": "i", "type": "message", "widget": CARD}, False),
        *(
            ({"id": "i", "type": "widget", "widget": {"confirm": each}}, False)
            for each in (None, "yes", {}, {"action": "delete"}, {"action": {"payload": {}}})
        ),
    ],
)
def test_the_button_that_says_yes(item: dict[str, Any], is_one: bool) -> None:
    said = reply(frame("thread.created", thread={"id": "t"}), frame("thread.item.done", item=item))
    pressed = {"thread_id": "t", "item_id": "i", "action": ACTION}
    assert _confirmation(said) == (pressed if is_one else None)


@pytest.mark.parametrize(
    ("item", "question"),
    [
        ({"id": "msg_1", "type": "user_message"}, "msg_1"),
        ({"id": "msg_1", "type": "assistant_message"}, None),
        ({"type": "user_message"}, None),
    ],
)
def test_the_question_that_was_kept(item: dict[str, Any], question: str | None) -> None:
    assert _question(reply(frame("thread.item.done", item=item))) == question
