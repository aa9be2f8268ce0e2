"""A turn that is stopped: by the person, a slow socket, or the end of its server."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx
import pytest

from chatkit_agent.sandbox.model import ToolCall

from .people import LONG, eventually, words_of


@pytest.mark.parametrize("server", ["uvicorn", "hypercorn"])
def test_stop_keeps_what_was_said_and_ends_the_model(
    chat_process: Callable[..., Any], make_person: Any, offline_model: Any, server: str
) -> None:
    offline_model.behave(seconds_per_word=0.03)
    offline_model.script([LONG, "Second."])
    alice = make_person(chat_process(server).url)
    with alice.saying("Talk") as events:
        thread = words_of(events, 10)["thread"]["id"]
    alice.http.close()
    alice = make_person(str(alice.http.base_url))
    titled = alice.ask("threads.get_by_id", thread_id=thread).json()["title"]
    # Sending right after Stop works, and knows the half answer.
    assert alice.say("And now", thread).text == "Second."
    kept = alice.items(thread)[1]["content"][0]["text"]
    assert kept.startswith("word0 word1 word2")
    assert kept.endswith(" […]")
    assert len(kept) < len(LONG)
    assert titled == "Talk"
    assert json.dumps(kept) in json.dumps(offline_model.requests[-1].body["input"])
    assert offline_model.requests[0].hung_up
    left = [task for task in alice.http.get("/tasks").json() if "stream" in task or "_run" in task]
    assert not [
        task for task in left if "EventQueue" in task or "merge" in task or "__anext__" in task
    ]


def test_stop_while_the_socket_is_slow(
    chat_process: Callable[..., Any], make_person: Any, offline_model: Any
) -> None:
    words = " ".join(["x" * 20_000] * 400)
    offline_model.script([words])
    alice = make_person(chat_process().url)
    with alice.saying("Flood me") as events:
        thread = words_of(events, 1)["thread"]["id"]
        time.sleep(1.5)  # we read nothing, and the server's buffers fill
    again = make_person(str(alice.http.base_url))
    kept = eventually(lambda: again.items(thread)[1:])
    assert kept[0]["content"][0]["text"].startswith("xxx")


def test_stop_during_a_tool_commits_once_and_calls_it_off(
    person: Callable[..., Any], toolbox: Any, offline_model: Any
) -> None:
    toolbox.delay = 20
    offline_model.script([ToolCall("add_task", {"title": "milk"}), "Done.", "I remember."])
    alice = person()
    with alice.saying("Add milk") as events:
        thread = next(events)["thread"]["id"]
        eventually(lambda: toolbox.done)
        began = time.monotonic()
    alice.http.close()
    alice = person()
    assert alice.say("Did it work", thread).text == "Done."
    assert time.monotonic() - began < 5
    assert toolbox.done == ["milk"]
    history = offline_model.requests[-1].body["input"]
    (call,) = [item for item in history if item.get("type") == "function_call"]
    (output,) = [item for item in history if item.get("type") == "function_call_output"]
    assert (call["name"], json.loads(call["arguments"])) == ("add_task", {"title": "milk"})
    assert "may or may not have taken effect" in output["output"]
    workflow = alice.items(thread)[1]["workflow"]
    assert workflow["tasks"][0]["status_indicator"] == "none"


def test_a_stopped_server_saves_and_says_goodbye(
    chat_process: Callable[..., Any], make_person: Any, offline_model: Any
) -> None:
    offline_model.behave(seconds_per_word=0.05)
    offline_model.script([LONG])
    chat = chat_process()
    alice = make_person(chat.url)
    with alice.saying("Talk") as events:
        thread = words_of(events, 5)["thread"]["id"]
        began = time.monotonic()
        chat.process.terminate()
        rest = list(events)
    assert "restarting" in rest[-1]["message"]
    chat.process.wait(timeout=5)
    assert time.monotonic() - began < 4
    alice = make_person(chat_process().url)
    kept = alice.items(thread)[1]["content"][0]["text"]
    assert kept.startswith("word0 word1")
    assert kept.endswith(" […]")
    offline_model.behave()
    assert "Hello" in alice.say("Hello", thread).text


def test_a_killed_server_leaves_what_was_said_a_second_ago(
    chat_process: Callable[..., Any], make_person: Any, offline_model: Any
) -> None:
    offline_model.behave(seconds_per_word=0.05)
    offline_model.script([LONG])
    chat = chat_process()
    alice = make_person(chat.url)
    with suppress(httpx.HTTPError), alice.saying("Talk") as events:
        thread = words_of(events, 60)["thread"]["id"]
        chat.process.kill()
    alice = make_person(chat_process().url)
    kept = alice.items(thread)[1]["content"][0]["text"]
    assert len(kept.split()) > 20
    assert kept.endswith(" […]")


def test_stop_while_tools_are_looked_for(
    person: Callable[..., Any],
    offline_model: Any,
    configured: Callable[..., None],
    broken_server: Callable[[str], str],
) -> None:
    configured(MCP_SERVER_URL=broken_server("tarpit"), MCP_CONNECT_SECONDS="3")
    alice = person()
    with alice.saying("Hello") as events:
        thread = next(event for event in events if event["type"] == "thread.created")["thread"]
        next(event for event in events if event["type"] == "progress_update")
    assert "Again" in person().say("Again", thread["id"]).text
