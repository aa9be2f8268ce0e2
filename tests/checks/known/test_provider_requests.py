"""Each error that speaks of the request is told from the others by the provider's own words."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.known.provider_requests import REQUESTS
from tests.checks.known.conftest import Causes, are_all_reached

LINES = (
    (
        "model organization",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': 'Your organization must be verified to stream this model.', 'param': 'stream', 'code': 'unsupported_value'}}",
    ),
    (
        "history too long",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': 'prompt is too long: 210000 tokens > 200000 maximum'}}",
    ),
    (
        "history too long",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': 'Your input exceeds the context window of this model.', 'code': 'context_length_exceeded'}}",
    ),
    (
        "history too long",
        "openai.BadRequestError: Error code: 400 - {'message': \"This model's maximum context length is 4096 tokens.\"}",
    ),
    (
        "history too long",
        "openai.BadRequestError: Error code: 400 - [{'error': {'message': 'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).'}}]",
    ),
    (
        "content filter",
        "the turn failed: ModelBehaviorError: Responses stream ended with terminal event `response.incomplete`. status=incomplete; incomplete_details=IncompleteDetails(reason='content_filter').",
    ),
    (
        "content filter",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': \"The response was filtered due to the prompt triggering Azure OpenAI's content management policy.\", 'code': 'content_filter'}}",
    ),
    (
        "content filter",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': 'Invalid prompt: your prompt was flagged as potentially violating our usage policy.', 'code': 'invalid_prompt'}}",
    ),
    (
        "tool names",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': 'tools.0.custom.name: String should match pattern ^[a-zA-Z0-9_-]{1,128}$'}}",
    ),
    (
        "tool names",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': \"Invalid 'tools[0].function.name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.\"}}",
    ),
    (
        "too many tools",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': \"'tools' : maximum number of items is 128\"}}",
    ),
    (
        "too many tools",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': \"Invalid 'tools': array too long. Expected an array with maximum length 128, but got an array with length 130 instead.\", 'param': 'tools', 'code': 'array_above_max_length'}}",
    ),
    (
        "tools twice",
        "agents.exceptions.UserError: Duplicate tool names found across MCP servers: {'search'}",
    ),
    (
        "tools twice",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': 'tools: Tool names must be unique.'}}",
    ),
    (
        "tool schema",
        "openai.BadRequestError: Error code: 400 - {'error': {'code': 'invalid_function_parameters', 'message': \"Invalid schema for function 'find'\"}}",
    ),
    (
        "tool schema",
        "openai.BadRequestError: Error code: 400 - [{'error': {'message': 'Invalid value at tools[0].function_declarations[2].parameters'}}]",
    ),
    (
        "output schema",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': \"Invalid schema for response_format 'final_output': In context=(), 'additionalProperties' is required\", 'param': 'text.format.schema'}}",
    ),
    (
        "output schema",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': 'This response_format type is unavailable now', 'type': 'invalid_request_error'}}",
    ),
    (
        "item ids",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': \"Invalid 'input[0].id': 'thr_1'. Expected an ID that begins with 'msg'.\"}}",
    ),
    (
        "item ids",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': \"Invalid 'input[2].id': 'itm_1'. Expected an ID that begins with 'fc'.\"}}",
    ),
    (
        "item twice",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': 'Duplicate item found with id msg_68. Remove duplicate items from your input and try again.'}}",
    ),
    (
        "reasoning items",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': 'Function call is missing a thought_signature in functionCall parts.'}}",
    ),
    (
        "reasoning items",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': \"Item 'fc_1' of type 'function_call' was provided without its required 'reasoning' item: 'rs_1'.\"}}",
    ),
    (
        "reasoning items",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': 'Missing reasoning_content field in the assistant message. reasoning_content must be passed back'}}",
    ),
    (
        "encrypted reasoning",
        "openai.BadRequestError: Error code: 400 - {'error': {'code': 'invalid_encrypted_content'}}",
    ),
    (
        "no tool output",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': 'tool_use ids were found without tool_result blocks immediately after'}}",
    ),
    (
        "no tool output",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': 'No tool output found for function call call_1.', 'param': 'input'}}",
    ),
    (
        "no tool output",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': \"An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: call_1\"}}",
    ),
    (
        "no tool call",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': \"messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.\"}}",
    ),
    (
        "no tool call",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': 'No tool call found for function call output with call_id call_1.'}}",
    ),
    (
        "no tool call",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': \"messages.2: `tool_use_id` found in `tool_result` blocks: toolu_1. unexpected `tool_use_id`\"}}",
    ),
    (
        "tool call ids",
        "openai.BadRequestError: Error code: 400 - {'message': 'Tool call id was tc_1 but must be a-z, A-Z, 0-9, with a length of 9.'}",
    ),
    (
        "tool call ids",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': \"Invalid 'input[3].call_id': string too long. Expected a string with maximum length 64\", 'code': 'string_above_max_length'}}",
    ),
    (
        "order of roles",
        "openai.BadRequestError: Error code: 400 - {'message': \"Unexpected role 'user' after role 'tool'\"}",
    ),
    (
        "order of roles",
        "openai.BadRequestError: Error code: 400 - {'message': 'Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant'}",
    ),
    (
        "order of roles",
        "openai.BadRequestError: Error code: 400 - [{'error': {'message': 'Please ensure that function call turn comes immediately after a user turn'}}]",
    ),
    (
        "role",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': \"Invalid value: 'developer'. Supported values are: 'system'\"}}",
    ),
    (
        "role",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': \"developer is not one of ['system', 'assistant', 'user', 'tool'] - 'messages.0.role'\"}}",
    ),
    (
        "role",
        "openai.UnprocessableEntityError: Error code: 422 - {'detail': 'messages[0].role: unknown variant `developer`, expected one of `system`, `user`'}",
    ),
    (
        "previous response",
        "openai.BadRequestError: Error code: 400 - {'error': {'code': 'previous_response_not_found'}}",
    ),
    (
        "store off",
        "openai.NotFoundError: Error code: 404 - {'error': {'message': 'Items are not persisted when `store` is set to false.'}}",
    ),
    (
        "store off",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': 'Store must be set to false for organizations with Zero Data Retention'}}",
    ),
    (
        "conversation busy",
        "openai.ConflictError: Error code: 409 - {'error': {'code': 'conversation_locked', 'message': 'Another process is currently operating on this conversation.'}}",
    ),
    (
        "output tokens",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': 'max_tokens is too large: 100000. This model supports at most 16384 completion tokens'}}",
    ),
    (
        "output tokens",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': \"Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got 5 instead.\"}}",
    ),
    (
        "model settings",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': \"Unsupported parameter: 'temperature' is not supported with this model.\"}}",
    ),
    (
        "model settings",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': \"Unsupported value: 'reasoning.effort' does not support 'none' with this model.\"}}",
    ),
    (
        "model settings",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': \"Unknown parameter: 'input[0].status'.\"}}",
    ),
    (
        "model setting",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': 'nope', 'code': 'unsupported_value'}}",
    ),
    (
        "model setting",
        "litellm.UnsupportedParamsError: openrouter does not support parameters: ['tool_choice']",
    ),
    (
        "no tools",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': 'registry.ollama.ai/library/gemma does not support tools'}}",
    ),
    (
        "no tools",
        "openai.BadRequestError: Error code: 400 - {'message': '\"auto\" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'}",
    ),
    (
        "no tools",
        "openai.NotFoundError: Error code: 404 - {'error': {'message': 'No endpoints found that support tool use. To learn more', 'code': 404}}",
    ),
    (
        "tool call broken",
        "openai.BadRequestError: Error code: 400 - {'error': {'code': 'tool_use_failed', 'failed_generation': '<x>'}}",
    ),
    (
        "pictures",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': 'Invalid content type. image_url is only supported by certain models.'}}",
    ),
    (
        "pictures",
        "openai.NotFoundError: Error code: 404 - {'error': {'message': 'No endpoints found that support image input', 'code': 404}}",
    ),
    (
        "empty request",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': 'messages: at least one message is required'}}",
    ),
    (
        "empty request",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': \"Invalid 'input': input is empty\"}}",
    ),
    (
        "empty request",
        "openai.BadRequestError: Error code: 400 - [{'error': {'message': 'GenerateContentRequest.contents: contents is not specified'}}]",
    ),
    (
        "empty request",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': 'messages: text content blocks must be non-empty'}}",
    ),
    (
        "completions history",
        "agents.exceptions.UserError: Unknown content: {'type': 'output_text', 'text': 'Hi'}",
    ),
    (
        "completions history",
        "agents.exceptions.UserError: Unhandled item type or structure: {'id': 'x'}",
    ),
    (
        "hosted tools",
        "agents.exceptions.UserError: Hosted tools are not supported with the ChatCompletions API.",
    ),
)


@pytest.mark.parametrize(("cause", "line"), LINES)
def test_a_line_has_its_cause(causes: Causes, cause: str, line: str) -> None:
    assert causes(line) == [cause]


def test_every_row_is_reached() -> None:
    assert are_all_reached(REQUESTS, [cause for cause, _ in LINES])
