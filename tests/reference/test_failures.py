"""What providers refuse with is told as what it is, in whose words they ever say it."""

from __future__ import annotations

import importlib
import time
from typing import Any

import httpx
import openai
import pytest

from .conftest import TARGET

TOO_LONG = "too long for the model"
FILTER = "content filter"
QUOTA = "quota"
KEY = "OPENAI_API_KEY"
MODEL = "does not have the configured model"
LIMIT = "limit of requests"
BUSY = "too much to do"
LATE = "in time"
SAID: tuple[tuple[str, int, str, str | None], ...] = (
    (TOO_LONG, 400, "This model's maximum prompt length is 131072, not 537812 tokens.", None),
    (TOO_LONG, 400, "The prompt (length 5000) is longer than the maximum model length", None),
    (TOO_LONG, 422, "`inputs` tokens + `max_new_tokens` must be <= 4096", None),
    (TOO_LONG, 422, "`inputs` must have less than 1024 tokens. Given: 2000", None),
    (TOO_LONG, 400, "Range of input length should be [1, 30720]", None),
    (TOO_LONG, 400, "Your request exceeded model token limit: 8192", None),
    (TOO_LONG, 400, "prompt is too long: 210000 tokens > 200000 maximum", None),
    (TOO_LONG, 400, "string too long", "string_above_max_length"),
    (TOO_LONG, 413, "Request Entity Too Large", None),
    ("did not accept", 400, "max_tokens is too large: 100000. It supports at most 16384.", None),
    ("did not accept", 400, "'temperature' is not supported with this model.", None),
    (FILTER, 400, "Rejected as a result of our safety system.", "moderation_blocked"),
    (FILTER, 403, "It requires moderation. Your input was flagged for violence.", None),
    (FILTER, 400, "Content Exists Risk", "invalid_request_error"),
    (FILTER, 400, "Input data may contain inappropriate content.", "data_inspection_failed"),
    (FILTER, 403, "Content violates usage guidelines.", None),
    (FILTER, 400, "Invalid prompt: flagged as violating our usage policy.", "invalid_prompt"),
    (QUOTA, 402, "Payment Required", None),
    (QUOTA, 400, "Your credit balance is too low.", None),
    (QUOTA, 429, "Your team has used all available credits.", None),
    (QUOTA, 403, "Key limit exceeded (total limit).", None),
    (KEY, 400, "API key not valid. Please pass a valid API key.", None),
    (KEY, 400, "Incorrect API key provided: sk-x.", None),
    (KEY, 403, "Missing API key", None),
    (MODEL, 400, "Invalid model: some-model", None),
    (MODEL, 400, "Model Not Exist", None),
    (MODEL, 400, "some/model is not a valid model ID", None),
    (MODEL, 403, "The project does not have access to model `m`", "model_not_found"),
    (MODEL, 400, "The requested model is not supported.", "model_not_supported"),
    (MODEL, 400, "The model `m` has been decommissioned.", "model_decommissioned"),
    (MODEL, 404, "The API deployment for this resource does not exist.", "DeploymentNotFound"),
    ("OPENAI_BASE_URL", 404, "Resource not found", "404"),
    ("OPENAI_BASE_URL", 404, "404 page not found", None),
    (LIMIT, 429, "You exceeded your current quota. Please retry in 31.2s.", None),
    (LIMIT, 429, "Too many tokens, please wait before trying again.", None),
    (LIMIT, 413, "Request too large on tokens per minute", "rate_limit_exceeded"),
    (BUSY, 503, "The model is overloaded. Please try again later.", None),
    (BUSY, 529, "Overloaded", "overloaded_error"),
    (BUSY, 400, "We are out of capacity for this model.", None),
    ("did not accept", 405, "Method Not Allowed", None),
    ("did not accept", 451, "Unavailable here", None),
    (LATE, 504, "Gateway Timeout", None),
    (LATE, 408, "Request timed out", None),
    ("had an error", 502, "Bad Gateway", None),
)


def explained(status: int, message: str, code: str | None = None) -> Any:
    failures: Any = importlib.import_module(f"{TARGET}.chatkit_runtime.failures")
    body = {"error": {"message": message, "type": None, "code": code}}
    request = httpx.Request("POST", "http://model.example/v1/responses")
    answer = httpx.Response(status, json=body, request=request)
    error = openai.AsyncOpenAI(api_key="sk")._make_status_error_from_response(answer)
    return failures.explained(error, None, str.upper)


@pytest.mark.parametrize(("told", "status", "message", "code"), SAID)
def test_each_refusal_is_told_as_what_it_is(
    told: str, status: int, message: str, code: str | None
) -> None:
    said = explained(status, message, code)
    assert told in said.message
    assert said.allow_retry is (told in {LIMIT, BUSY, LATE, "had an error"})


def test_a_refusal_that_repeats_all_that_was_sent_takes_no_time() -> None:
    began = time.process_time()
    assert TOO_LONG in explained(400, f"The prompt is too long: {'x' * 2_000_000}").message
    assert "did not accept" in explained(400, "x" * 2_000_000).message
    assert time.process_time() - began < 1
