"""A turn, its model calls and its tool calls are spans of one trace, with nothing personal."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from fastapi import FastAPI
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chatkit_agent.sandbox.model import ToolCall
from chatkit_agent.sandbox.serving import served

from .conftest import TARGET, chat_with


@pytest.fixture
def spans(services: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    module = importlib.import_module(f"{TARGET}.chatkit_runtime.telemetry")
    monkeypatch.setattr(module, "TRACER", provider.get_tracer("chatkit"))
    yield exporter
    provider.shutdown()


@pytest.fixture
def chat_url(
    services: ModuleType,
    configured: Callable[..., None],
    verified_user: Any,
    spans: InMemorySpanExporter,
) -> Iterator[str]:
    chat = importlib.import_module(f"{TARGET}.chatkit_runtime.telemetry").Telemetry
    app = FastAPI()
    app.include_router(
        services.create_chatkit_router(current_user=verified_user, server=chat_with(chat))
    )
    with served(app) as url:
        yield url


def finished(spans: InMemorySpanExporter, name: str = "chatkit.turn") -> dict[str, Any]:
    """The spans of a turn by name, once that has ended."""
    until = time.monotonic() + 10
    while name not in (found := {span.name: span for span in spans.get_finished_spans()}):
        assert time.monotonic() < until, sorted(found)
        time.sleep(0.05)
    return found


def test_a_turn_is_one_trace(
    toolbox: Any, person: Callable[..., Any], offline_model: Any, spans: InMemorySpanExporter
) -> None:
    offline_model.script([ToolCall("add_task", {"title": "milk"}), "Added."])
    assert person().say("Add milk").text == "Added."
    found = finished(spans)
    turn = found["chatkit.turn"]
    model = next(span for name, span in found.items() if name.startswith("chat "))
    tool = found["execute_tool add_task"]
    for span in (model, tool):
        assert span.parent.span_id == turn.context.span_id
        assert span.context.trace_id == turn.context.trace_id
    assert turn.attributes["chatkit.operation"] == "threads.create"
    assert turn.attributes["chatkit.outcome"] == "done"
    assert turn.attributes["chatkit.tools"] == 1
    assert model.attributes["gen_ai.usage.output_tokens"] > 0
    assert sum(span.name.startswith("chat ") for span in spans.get_finished_spans()) == 2


def test_nothing_personal_is_in_a_span(
    toolbox: Any, person: Callable[..., Any], offline_model: Any, spans: InMemorySpanExporter
) -> None:
    alice = person("alice@example.com", nickname="Alice Liddell")
    offline_model.script([ToolCall("add_task", {"title": "a secret wish"}), "Noted: a wish."])
    alice.say("Add my secret wish")
    finished(spans)
    text = "".join(span.to_json() for span in spans.get_finished_spans())
    for words in ("alice", "Alice", "wish", alice.token, alice.token.split(".")[1]):
        assert words not in text


def test_failures_are_told_apart(
    toolbox: Any, person: Callable[..., Any], offline_model: Any, spans: InMemorySpanExporter
) -> None:
    alice = person()
    offline_model.script([ToolCall("explode", {}), "Oh."])
    alice.say("Explode")
    found = finished(spans)
    assert not found["execute_tool explode"].status.is_ok
    assert "hunter2" not in found["execute_tool explode"].to_json()
    assert found["chatkit.turn"].status.status_code.name == "UNSET"
    spans.clear()
    offline_model.behave(401)
    alice.say("Hello")
    found = finished(spans)
    assert found["chatkit.turn"].attributes["chatkit.outcome"] == "invalid_api_key"
    assert not found["chatkit.turn"].status.is_ok


def test_a_stopped_turn_leaves_no_span_open(
    person: Callable[..., Any], offline_model: Any, spans: InMemorySpanExporter
) -> None:
    alice = person()
    offline_model.behave(seconds_per_word=0.1)
    offline_model.script(["word " * 100])
    with alice.saying("Talk") as events:
        for event in events:
            if event.get("update", {}).get("type", "").endswith("text_delta"):
                break
    found = finished(spans)
    assert found["chatkit.turn"].attributes["chatkit.outcome"] == "stopped"
    assert any(name.startswith("chat ") for name in found)


def test_without_an_sdk_it_costs_nothing_and_works(
    services: ModuleType, configured: Callable[..., None], verified_user: Any, make_person: Any
) -> None:
    chat = importlib.import_module(f"{TARGET}.chatkit_runtime.telemetry").Telemetry
    app = FastAPI()
    app.include_router(
        services.create_chatkit_router(current_user=verified_user, server=chat_with(chat))
    )
    with served(app) as url:
        assert make_person(url).say("Hello").text
