"""Each error on the way to a provider is told from the others, and general ones come last."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.known.provider_network import NETWORK
from tests.checks.known.conftest import Causes, are_all_reached

LINES = (
    (
        "model certificate",
        "httpx.ConnectError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate",
    ),
    (
        "model socks",
        "ImportError: Using SOCKS proxy, but the 'socksio' package is not installed. Make sure to install httpx using `pip install httpx[socks]`.",
    ),
    ("model proxy", "httpx.ProxyError: 407 Proxy Authentication Required"),
    ("model proxy", "ValueError: Unknown scheme for proxy URL URL('proxy.local:3128')"),
    (
        "model url scheme",
        "httpx.UnsupportedProtocol: Request URL is missing an 'http://' or 'https://' protocol.",
    ),
    (
        "model url scheme",
        "the turn failed: APIConnectionError: Connection error. caused by UnsupportedProtocol",
    ),
    ("model page", "AttributeError: 'str' object has no attribute 'choices'"),
    (
        "model page",
        "openai.APIResponseValidationError: Received response with text/html but expected application/json",
    ),
    ("model page", "AttributeError: 'str' object has no attribute 'output'"),
    ("model slow", "openai.APITimeoutError: Request timed out."),
    ("model slow", "httpx.ReadTimeout: The read operation timed out"),
    (
        "model cut",
        "httpx.RemoteProtocolError: peer closed connection without sending complete message body (incomplete chunked read)",
    ),
    ("model cut", "httpx.RemoteProtocolError: Server disconnected without sending a response."),
    (
        "model memory",
        "openai.InternalServerError: Error code: 500 - {'error': {'message': 'model requires more system memory (8.4 GiB) than is available'}}",
    ),
    (
        "model memory",
        "openai.InternalServerError: Error code: 500 - {'error': {'message': 'llama runner process has terminated: exit status 2'}}",
    ),
    ("model memory", "vllm.v1.engine.exceptions.EngineDeadError: EngineCore encountered an issue."),
    (
        "model loading",
        "openai.InternalServerError: Error code: 503 - {'error': {'message': 'Loading model', 'type': 'unavailable_error', 'code': 503}}",
    ),
    (
        "model overloaded",
        "openai.InternalServerError: Error code: 529 - {'type': 'error', 'error': {'type': 'overloaded_error', 'message': 'Overloaded'}}",
    ),
    (
        "model overloaded",
        "openai.InternalServerError: Error code: 503 - {'error': {'message': 'The engine is currently overloaded, please try again later', 'type': 'server_error'}}",
    ),
    (
        "model overloaded",
        "openai.InternalServerError: Error code: 503 - [{'error': {'code': 503, 'message': 'The model is overloaded. Please try again later.', 'status': 'UNAVAILABLE'}}]",
    ),
    ("model url", "openai.NotFoundError: Error code: 404 - {'detail': 'Not Found'}"),
    ("model url", "the turn failed: NotFoundError: Error code: 404"),
    ("model url", "openai.APIStatusError: Error code: 405 - {'detail': 'Method Not Allowed'}"),
    ("model away", "openai.APIConnectionError: Connection error."),
    (
        "model down",
        "the turn failed: InternalServerError: Error code: 503 - {'detail': 'bad gateway'}",
    ),
    ("model right", "the turn failed: PermissionDeniedError: Error code: 403 - no access"),
    (
        "model right",
        "openai.PermissionDeniedError: Error code: 403 - {'error': {'message': 'You have insufficient permissions for this operation. Missing scopes: model.request.'}}",
    ),
    (
        "model request",
        "openai.BadRequestError: Error code: 400 - {'error': {'message': 'Something new'}}",
    ),
    (
        "model request",
        "openai.UnprocessableEntityError: Error code: 422 - {'detail': [{'type': 'missing'}]}",
    ),
    ("model error", "the turn failed: APIError: Provider returned error"),
    (
        "model error",
        "openai.APIError: An error occurred while processing your request. You can retry your request",
    ),
)


@pytest.mark.parametrize(("cause", "line"), LINES)
def test_a_line_has_its_cause(causes: Causes, cause: str, line: str) -> None:
    assert causes(line) == [cause]


def test_every_row_is_reached() -> None:
    assert are_all_reached(NETWORK, [cause for cause, _ in LINES])
