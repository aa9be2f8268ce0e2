"""Why a provider failed is said in one line, with what to do next."""

from __future__ import annotations

import httpx
import openai
import pytest

from chatkit_agent.frontends.assistant.conversation import why_failed

REQUEST = httpx.Request("POST", "https://api.example.com/v1/responses")


def refused(status: int, said: str) -> openai.APIStatusError:
    response = httpx.Response(status, request=REQUEST)
    return openai.APIStatusError(said, response=response, body=None)


@pytest.mark.parametrize(
    ("error", "told", "advice"),
    [
        (refused(401, "Incorrect API key"), "answered 401: Incorrect API key", "OPENAI_API_KEY"),
        (refused(404, "no such model"), "answered 404", "--model"),
        (refused(429, "quota"), "answered 429", "Wait"),
        (refused(503, "busy"), "answered 503", "again in a moment"),
        (
            refused(400, "This model's maximum context length is 8192 tokens"),
            "maximum context length",
            "--new",
        ),
        (openai.APIConnectionError(request=REQUEST), "cannot be reached", "OPENAI_BASE_URL"),
        (ValueError("not\nJSON"), "ValueError: not JSON", "could not be asked"),
    ],
)
def test_it_says_why_and_what_to_do(error: Exception, told: str, advice: str) -> None:
    text = why_failed(error)
    assert told in text
    assert advice in text


def test_what_a_provider_sends_is_kept_short() -> None:
    assert len(why_failed(refused(500, "<html>" + "x" * 10_000))) < 500
