"""The page stays smooth: no task of its main thread is long, however much there is and comes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from chatkit_agent.sandbox.model import OfflineModel

from .browsing import Browsing, Visit
from .long_threads import fill_thread

Open = Callable[..., Visit]
FRAME_MS = 50
WORDS = " ".join(f"word{number}" for number in range(300))
CATEGORIES = ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline"]


def longest_tasks(trace: bytes, pid: int | None = None) -> list[float]:
    """Milliseconds of processor time, of the longest tasks of the page's main thread.

    By the clock, what else a machine is doing would be counted too.
    """
    events = json.loads(trace)["traceEvents"]
    mains = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"].get("name") == "CrRendererMain"
    }
    tasks = [
        event.get("tdur", event.get("dur", 0)) / 1000
        for event in events
        if event["name"] in {"RunTask", "ThreadControllerImpl::RunTask"}
        and (event["pid"], event["tid"]) in mains
    ]
    return sorted(tasks, reverse=True)[:5]


@pytest.fixture
def traced(browsing: Browsing) -> Any:
    def trace(visit: Visit, do: Callable[[], None]) -> list[float]:
        browsing.browser.start_tracing(page=visit.page, categories=CATEGORIES)
        do()
        return longest_tasks(browsing.browser.stop_tracing())

    return trace


def test_a_fast_answer_in_a_long_thread_drops_no_frame(
    visit: Open, configured: OfflineModel, traced: Any
) -> None:
    chat = visit()
    thread = fill_thread("alice", 2000)
    chat.page.evaluate("(id) => panel.setThreadId(id)", thread)
    scroller = chat.find(".thread")
    for _ in range(60):
        if chat.find(".earlier").count() == 0:
            break
        scroller.evaluate("(box) => { box.scrollTop = 0 }")
        chat.page.wait_for_timeout(60)
    chat.until(lambda: chat.find(".item").count() == 2000, 60)
    scroller.evaluate("(box) => { box.scrollTop = box.scrollHeight }")
    configured.script([WORDS])
    configured.behave(seconds_per_word=0.01)
    longest = traced(chat, lambda: chat.say("Go"))
    assert "word299" in chat.answers[-1]
    assert longest[0] < FRAME_MS, longest
