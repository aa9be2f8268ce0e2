"""A turn is the only one in its thread, and ends with it."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from chatkit_agent.sandbox.model import ToolCall

from .conftest import TARGET
from .people import LONG, eventually, message, words_of


def test_one_turn_at_a_time(person: Callable[..., Any], offline_model: Any) -> None:
    offline_model.behave(seconds_per_word=0.03)
    alice = person()
    offline_model.script(["Hello.", LONG])
    thread = alice.say("Hello").thread
    other = person()
    with alice.saying("Talk", thread) as events:
        words_of(events, 3)
        busy = other.ask("threads.add_user_message", thread_id=thread, input=message("Hi"))
        assert busy.status_code == 409
        assert busy.json()["error"]["code"] == "busy"
        retry = other.ask(
            "threads.retry_after_item", thread_id=thread, item_id=other.items(thread)[0]["id"]
        )
        assert retry.status_code == 409
    assert "Hi" not in str(other.items(thread))


def test_a_thread_deleted_in_a_turn_leaves_nothing(
    person: Callable[..., Any], offline_model: Any
) -> None:
    offline_model.behave(seconds_per_word=0.03)
    offline_model.script([LONG])
    alice, other = person(), person()
    with alice.saying("Talk") as events:
        thread = words_of(events, 3)["thread"]["id"]
        assert other.ask("threads.delete", thread_id=thread).status_code == 200
        rest = list(events)
    assert rest[-1]["type"] == "error"
    assert "no longer there" in rest[-1]["message"]
    eventually(lambda: offline_model.requests[0].hung_up)
    assert other.ask("threads.get_by_id", thread_id=thread).status_code == 404
    assert other.ask("threads.list").json()["data"] == []


def test_a_thread_deleted_while_a_tool_runs_is_said_to_be_gone(
    person: Callable[..., Any], toolbox: Any, offline_model: Any
) -> None:
    toolbox.delay = 1
    offline_model.script([ToolCall("add_task", {"title": "milk"}), "Done."])
    alice, other = person(), person()
    with alice.saying("Add milk") as events:
        thread = next(events)["thread"]["id"]
        eventually(lambda: toolbox.done)
        assert other.ask("threads.delete", thread_id=thread).status_code == 200
        rest = list(events)
    assert rest[-1]["type"] == "error"
    assert "no longer there" in rest[-1]["message"]


def test_a_turn_that_finds_its_thread_deleted_just_ends(
    person: Callable[..., Any],
    offline_model: Any,
    services: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    thread_lock = importlib.import_module(f"{TARGET}.chatkit_runtime.thread_lock")
    monkeypatch.setattr(thread_lock, "LOCK_SECONDS", 3)
    offline_model.behave(first_token_delay=600)
    alice, other = person(), person()
    with alice.saying("Think") as events:
        thread = next(events)["thread"]["id"]
        eventually(lambda: offline_model.requests)
        assert other.ask("threads.delete", thread_id=thread).status_code == 200
        # Its title is the last that was said of it.
        assert list(events)[-1]["type"] == "thread.updated"
    eventually(lambda: offline_model.requests[0].hung_up)
    assert [each.getMessage() for each in caplog.records if each.levelname == "ERROR"] == []
