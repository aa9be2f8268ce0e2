"""A page loads little for a chat, and the rest of the element when it is first needed."""

from __future__ import annotations

import gzip
from typing import Any

from chatkit_agent.sandbox.model import OfflineModel
from chatkit_agent.sandbox.turns import Reply, ToolCall

from ..reference.toolbox import Toolbox
from .browsing import Open, Visit
from .conftest import STATIC

STAGE = "/stage/static/"
# What a browser loads for a chat, each file compressed by itself as a server sends it.
MOST_BYTES = 52_400
ANSWER = "# Done\n\nYour **list** has:\n\n- milk\n- bread\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"


def loaded(chat: Visit) -> set[str]:
    return {url.partition(STAGE)[2] for url in chat.requests if STAGE in url}


def test_a_chat_loads_little(visit: Open, configured: OfflineModel, toolbox: Toolbox) -> None:
    """Conversations, a question, a step of a tool, an answer in Markdown, a rename."""
    call = ToolCall("add_task", {"title": "Milk"})
    configured.script([Reply(calls=(call,)), ANSWER])
    chat = visit()
    chat.say("Hello")
    chat.find(".step").first.wait_for()
    chat.find(".assistant_message table").wait_for()
    files = loaded(chat)
    assert {"chatkit-panel.js", "vendor/marked.js", "views/thread.js"} <= files
    size = sum(len(gzip.compress((STATIC / name).read_bytes(), 9)) for name in files)
    assert size <= MOST_BYTES, (size, sorted(files))


def test_what_cannot_be_loaded_is_tried_again(visit: Open) -> None:
    chat = visit()
    chat.page.route("**/widgets/*", lambda route: route.abort())
    chat.send("show widget Card")
    chat.find("[role=alert] button").first.wait_for()
    chat.page.unroute("**/widgets/*")
    chat.find("[role=alert] button").first.click()
    chat.find(".w-card").first.wait_for()


SLOW = """{
  const { setTimeout } = globalThis;
  globalThis.requestAnimationFrame = (then) => setTimeout(then, 1000);
  globalThis.setTimeout = (then, time) => setTimeout(then, time === 100 ? 1000 : time);
}"""


def test_what_is_loaded_between_drawing_and_its_effects_is_shown(visit: Open) -> None:
    chat = visit()
    chat.say("show sources")
    thread = chat.thread
    held: list[Any] = []
    chat.page.add_init_script(SLOW)
    chat.page.route("**/vendor/marked.js", lambda route: held.append(route))
    chat.page.reload()
    chat.until(lambda: chat.count("ready"))
    chat.page.evaluate("(thread) => void panel.setThreadId(thread)", thread)
    chat.find(".assistant_message .markdown").wait_for()
    held[0].continue_()
    chat.find(".assistant_message .block").wait_for()
