"""A conversation is saved with what the model and the tools said while it went on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chatkit_agent.development.saved_conversation import saved_conversation
from chatkit_agent.sandbox.mcp_server import Call
from chatkit_agent.sandbox.model import ModelRequest
from chatkit_agent.sandbox.turns import Reply

RESPONSES, COMPLETIONS = "/v1/responses", "/v1/chat/completions"
ASKED = {"input": "Hello", "messages": [{"role": "user", "content": "Hello"}]}
STEPS = [
    {"request": {"type": "threads.create"}, "events": [{"type": "x"}], "began": 10.0, "ended": 20.0}
]


def asked(path: str, began: float, reply: Reply | None, *, stream: bool = False) -> ModelRequest:
    body = {**ASKED, "stream": stream}
    return ModelRequest("POST", path, {}, json.dumps(body), body, began=began, reply=reply)


def called(began: float) -> Call:
    return Call("list_tasks", {"all": True}, "Bearer of-alice", began, result="none")


def saved(requests: list[ModelRequest], calls: list[Call]) -> dict[str, Any]:
    return saved_conversation(STEPS, requests, calls, [{"name": "list_tasks"}])


@pytest.mark.parametrize(
    ("began", "is_of_it"), [(9.9, False), (10.0, True), (15.0, True), (20.0, True), (20.1, False)]
)
def test_what_went_on_meanwhile(began: float, is_of_it: bool) -> None:
    kept = saved([asked(RESPONSES, began, Reply("Hi"))], [called(began)])
    assert (len(kept["model"]), len(kept["calls"])) == (is_of_it, is_of_it)
    assert kept["steps"] == [{"request": {"type": "threads.create"}, "events": [{"type": "x"}]}]
    assert kept["tools"] == [{"name": "list_tasks"}]


def test_a_call_without_whose_token_it_was() -> None:
    [call] = saved([], [called(12.0)])["calls"]
    assert call == {
        "tool": "list_tasks",
        "arguments": {"all": True},
        "result": "none",
        "failed": False,
    }


@pytest.mark.parametrize("path", [RESPONSES, COMPLETIONS])
def test_an_answer_of_the_offline_model(path: str) -> None:
    [whole] = saved([asked(path, 12.0, Reply("Hi there"))], [])["model"]
    assert (whole["stream"], whole["asked"]) == (False, {**ASKED, "stream": False})
    assert "Hi there" in json.dumps(json.loads(whole["text"]))
    [streamed] = saved([asked(path, 12.0, Reply("Hi there"), stream=True)], [])["model"]
    assert streamed["stream"]
    assert streamed["text"].count("data: ") > 3
    assert '" there"' in streamed["text"]


def test_an_answer_of_a_model_is_kept_as_it_came() -> None:
    request = asked(RESPONSES, 12.0, Reply("Hi"), stream=True)
    request.answered = "data: it\n\n"
    [kept] = saved([request], [])["model"]
    assert kept == {"stream": True, "text": "data: it\n\n", "asked": request.body}


def test_a_request_that_nobody_answered() -> None:
    assert saved([asked(RESPONSES, 12.0, None)], [])["model"] == []
