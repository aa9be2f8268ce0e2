"""What a stream brought, read from its frames."""

from __future__ import annotations

from chatkit_agent.evidence.run import Frame, Reply

MADE = Frame(0.1, {"type": "thread.created", "thread": {"id": "thr_1"}})
UPDATED = Frame(0.2, {"type": "thread.item.updated", "update": {"type": "workflow.task.added"}})


def delta(at: float, text: str) -> Frame:
    update = {"type": "assistant_message.content_part.text_delta", "delta": text}
    return Frame(at, {"type": "thread.item.updated", "update": update})


def test_only_text_counts_as_text() -> None:
    reply = Reply(200, "", (MADE, UPDATED, delta(0.3, "Hel"), delta(0.4, "lo")))
    assert reply.thread == "thr_1"
    assert reply.answer == "Hello"
    assert [frame.at for frame in reply.text_frames] == [0.3, 0.4]
    assert reply.failure is None


def test_an_error_event_is_the_failure_even_without_a_message() -> None:
    reply = Reply(200, "", (Frame(0.1, {"type": "error", "code": "stream.error"}),))
    assert reply.failure == "stream.error"
    assert reply.thread is None


def test_a_frame_of_another_shape_is_no_text() -> None:
    assert Frame(0.1, {"update": None}).delta == ""
    assert Frame(0.1, {}).type == ""
