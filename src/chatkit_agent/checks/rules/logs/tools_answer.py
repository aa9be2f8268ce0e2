"""The log has no error of the MCP server whose tools the chat calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from chatkit_agent.checks.check import LOG, Finding, check
from chatkit_agent.checks.known_errors import IN_TURN, Known, known_errors
from chatkit_agent.evidence.static import Evidence

URL = "the URL of the MCP server"

KNOWN = (
    Known(
        r"mcp/client/stdio.*(?:FileNotFoundError|PermissionError)",
        "The command that starts the MCP server is not there, or may not be run.",
        "Install it where the application runs (`npx` is part of Node.js, `uvx` of uv), or give "
        "its whole path in `params`.",
        "tools command",
    ),
    Known(
        r"mcp\S*\b.{0,120}\b(?:401|Unauthori[sz]ed)|(?:401 Unauthorized|invalid_token).{0,160}mcp"
        r"|tools[^\n]{0,160}cannot be reached: [^\n]*\b(?:HTTP|status) 401\b",
        "The MCP server refuses the token of the person who asks.",
        "Send the token that the server expects in `Authorization: Bearer ...`: check its issuer, "
        "its audience and its time, and that a proxy does not take the header away.",
        "tools token",
        (*IN_TURN, "token_missing", "unauthorized"),
    ),
    Known(
        r"(?:mcp\S*\b.{0,120}\b403 Forbidden|403 Forbidden.{0,160}/mcp|insufficient_scope)"
        r"|tools[^\n]{0,160}cannot be reached: [^\n]*\b(?:HTTP|status) 403\b",
        "The MCP server does not let the person in who asks.",
        "Give them the role or the scope that the server asks for; some servers and proxies refuse "
        "an unknown address or origin in this way.",
        "tools forbidden",
        (*IN_TURN, "token_missing", "unauthorized"),
    ),
    Known(
        r"mcp\S*\b.{0,120}\b421\b|\b421 Misdirected.{0,160}/mcp|Invalid Host header"
        r"|tools[^\n]{0,160}cannot be reached: HTTP 421\b",
        "The MCP server does not know the host name by which it is called.",
        "Add that host to `allowed_hosts` of the server's transport security settings.",
        "tools host",
    ),
    Known(
        r"Task group is not initialized",
        "The MCP server that is mounted in an application is not started: nothing runs its session "
        "manager, as a mounted application's own lifespan is not run.",
        "Run it in the lifespan of the application that mounts it: "
        "`async with mcp.session_manager.run(): yield`.",
        "tools session manager",
        (*IN_TURN, "server_error"),
    ),
    Known(
        r"exit cancel scope in a different task|cancel scope that isn't the current",
        "The connection to the MCP server is opened in one task and closed in another.",
        "Open and close it in the same coroutine: `async with` around the run of the agent, and "
        "not in a dependency, a generator or a callback that others end.",
        "tools scope",
    ),
    Known(
        r"No valid session ID|(?:Missing|Invalid|Unknown) session ID|Session not found"
        r"|before initialization was complete",
        "The MCP server does not know the session: its calls come to another worker, or it was "
        "started anew.",
        "Let the server be stateless (`stateless_http=True`) or run one worker, and connect for "
        "each turn.",
        "tools session",
    ),
    Known(
        r"Not Acceptable: Client must accept|Unsupported protocol version",
        "The MCP server and its client do not speak the same version, or a proxy changes the "
        "headers.",
        "Pass `Accept` and `MCP-Protocol-Version` on, and update whichever is older.",
        "tools version",
    ),
    Known(
        r"\bClosedResourceError|\bBrokenResourceError",
        "The connection to the MCP server is used after it was closed.",
        "Connect for each turn, and run the agent inside of the `async with`.",
        "tools closed",
    ),
    Known(
        r"Unexpected content type: ?(?:text/html)?|content.type.{0,20}text/html",
        "What answers at the MCP server's address is a web page, and no MCP server.",
        f"Correct {URL}: it usually ends in `/mcp`. A sign-in page or a proxy may answer as well.",
        "tools page",
    ),
    Known(
        r"mcp/client/sse.*(?:Client|HTTP) error '?40[056]\b",
        "The tools' server does not speak the transport by which it is called: this client speaks "
        "SSE.",
        "Call it with `MCPServerStreamableHttp`, or correct the address: that of SSE usually ends "
        "in `/sse`.",
        "transport",
    ),
    Known(
        r"^(?!.*\b(?:GET|DELETE) \S*/mcp).*(?:/mcp\b\S*[^\n]{0,120}\b40[45]\b)|Session terminated"
        r"|404[^\n]{0,120}/mcp|MCPError: Not Found\b"
        r"|tools[^\n]{0,160}cannot be reached: HTTP (?:30\d|40[45])\b",
        "The MCP server has nothing at this path.",
        f"Correct {URL}: servers differ in `/mcp`, `/mcp/` and `/sse`, and a redirect from one to "
        "the other loses the request.",
        "tools path",
    ),
    Known(
        r"Timed out while waiting for response to (?:Client)?Request|Waited \d+\.?\d* seconds"
        r"|McpError: .*[Tt]imed? ?out|RequestTimeout|^/mcp/.*ReadTimeout",
        "A tool took longer than the session with its server waits.",
        "Raise `client_session_timeout_seconds` (the SDK's own is 5), or make the tool faster.",
        "tools time",
        (*IN_TURN, "cut_off"),
    ),
    Known(
        r"Missing required (?:argument|parameter).{0,40}(?:token|user_id)"
        r"|(?:access_token|user_id)[^\n]{0,60}(?:Field required|missing|required property)",
        "A tool wants the token or the user's id as an argument, and the model does not know it.",
        "Write both in when the tool is called, and hide the parameters from the model "
        "(`--token argument` does that), or let the server read the header.",
        "tools argument",
        (*IN_TURN, "token_missing"),
    ),
    Known(
        r"UserError: Server not initialized|not connected\. Make sure you call `?connect",
        "The connection to the MCP server is used before it is opened.",
        "Call `await server.connect()` first, or use `async with`.",
        "tools unopened",
    ),
    Known(
        r"tools[^\n]{0,160}cannot be reached: HTTP (?P<status>5\d\d)\b",
        "The MCP server, or the proxy in front of it, fails with {status} before it says anything.",
        "Look into the log of the MCP server: it was reached, and its own error is there.",
        "tools broken",
    ),
    Known(
        r"(?:mcp|tools?)\b[^\n]{0,80}(?:cannot be reached|could not (?:be reached|connect)"
        r"|failed to connect|ConnectError|connection (?:refused|failed))"
        r"|Error initializing MCP server|Failed to connect to MCP server[^\n]{0,80}Could not reach",
        "The MCP server cannot be reached.",
        f"Start it, or correct host, port and path in {URL}; in containers `localhost` is the "
        "container itself.",
        "tools away",
    ),
    Known(
        r"Error retrieving tool list from MCP server|external_connector_error",
        "The model's provider cannot get the tools of the MCP server that it is to call itself.",
        "Give the hosted tool an address that can be reached from the internet, and the token in "
        "`authorization`; a server of your own network wants `MCPServerStreamableHttp`.",
        "tools hosted",
    ),
)


@check("CK906", needs=LOG)
def tools_answer(evidence: Evidence) -> Iterator[Finding]:
    """Told apart: token, rights, host name, address, path, time, arguments and network."""
    trial = evidence.trial
    found = list(known_errors(evidence.log, KNOWN)) if evidence.log else []
    known = [each for each in found if each.cause != "tools away"]
    for each in known or found[:1]:
        # The sandbox saw why.
        is_sign = bool(each.cause == "tools token" and trial and trial.came_with)
        yield replace(each, is_sign=is_sign)
