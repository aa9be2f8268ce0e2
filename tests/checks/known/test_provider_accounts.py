"""Each error that speaks of the account is told from the others by the provider's own words."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.known.provider_accounts import ACCOUNT
from tests.checks.known.conftest import Causes, are_all_reached

LINES = (
    (
        "model key missing",
        "openai.OpenAIError: The api_key client option must be set either by passing api_key to the client or by setting the OPENAI_API_KEY environment variable",
    ),
    (
        "model key missing",
        "openai.OpenAIError: Missing credentials. Please pass an `api_key`, `workload_identity`, `admin_api_key`, or set the `OPENAI_API_KEY` or `OPENAI_ADMIN_KEY` environment variable.",
    ),
    (
        "model key missing",
        "openai.AuthenticationError: Error code: 401 - {'error': {'message': \"You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth\", 'type': 'invalid_request_error'}}",
    ),
    (
        "model key missing",
        "openai.AuthenticationError: Error code: 401 - {'error': {'message': 'No auth credentials found', 'code': 401}}",
    ),
    (
        "model key missing",
        "litellm.exceptions.AuthenticationError: litellm.AuthenticationError: No API key passed in.",
    ),
    ("model key form", "httpcore.LocalProtocolError: Illegal header value b'Bearer sk-x '"),
    (
        "model key form",
        "UnicodeEncodeError: 'ascii' codec can't encode character '\\u2026' in position 15: ordinal not in range(128)",
    ),
    (
        "model key form",
        "UnicodeEncodeError: 'ascii' codec can't encode characters in position 7-12: ordinal not in range(128)",
    ),
    (
        "model billing",
        "openai.APIStatusError: Error code: 402 - {'error': {'message': 'This request requires more credits, or fewer max_tokens.'}}",
    ),
    (
        "model billing",
        "openai.PermissionDeniedError: Error code: 403 - {'error': {'message': 'Your account is not active, please check your billing details on our website.', 'code': 'billing_not_active'}}",
    ),
    (
        "model billing",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': 'Your credit balance is too low to access the Anthropic API.'}}",
    ),
    (
        "model billing",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': 'Budget has been exceeded! Current cost: 10.2, Max budget: 10.0', 'type': 'budget_exceeded'}}",
    ),
    (
        "model quota",
        "openai.RateLimitError: Error code: 429 - {'error': {'message': 'You exceeded your current quota', 'code': 'insufficient_quota'}}",
    ),
    (
        "model quota",
        "openai.RateLimitError: Error code: 429 - {'error': {'message': 'Rate limit exceeded: free-models-per-day. Add 10 credits', 'code': 429}}",
    ),
    (
        "model quota",
        "openai.RateLimitError: Error code: 429 - [{'error': {'code': 429, 'message': 'You exceeded your current quota, please check your plan', 'status': 'RESOURCE_EXHAUSTED'}}]",
    ),
    (
        "model region",
        "openai.PermissionDeniedError: Error code: 403 - {'error': {'code': 'unsupported_country_region_territory'}}",
    ),
    (
        "model region",
        "openai.PermissionDeniedError: Error code: 400 - [{'error': {'code': 400, 'message': 'User location is not supported for the API use.', 'status': 'FAILED_PRECONDITION'}}]",
    ),
    (
        "model network",
        "openai.PermissionDeniedError: Error code: 401 - {'error': {'code': 'ip_not_authorized', 'message': 'Your IP address is not authorized to use this API key.'}}",
    ),
    (
        "model network",
        "openai.PermissionDeniedError: Error code: 403 - {'error': {'code': '403', 'message': 'Access denied due to Virtual Network/Firewall rules.'}}",
    ),
    (
        "model network",
        "openai.PermissionDeniedError: Error code: 403 - {'error': {'code': 'AccessDenied', 'message': 'Public access is disabled. Please configure private endpoint.'}}",
    ),
    (
        "model account",
        "openai.AuthenticationError: Error code: 401 - {'error': {'message': 'OpenAI-Organization header should match organization for API key', 'code': 'mismatched_organization'}}",
    ),
    (
        "model account",
        "openai.AuthenticationError: Error code: 401 - {'error': {'message': 'You must be a member of an organization to use the API.'}}",
    ),
    (
        "model azure",
        "openai.NotFoundError: Error code: 404 - {'error': {'code': 'DeploymentNotFound', 'message': 'The API deployment for this resource does not exist.'}}",
    ),
    (
        "model azure version",
        "openai.BadRequestError: Error code: 400 - {'error': {'code': 'BadRequest', 'message': 'API version not supported'}}",
    ),
    (
        "model azure version",
        "openai.NotFoundError: Error code: 400 - {'error': {'code': 'BadRequest', 'message': 'Azure OpenAI Responses API is enabled only for api-version 2025-03-01-preview and later'}}",
    ),
    (
        "model azure version",
        "ValueError: Must provide either the `api_version` argument or the `OPENAI_API_VERSION` environment variable",
    ),
    (
        "model azure key",
        "openai.AuthenticationError: Error code: 401 - {'error': {'code': '401', 'message': 'Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription'}}",
    ),
    (
        "model provider",
        "litellm.BadRequestError: LLM Provider NOT provided. Pass in the LLM provider you are trying to call.",
    ),
    (
        "model provider",
        "openai.NotFoundError: Error code: 404 - {'error': {'message': 'No endpoints found matching your data policy (Free model publication).', 'code': 404}}",
    ),
    (
        "model key",
        "openai.AuthenticationError: Error code: 401 - {'error': {'message': 'Incorrect API key provided: sk-abc.', 'code': 'invalid_api_key'}}",
    ),
    (
        "model key",
        "openai.AuthenticationError: Error code: 401 - {'type': 'error', 'error': {'type': 'authentication_error', 'message': 'invalid x-api-key'}}",
    ),
    (
        "model key",
        "openai.BadRequestError: Error code: 400 - [{'error': {'code': 400, 'message': 'API key not valid. Please pass a valid API key.', 'status': 'INVALID_ARGUMENT'}}]",
    ),
    (
        "model too much",
        "openai.RateLimitError: Error code: 429 - {'error': {'message': 'Request too large for gpt-5 on tokens per min (TPM): Limit 30000, Requested 45000.'}}",
    ),
    (
        "model too much",
        "openai.RateLimitError: Error code: 413 - {'error': {'message': 'Request too large for model `llama` in organization on tokens per minute (TPM): Limit 6000', 'code': 'rate_limit_exceeded'}}",
    ),
    (
        "model rate",
        "openai.RateLimitError: Error code: 429 - {'error': {'message': 'Rate limit reached for requests'}}",
    ),
    (
        "model rate",
        "openai.RateLimitError: Error code: 429 - {'object': 'error', 'message': 'Service tier capacity exceeded for this model.', 'code': '3505'}",
    ),
    ("model rate", "the turn failed: RateLimitError: Error code: 429 - Too Many Requests"),
    (
        "model retired",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': 'The model `x` has been decommissioned', 'code': 'model_decommissioned'}}",
    ),
    (
        "model retired",
        "openai.NotFoundError: Error code: 404 - {'error': {'message': 'The model `gpt-4-32k` has been deprecated, learn more here', 'code': 'model_not_found'}}",
    ),
    (
        "model name",
        "openai.NotFoundError: Error code: 404 - {'error': {'message': 'The model `gpt-99` does not exist or you do not have access to it.', 'code': 'model_not_found'}}",
    ),
    (
        "model name",
        "openai.NotFoundError: Error code: 404 - {'error': {'message': 'model \"llama9\" not found, try pulling it first'}}",
    ),
    (
        "model name",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': 'gpt-x is not a valid model ID', 'code': 400}}",
    ),
    (
        "model name",
        "openai.NotFoundError: Error code: 404 - [{'error': {'message': 'models/gemini-9 is not found for API version v1main, or is not supported for generateContent.'}}]",
    ),
    (
        "model name empty",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': 'you must provide a model parameter'}}",
    ),
    (
        "model name empty",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': \"Missing required parameter: 'model'.\", 'code': 'missing_required_parameter'}}",
    ),
    (
        "model operation",
        "openai.BadRequestError: Error code: 400 - {'error': {'code': 'OperationNotSupported'}}",
    ),
    (
        "model operation",
        "openai.NotFoundError: Error code: 404 - {'error': {'message': 'This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean to use v1/completions?'}}",
    ),
    (
        "model operation",
        "openai.NotFoundError: Error code: 404 - {'error': {'message': 'This model is only supported in v1/responses and not in v1/chat/completions.'}}",
    ),
)


@pytest.mark.parametrize(("cause", "line"), LINES)
def test_a_line_has_its_cause(causes: Causes, cause: str, line: str) -> None:
    assert causes(line) == [cause]


def test_every_row_is_reached() -> None:
    assert are_all_reached(ACCOUNT, [cause for cause, _ in LINES])
