"""What is shown of the model's calls: what was sent, and what changed since the call before."""

from __future__ import annotations

from typing import Any

from chatkit_agent.development.calls import model_calls
from chatkit_agent.sandbox.model import ModelRequest


def request(instructions: str, *texts: str) -> ModelRequest:
    items = [{"role": "user", "content": text} for text in texts]
    body: dict[str, Any] = {"model": "m", "instructions": instructions, "input": items}
    return ModelRequest("POST", "/v1/responses", {"authorization": "Bearer k"}, "", body)


def changes(*requests: ModelRequest) -> list[Any]:
    return [call["changed"] for call in model_calls(requests, 0.0)]


def test_a_call_is_compared_with_the_one_that_it_goes_on_from() -> None:
    first, other, second = request("a", "1"), request("t", "title"), request("b", "1", "2")
    nothing = {"same": 1, "dropped": 0, "instructions": True, "tools": False}
    assert changes(first, other, second) == [None, None, nothing]


def test_what_is_no_longer_sent_is_counted() -> None:
    (_, changed) = changes(request("a", "1", "2", "3"), request("a", "1", "4"))
    assert (changed["same"], changed["dropped"]) == (1, 2)


def test_chat_completions_and_plain_text_are_read_too() -> None:
    body = {"messages": [{"role": "user", "content": "x"}], "tools": [{"function": {"name": "f"}}]}
    asked = ModelRequest("POST", "/v1/chat/completions", {}, "", body)
    plain = ModelRequest("POST", "/v1/responses", {}, "", {"input": "hello"})
    one, two = model_calls([asked, plain], 0.0)
    assert one["tools"] == ["f"]
    assert two["input"] == [{"role": "user", "content": "hello"}]
