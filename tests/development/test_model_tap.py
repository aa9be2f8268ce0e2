"""What passes to the person's own model is recorded as it was asked and said, without their key."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from openai import APIConnectionError, APIStatusError, OpenAI

from chatkit_agent.development.calls import model_calls
from chatkit_agent.development.model_tap import ModelTap
from chatkit_agent.development.saved_conversation import saved_conversation
from chatkit_agent.sandbox.model import OfflineModel, Reply, ToolCall

CALL = ToolCall("add_task", {"title": "milk"})
SAID = Reply("On it. Adding it now.", (CALL,))
ALL = {"request": {}, "events": [], "began": 0, "ended": 1e12}
ASKED: list[Any] = [{"role": "user", "content": "Add milk"}]


def ask_responses(client: OpenAI, *, stream: bool) -> None:
    answer: Any = client.responses.create(model="gpt", input=ASKED, stream=stream)
    if stream:
        list(answer)


def ask_completions(client: OpenAI, *, stream: bool) -> None:
    also: Any = {"stream_options": {"include_usage": True}} if stream else {}
    answer: Any = client.chat.completions.create(model="m", messages=ASKED, stream=stream, **also)
    if stream:
        list(answer)


def client_of(tap: ModelTap) -> OpenAI:
    return OpenAI(api_key="sk-secret", base_url=tap.url, max_retries=0)


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
@pytest.mark.parametrize("ask", [ask_responses, ask_completions])
def test_it_is_recorded_as_it_was_asked_and_said(ask: Any, *, stream: bool) -> None:
    with OfflineModel() as model, ModelTap(model.url) as tap:
        model.script([SAID])
        ask(client_of(tap), stream=stream)
        (call,) = model_calls(tap.requests, 0)
        (direct,) = model_calls(model.requests, 0)
        assert model.requests[0].headers["authorization"] == "Bearer sk-secret"
    for name in ("model", "instructions", "input", "tools", "usage"):
        assert call[name] == direct[name], name
    assert call["reply"]["text"] == SAID.text
    (made,) = call["reply"]["calls"]
    assert made == {"name": "add_task", "arguments": '{"title": "milk"}'}
    assert (call["problem"], call["hung_up"]) == ("", False)
    assert "sk-secret" not in repr(tap.requests)
    kept = saved_conversation([ALL], tap.requests, (), ())
    (answer,) = kept["model"]
    assert answer["stream"] is stream
    assert "Adding" in answer["text"]


def test_a_refusal_is_shown_in_its_own_words() -> None:
    with OfflineModel() as model, ModelTap(model.url) as tap:
        model.behave(status=401)
        with pytest.raises(APIStatusError, match="Incorrect API key"):
            ask_responses(client_of(tap), stream=True)
        (call,) = model_calls(tap.requests, 0)
    assert call["reply"] is None
    assert call["problem"].startswith("401 ")
    assert "Incorrect API key" in call["problem"]
    assert saved_conversation([ALL], tap.requests, (), ())["model"] == []


def test_a_model_that_breaks_off_or_is_away_is_told() -> None:
    with OfflineModel() as model, ModelTap(model.url) as tap:
        model.behave(break_after=1)
        model.script([SAID])
        with pytest.raises(APIConnectionError):
            ask_responses(client_of(tap), stream=True)
        model.__exit__()
        with pytest.raises(APIStatusError, match="502"):
            ask_responses(client_of(tap), stream=True)
        broken, away = model_calls(tap.requests, 0)
    assert broken["hung_up"]
    assert away["problem"].endswith("the server does not answer")


def test_the_version_of_azures_api_goes_along() -> None:
    with OfflineModel() as model, ModelTap(f"{model.url}?api-version=2026-01-01") as tap:
        assert tap.url.endswith("/v1?api-version=2026-01-01")


@pytest.mark.parametrize("headers", [{"origin": "https://evil.example"}, {"host": "evil.example"}])
def test_a_page_of_another_site_reaches_no_model(headers: dict[str, str]) -> None:
    with OfflineModel() as model, ModelTap(model.url) as tap:
        body = {"model": "m", "input": "Spend money"}
        answer = httpx.post(f"{tap.url}/responses", json=body, headers=headers)
        assert answer.status_code in {400, 403}
        assert (tap.requests, model.requests) == ([], [])
