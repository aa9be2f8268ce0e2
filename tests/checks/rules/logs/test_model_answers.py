"""Each error of a provider is told apart by the client's own words."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.rules.logs.model_answers import model_answers
from chatkit_agent.evidence.static import Evidence

ERRORS = {
    "model key missing": "openai.OpenAIError: The api_key client option must be set either by passing api_key to the client or by setting the OPENAI_API_KEY environment variable",
    "model key": "openai.AuthenticationError: Error code: 401 - {'error': {'message': 'Incorrect API key provided: sk-abc.', 'code': 'invalid_api_key'}}",
    "model key form": "httpcore.LocalProtocolError: Illegal header value b'Bearer sk-x '",
    "model quota": "openai.RateLimitError: Error code: 429 - {'error': {'message': 'You exceeded your current quota', 'code': 'insufficient_quota'}}",
    "model billing": "openai.APIStatusError: Error code: 402 - {'error': {'message': 'This request requires more credits, or fewer max_tokens.'}}",
    "model rate": "openai.RateLimitError: Error code: 429 - {'error': {'message': 'Rate limit reached for requests'}}",
    "model too much": "openai.RateLimitError: Error code: 429 - {'error': {'message': 'Request too large for gpt-5 on tokens per min (TPM): Limit 30000, Requested 45000.'}}",
    "model name": "openai.NotFoundError: Error code: 404 - {'error': {'message': 'The model `gpt-99` does not exist or you do not have access to it.', 'code': 'model_not_found'}}",
    "model name empty": "openai.BadRequestError: Error code: 400 - {'error': {'message': 'you must provide a model parameter'}}",
    "model retired": "openai.BadRequestError: Error code: 400 - {'error': {'message': 'The model `x` has been decommissioned', 'code': 'model_decommissioned'}}",
    "model organization": "openai.BadRequestError: Error code: 400 - {'error': {'message': 'Your organization must be verified to stream this model.', 'param': 'stream', 'code': 'unsupported_value'}}",
    "model region": "openai.PermissionDeniedError: Error code: 403 - {'error': {'code': 'unsupported_country_region_territory'}}",
    "model azure": "openai.NotFoundError: Error code: 404 - {'error': {'code': 'DeploymentNotFound', 'message': 'The API deployment for this resource does not exist.'}}",
    "model azure version": "openai.BadRequestError: Error code: 400 - {'error': {'code': 'BadRequest', 'message': 'API version not supported'}}",
    "model operation": "openai.BadRequestError: Error code: 400 - {'error': {'code': 'OperationNotSupported'}}",
    "model provider": "litellm.BadRequestError: LLM Provider NOT provided. Pass in the LLM provider you are trying to call.",
    "model url": "openai.NotFoundError: Error code: 404 - {'detail': 'Not Found'}",
    "model url scheme": "httpx.UnsupportedProtocol: Request URL is missing an 'http://' or 'https://' protocol.",
    "model page": "AttributeError: 'str' object has no attribute 'choices'",
    "model settings": "openai.BadRequestError: Error code: 400 - {'error': {'message': \"Unsupported parameter: 'temperature' is not supported with this model.\"}}",
    "model setting": "openai.BadRequestError: Error code: 400 - {'error': {'message': 'nope', 'code': 'unsupported_value'}}",
    "completions history": "agents.exceptions.UserError: Unknown content: {'type': 'output_text', 'text': 'Hi'}",
    "model away": "openai.APIConnectionError: Connection error.",
    "model slow": "openai.APITimeoutError: Request timed out.",
    "model cut": "httpx.RemoteProtocolError: peer closed connection without sending complete message body (incomplete chunked read)",
    "model down": "the turn failed: InternalServerError: Error code: 503 - {'detail': 'bad gateway'}",
    "model overloaded": "openai.InternalServerError: Error code: 529 - {'type': 'error', 'error': {'type': 'overloaded_error', 'message': 'Overloaded'}}",
    "model right": "the turn failed: PermissionDeniedError: Error code: 403 - no access",
    "model request": "openai.BadRequestError: Error code: 400 - {'error': {'message': 'Something new'}}",
    "model error": "the turn failed: APIError: Provider returned error",
    "model certificate": "httpx.ConnectError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate",
    "model socks": "ImportError: Using SOCKS proxy, but the 'socksio' package is not installed. Make sure to install httpx using `pip install httpx[socks]`.",
    "model memory": "openai.InternalServerError: Error code: 500 - {'error': {'message': 'model requires more system memory (8.4 GiB) than is available'}}",
    "history too long": "openai.BadRequestError: Error code: 400 - {'error': {'message': 'prompt is too long: 210000 tokens > 200000 maximum'}}",
    "tool names": "openai.BadRequestError: Error code: 400 - {'error': {'message': 'tools.0.custom.name: String should match pattern ^[a-zA-Z0-9_-]{1,128}$'}}",
    "too many tools": "openai.BadRequestError: Error code: 400 - {'error': {'message': \"'tools' : maximum number of items is 128\"}}",
    "tools twice": "agents.exceptions.UserError: Duplicate tool names found across MCP servers: {'search'}",
    "tool schema": "openai.BadRequestError: Error code: 400 - {'error': {'code': 'invalid_function_parameters', 'message': \"Invalid schema for function 'find'\"}}",
    "item ids": "openai.BadRequestError: Error code: 400 - {'error': {'message': \"Invalid 'input[0].id': 'thr_1'. Expected an ID that begins with 'msg'.\"}}",
    "reasoning items": "openai.BadRequestError: Error code: 400 - {'error': {'message': 'Function call is missing a thought_signature in functionCall parts.'}}",
    "encrypted reasoning": "openai.BadRequestError: Error code: 400 - {'error': {'code': 'invalid_encrypted_content'}}",
    "no tool output": "openai.BadRequestError: Error code: 400 - {'error': {'message': 'tool_use ids were found without tool_result blocks immediately after'}}",
    "no tool call": "openai.BadRequestError: Error code: 400 - {'error': {'message': \"messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.\"}}",
    "tool call ids": "openai.BadRequestError: Error code: 400 - {'message': 'Tool call id was tc_1 but must be a-z, A-Z, 0-9, with a length of 9.'}",
    "order of roles": "openai.BadRequestError: Error code: 400 - {'message': \"Unexpected role 'user' after role 'tool'\"}",
    "role": "openai.BadRequestError: Error code: 400 - {'error': {'message': \"Invalid value: 'developer'. Supported values are: 'system'\"}}",
    "previous response": "openai.BadRequestError: Error code: 400 - {'error': {'code': 'previous_response_not_found'}}",
    "store off": "openai.NotFoundError: Error code: 404 - {'error': {'message': 'Items are not persisted when `store` is set to false.'}}",
    "output tokens": "openai.BadRequestError: Error code: 400 - {'error': {'message': 'max_tokens is too large: 100000. This model supports at most 16384 completion tokens'}}",
    "no tools": "openai.BadRequestError: Error code: 400 - {'error': {'message': 'registry.ollama.ai/library/gemma does not support tools'}}",
    "tool call broken": "openai.BadRequestError: Error code: 400 - {'error': {'code': 'tool_use_failed', 'failed_generation': '<x>'}}",
    "pictures": "openai.BadRequestError: Error code: 400 - {'error': {'message': 'Invalid content type. image_url is only supported by certain models.'}}",
    "hosted tools": "agents.exceptions.UserError: Hosted tools are not supported with the ChatCompletions API.",
    "max turns": "the turn failed: MaxTurnsExceeded: Max turns (10) exceeded",
    "content filter": "the turn failed: ModelBehaviorError: Responses stream ended with terminal event `response.incomplete`. status=incomplete; incomplete_details=IncompleteDetails(reason='content_filter').",
    "answer too long": "the turn failed: ModelBehaviorError: Responses stream ended with terminal event `response.incomplete`. status=incomplete; incomplete_details=IncompleteDetails(reason='max_output_tokens').",
    "answer failed": "agents.exceptions.ModelBehaviorError: Responses stream ended with terminal event `response.failed`. status=failed; error=ResponseError(code='server_error').",
    "invented tool": "agents.exceptions.ModelBehaviorError: Tool fly_away not found in agent Assistant",
    "guardrail": "agents.exceptions.InputGuardrailTripwireTriggered: Guardrail InputGuardrail triggered tripwire",
    "thread busy": "the turn failed: ThreadBusy: Another answer is being written in this conversation. Wait for it, or stop it.",
    "item twice": "openai.BadRequestError: Error code: 400 - {'error': {'message': 'Duplicate item found with id msg_68. Remove duplicate items from your input and try again.'}}",
    "bad requests": "pydantic_core._pydantic_core.ValidationError: 1 validation error for tagged-union[ThreadsGetByIdReq,ThreadsCreateReq]",
    "attachment store": "RuntimeError: AttachmentStore is not configured. Provide a AttachmentStore to ChatKitServer to handle file operations.",
    "abstract:Notes": "TypeError: Can't instantiate abstract class Notes without an implementation for abstract method 'load_item'",
    "not awaited:load_prompt": "RuntimeWarning: coroutine 'load_prompt' was never awaited",
    "refused late": "RuntimeError: Caught handled exception, but response already started.",
    "store refused": "the chat's database refused a statement: UndefinedObjectError",
}


@pytest.mark.parametrize(("cause", "error"), ERRORS.items())
def test_found_first(logged: Callable[[str], Evidence], cause: str, error: str) -> None:
    log = f'Traceback (most recent call last):\n  File "/srv/x.py", line 3, in go\n{error}\n'
    (finding,) = model_answers(logged(log))
    assert finding.cause == cause
    assert "sk-abc" not in repr(finding)


@pytest.mark.parametrize(
    "line",
    [
        "INFO POST /v1/responses 200 OK",
        "INFO GET /x 404",
        "INFO the rate limit is 60 a minute; content_filter=on",
        "INFO method overloaded in module",
        "ERROR pydantic: Extra inputs are not permitted",
    ],
)
def test_quiet(logged: Callable[[str], Evidence], line: str) -> None:
    assert not list(model_answers(logged(f"{line}\n")))


def test_what_one_exception_was_raised_from_is_not_another_fault(
    logged: Callable[[str], Evidence],
) -> None:
    trace = 'Traceback (most recent call last):\n  File "/srv/x.py", line 3, in go\n{}\n'
    first = trace.format(ERRORS["model certificate"])
    chained = "\nThe above exception was the direct cause of the following exception:\n\n"
    log = first + chained + trace.format("openai.APIConnectionError: Connection error.")
    (finding,) = model_answers(logged(log))
    assert finding.cause == "model certificate"
    assert "APIConnectionError" in finding.more[0]
    apart = logged(first + trace.format("openai.APIConnectionError: Connection error."))
    assert {each.cause for each in model_answers(apart)} == {"model certificate", "model away"}


def test_a_name_that_is_not_said_leaves_no_gap(logged: Callable[[str], Evidence]) -> None:
    (finding,) = model_answers(logged(f"ERROR {ERRORS['tool names']}\n"))
    assert "``" not in finding.what + finding.fix


def test_a_delivered_chat_logs_the_bare_name(logged: Callable[[str], Evidence]) -> None:
    (finding,) = model_answers(logged("the turn failed: NotFoundError: Error code: 404\n"))
    assert finding.cause == "model url"
