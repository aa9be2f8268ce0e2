"""The page stays smooth: no task of its main thread is long, however much there is and comes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from chatkit_agent.sandbox.model import OfflineModel

from .browsing import Browsing, Open, Visit
from .long_threads import fill_thread

FRAME_MS = 50
WORDS = " ".join(f"word{number}" for number in range(300))
# 20,000 tokens and more, of each kind that may be one block only.
LONG_ANSWERS = {
    "paragraphs": ("A paragraph with **bold** words, `code` and a [link](/here).\n\n" * 1300, ""),
    "list": ("- an item with **bold** words and `code` of usual length\n" * 1400, "- "),
    "table": (
        "| a | b |\n|---|---|\n" + "| a cell of some words | **bold** words and `code` |\n" * 1000,
        "| a ",
    ),
    "coloured code": ("```python\n" + "value = compute(first, 'second', 3)  # why\n" * 420, ""),
    "code": ("```python\n" + "value = compute(first, 'second', 3)  # why\n" * 1800, ""),
    "paragraph": ("Some words of one paragraph that has **no** end at all. " * 1400, ""),
}
BEGINS = """(text) => {
  const content = [{ type: "output_text", text, annotations: [] }];
  const item = { id: "m", type: "assistant_message", content };
  panel.session.set({ answering: true });
  panel.session.receive({ type: "thread.item.added", item });
}"""
GOES_ON = """async (more) => {
  for (let number = 0; number < 300; number += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    const delta = number % 10 ? `word${number} ` : `\n${more}`;
    const update = { type: "assistant_message.content_part.text_delta", content_index: 0, delta };
    panel.session.receive({ type: "thread.item.updated", item_id: "m", update });
  }
  panel.session.finish();
}"""
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


@pytest.mark.parametrize("kind", LONG_ANSWERS)
def test_a_long_answer_drops_no_frame(visit: Open, traced: Any, kind: str) -> None:
    """The last 300 tokens of 20,000, at 100 a second."""
    chat = visit()
    text, more = LONG_ANSWERS[kind]
    chat.page.evaluate(BEGINS, text.rstrip())
    message = chat.find(".assistant_message")
    message.locator(".block").first.wait_for()  # what came before is drawn as Markdown
    chat.page.wait_for_timeout(500)
    longest = traced(chat, lambda: chat.page.evaluate(GOES_ON, more))
    chat.until(lambda: "word299" in message.inner_text())
    assert longest[0] < FRAME_MS, longest
