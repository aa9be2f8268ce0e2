"""Each error of a provider is told apart by the client's own words."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.rules.logs.model_answers import model_answers
from chatkit_agent.evidence.static import Evidence

ERRORS = {
    "model key missing": "openai.OpenAIError: The api_key client option must be set either by passing api_key to the client or by setting the OPENAI_API_KEY environment variable",
    "model key": "openai.AuthenticationError: Error code: 401 - {'error': {'message': 'Incorrect API key provided: sk-abc.', 'code': 'invalid_api_key'}}",
    "model quota": "openai.RateLimitError: Error code: 429 - {'error': {'message': 'You exceeded your current quota', 'code': 'insufficient_quota'}}",
    "model rate": "openai.RateLimitError: Error code: 429 - {'error': {'message': 'Rate limit reached for requests'}}",
    "model name": "openai.NotFoundError: Error code: 404 - {'error': {'message': 'The model `gpt-99` does not exist or you do not have access to it.', 'code': 'model_not_found'}}",
    "model name empty": "openai.BadRequestError: Error code: 400 - {'error': {'message': 'you must provide a model parameter'}}",
    "model url": "openai.NotFoundError: Error code: 404 - {'detail': 'Not Found'}",
    "model settings": "openai.BadRequestError: Error code: 400 - {'error': {'message': \"Unsupported parameter: 'temperature' is not supported with this model.\"}}",
    "completions history": "agents.exceptions.UserError: Unknown content: {'type': 'output_text', 'text': 'Hi'}",
    "model away": "openai.APIConnectionError: Connection error.",
    "model down": "the turn failed: InternalServerError: Error code: 503 - overloaded",
    "model right": "the turn failed: PermissionDeniedError: Error code: 403 - no access",
    "model request": "openai.BadRequestError: Error code: 400 - {'error': {'message': 'Invalid schema'}}",
}


@pytest.mark.parametrize(("cause", "error"), ERRORS.items())
def test_found_first(logged: Callable[[str], Evidence], cause: str, error: str) -> None:
    log = f'Traceback (most recent call last):\n  File "/srv/x.py", line 3, in go\n{error}\n'
    (finding,) = model_answers(logged(log))
    assert finding.cause == cause
    assert "sk-abc" not in repr(finding)


def test_quiet(logged: Callable[[str], Evidence]) -> None:
    assert not list(model_answers(logged("INFO POST /v1/responses 200 OK\nINFO GET /x 404\n")))


def test_a_delivered_chat_logs_the_bare_name(logged: Callable[[str], Evidence]) -> None:
    (finding,) = model_answers(logged("the turn failed: NotFoundError: Error code: 404\n"))
    assert finding.cause == "model url"
