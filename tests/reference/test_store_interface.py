"""Another store than PostgreSQL is one class: a chat has real conversations with one in memory."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from chatkit_agent.sandbox.model import ToolCall

from .conftest import TARGET
from .memory_store import MemoryStore
from .people import Person


@pytest.fixture
def chat_url(
    services: ModuleType, configured: Callable[..., None], served_chat: Callable[..., Any]
) -> Iterator[str]:
    core = importlib.import_module(f"{TARGET}.chatkit_runtime.turn").TurnServer
    kept = MemoryStore()

    class InMemory(core):  # type: ignore[misc, valid-type]
        @classmethod
        def open(cls) -> Any:
            return replace(super().open(), store=kept)

    with served_chat(InMemory) as url:
        yield url


def test_conversations_go_on_and_are_each_persons_own(
    chat_url: str, toolbox: Any, make_person: Callable[..., Person], offline_model: Any
) -> None:
    offline_model.script([ToolCall("add_task", {"title": "milk"}), "Done.", "You asked for milk."])
    alice, bob = make_person(chat_url), make_person(chat_url, "bob")
    begun = alice.say("Add milk")
    assert begun.text == "Done."
    assert alice.say("What did I ask?", begun.thread).text == "You asked for milk."
    asked = offline_model.requests[-1].body["input"]
    assert [each.get("type", each.get("role")) for each in asked].count("function_call") == 1
    assert len([one for one in alice.items(begun.thread) if one["type"] == "user_message"]) == 2
    assert bob.ask("items.list", thread_id=begun.thread).status_code == 404
    assert alice.ask("threads.delete", thread_id=begun.thread).status_code == 200
    assert alice.ask("threads.get_by_id", thread_id=begun.thread).status_code == 404
