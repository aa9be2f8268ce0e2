"""The database, the MCP server and the model answer at the addresses that are configured."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.checks.check import BOOT, Finding, check
from chatkit_agent.evidence.static import Evidence, Service
from chatkit_agent.evidence.symptoms import Symptom

NAMES = {"database": "The chat's database", "tools": "The MCP server", "model": "The model"}
SEEN: dict[str, tuple[Symptom, ...]] = {
    "database": ("unavailable", "server_error", "stream_error"),
    "tools": ("stream_error", "token_missing", "silent"),
    "model": ("stream_error", "silent"),
}
PATH = "Correct the path of its URL: most servers have it at `/mcp`, without a slash at the end."
TOOLS: tuple[tuple[str, str, str, str], ...] = (
    (
        r"HTTP 401",
        "The MCP server refuses the token of the person who asks.",
        "Give a fresh token with --token. Where it was one: check the issuer, the audience and the "
        "key by which the server verifies tokens.",
        "tools token",
    ),
    (
        r"HTTP 403",
        "The MCP server does not let the person in who asks.",
        "Give them the role or the scope that the server asks for; some servers and proxies refuse "
        "an unknown address or origin in this way.",
        "tools forbidden",
    ),
    (
        r"HTTP 421",
        "The MCP server does not know the host name by which it is called.",
        "Add that host to `allowed_hosts` of the server's transport security settings.",
        "tools host",
    ),
    (r"HTTP (?:404|30\d)", "The MCP server is not at the path of its URL.", PATH, "tools path"),
    (
        r"HTTP (?:405|406|400)",
        "What is at the MCP server's URL does not speak streamable HTTP.",
        "Let the server use the streamable HTTP transport, or connect with the one that it has: "
        "older servers speak SSE at `/sse`.",
        "tools transport",
    ),
    (
        r"instead of JSON",
        "At the MCP server's URL there is a web page.",
        f"{PATH} A proxy or a sign-in page in front answers with HTML, too.",
        "tools page",
    ),
    (
        r"HTTP 5\d\d",
        "The MCP server fails when a client connects.",
        "Read the log of the MCP server; the chat goes on without its tools meanwhile.",
        "tools broken",
    ),
    (
        r"Timeout",
        "The MCP server does not answer in time.",
        "Look why it hangs; the chat should give up connecting after some seconds.",
        "tools hang",
    ),
    (
        r"Connect|refused|resolve",
        "Nobody answers where the MCP server should be.",
        "Start it, or correct host and port of its URL; in containers `localhost` is the container "
        "itself.",
        "tools away",
    ),
)
"""What it says, what that means, what to do, and the cause as the checks of logs name it."""


@check("CK713", needs=BOOT)
def services_answer(evidence: Evidence) -> Iterator[Finding]:
    """Only with `doctor --boot`: it connects to the database without writing, greets the MCP server
    (as the user whose `--token` was given) and asks what its tools take, and lists the models of
    the provider, which has to have the one that the chat asks for; no value of a variable is shown,
    but that name.
    """
    for service in evidence.services:
        if service.answer is not None:
            yield _finding(service, service.answer)


def _finding(service: Service, answer: str) -> Finding:
    what, fix, cause = _explanation(service, answer)
    return Finding(
        what=what,
        where=service.place,
        evidence=f"`{answer[:240]}`",
        fix=fix,
        explains=SEEN[service.kind],
        # What a database or a model says is known to the checks of logs, which name the cause.
        is_sign=service.kind != "tools",
        cause=cause,
    )


def _explanation(service: Service, answer: str) -> tuple[str, str, str | None]:
    for pattern, what, fix, cause in TOOLS if service.kind == "tools" else ():
        if re.search(pattern, answer):
            return what, fix, cause
    name = NAMES[service.kind]
    return (
        f"{name} does not answer as it should.",
        f"Correct `{service.variable}`, or what it names.",
        None,
    )
