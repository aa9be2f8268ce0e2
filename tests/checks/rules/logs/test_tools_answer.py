"""Each error of a tool server is told apart by the libraries' own words."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.diagnosis import judge
from chatkit_agent.checks.rules.logs.tools_answer import tools_answer
from tests.checks.rules.conftest import Logged

TRACE = 'Traceback (most recent call last):\n  File "/srv/app/x.py", line 3, in go\n{}\n'
ERRORS = {
    "tools token": "httpx.HTTPStatusError: Client error '401 Unauthorized' for url 'http://tools:8001/mcp'",
    "tools page": "RuntimeError: Unexpected content type: text/html",
    "tools path": "httpx.HTTPStatusError: Client error '404 Not Found' for url 'http://tools:8001/v2/mcp'",
    "tools time": "mcp.shared.exceptions.McpError: Timed out while waiting for response to ClientRequest. Waited 5.0 seconds.",
    "tools argument": "agents.exceptions.ModelBehaviorError: Missing required parameters: access_token, user_id",
    "tools unopened": "agents.exceptions.UserError: Server not initialized. Make sure you call `connect()` first.",
    "tools away": "RuntimeError: Error initializing MCP server",
}
CLIENT = "/venv/lib/python3.12/site-packages/mcp/client/streamable_http.py"
"""Without `mcp` in the address, what says that it is about tools is the client."""
THROUGH = {
    "httpx.HTTPStatusError: Client error '401 Unauthorized' for url 'http://b:9000/api/'": "tools token",
    "httpx.HTTPStatusError: Client error '403 Forbidden' for url 'http://b:9000/api/'": "tools forbidden",
    "httpx.HTTPStatusError: Client error '404 Not Found' for url 'http://b:9000/api/'": "tools path",
    "httpx.ConnectError: All connection attempts failed": "tools away",
    "httpx.ReadTimeout": "tools time",
}
NEWER = {
    "tools path": "mcp.shared.exceptions.MCPError: Not Found",
    "tools away": "agents.exceptions.UserError: Failed to connect to MCP server 'books': Could not reach the server.",
}


@pytest.mark.parametrize(("cause", "error"), ERRORS.items())
def test_found(logged: Logged, cause: str, error: str) -> None:
    (finding,) = tools_answer(logged(TRACE.format(error)))
    assert finding.cause == cause


@pytest.mark.parametrize(("cause", "error"), NEWER.items())
def test_found_in_the_words_of_newer_libraries(logged: Logged, cause: str, error: str) -> None:
    test_found(logged, cause, error)


@pytest.mark.parametrize(("error", "cause"), THROUGH.items())
def test_found_by_the_client_and_as_nothing_else(logged: Logged, error: str, cause: str) -> None:
    evidence = logged(TRACE.format(error).replace("/srv/app/x.py", CLIENT))
    assert [each.finding.cause for each in judge(evidence).findings] == [cause]


def test_a_command_that_is_not_there(logged: Logged) -> None:
    error = TRACE.format("FileNotFoundError: [Errno 2] No such file or directory: 'npx'")
    client = "/lib/site-packages/mcp/client/stdio/__init__.py"
    (finding,) = tools_answer(logged(error.replace("/srv/app/x.py", client)))
    assert finding.cause == "tools command"
    assert not list(tools_answer(logged(error)))


def test_tools_that_the_provider_calls_itself(logged: Logged) -> None:
    error = "openai.APIStatusError: Error code: 424 - {'error': {'message': \"Error retrieving tool list from MCP server: 'books'. Http status code: {}\"}}"
    (finding,) = tools_answer(logged(TRACE.format(error.replace("{}", "424 (Failed Dependency)"))))
    assert finding.cause == "tools hosted"
    (finding,) = tools_answer(logged(TRACE.format(error.replace("{}", "401 (Unauthorized)"))))
    assert finding.cause == "tools token"


def test_the_wrong_transport_is_found(logged: Logged) -> None:
    error = "httpx2.HTTPStatusError: Client error '400 Bad Request' for url 'http://tools:8001/mcp'"
    trace = TRACE.replace("/srv/app/x.py", "/venv/lib/site-packages/mcp/client/sse.py")
    (finding,) = tools_answer(logged(trace.format(error)))
    assert finding.cause == "transport"
    assert not list(tools_answer(logged(TRACE.format(error))))


def test_found_where_only_a_line_was_logged(logged: Logged) -> None:
    (finding,) = tools_answer(logged("WARNING the tools cannot be reached: ConnectError\n"))
    assert finding.cause == "tools away"


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (401, "tools token"),
        (403, "tools forbidden"),
        (404, "tools path"),
        (421, "tools host"),
        (502, "tools broken"),
    ],
)
def test_the_delivered_line_tells_a_refusal_from_silence(
    logged: Logged, status: int, cause: str
) -> None:
    line = f"the tools of tools.example:8001 cannot be reached: HTTP {status}, MCPError: no\n"
    (finding,) = tools_answer(logged(f"WARNING {line}"))
    assert finding.cause == cause


def test_found_by_the_library_that_it_came_through(logged: Logged) -> None:
    error = "httpx.ConnectError: All connection attempts failed"
    through = TRACE.format(error).replace("/srv/app/x.py", "/lib/site-packages/mcp/client/x.py")
    (finding,) = tools_answer(logged(through))
    assert finding.cause == "tools away"
    assert not list(tools_answer(logged(TRACE.format(error))))


def test_that_it_was_given_up_is_not_told_beside_the_reason(logged: Logged) -> None:
    log = "the tools cannot be reached: x\nUnexpected content type: text/html\n"
    (finding,) = tools_answer(logged(log))
    assert finding.cause == "tools page"


@pytest.mark.parametrize(
    "line",
    [
        "INFO POST /mcp 200 OK",
        "INFO GET /items/4044 200",
        'INFO:httpx:HTTP Request: GET http://books:9000/mcp "HTTP/1.1 405 Method Not Allowed"',
        'INFO: 10.0.0.7:5 - "DELETE /mcp HTTP/1.1" 405 Method Not Allowed',
        'INFO:httpx:HTTP Request: POST http://books:9000/mcp "HTTP/1.1 307 Temporary Redirect"',
    ],
)
def test_quiet(logged: Logged, line: str) -> None:
    """A server without a stream of its own answers 405 to the GET for it, as the protocol says."""
    assert not list(tools_answer(logged(line)))
