"""A token in a line of the log is found; whether there is one, or a part of it, is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.tokens.token_not_logged import token_not_logged

Findings = Callable[..., list[Finding]]
SERVER = """\
import logging
from chatkit.server import ChatKitServer
logger = logging.getLogger(__name__)
def call(request, token, context):
    {line}
"""


@pytest.mark.parametrize(
    "line",
    [
        'logger.info("token %s", token)',
        'logger.debug(f"calling with {context.access_token}")',
        'logger.info("headers: %s", dict(request.headers))',
        "print(token)",
        'logger.info(f"from {request.url} {dict(request.headers)}")',
        'logger.info("auth %s", request.headers.get("authorization"))',
        'logger.info("%s", answer.request.headers)',
        'self.log.warning("no", extra={"auth_header": context.auth_header})',
    ],
)
def test_found(findings: Findings, line: str) -> None:
    (finding,) = findings(token_not_logged, {"app/server.py": SERVER.replace("{line}", line)})
    assert finding.where == "app/server.py:5"


@pytest.mark.parametrize(
    "line",
    [
        'logger.info("token present: %s", bool(token))',
        'logger.info("token of %s bytes", len(token))',
        'logger.info("a token is missing")',
        'logger.info("with%s token", "" if token else "out")',
        'logger.info("starts with %s", token[:4])',
        "send(token)",
        'logger.info("agent %s", request.headers.get("user-agent"))',
        'logger.info(f"{len(request.headers)} headers")',
    ],
)
def test_quiet(findings: Findings, line: str) -> None:
    assert not findings(token_not_logged, {"app/server.py": SERVER.replace("{line}", line)})


WHOLE = """\
import logging
from dataclasses import dataclass, field
from pydantic import BaseModel, SecretStr
from chatkit.server import ChatKitServer
logger = logging.getLogger(__name__)
{kind}
    user_id: str
    token: {token}
class Server(ChatKitServer[ChatContext]):
    async def respond(self, thread, item, context: ChatContext):
        {line}
"""


def whole(**parts: str) -> dict[str, str]:
    usual = {
        "kind": "@dataclass\nclass ChatContext:",
        "token": "str",
        "line": 'logger.info("turn of %s", context)',
    }
    return {"app/server.py": WHOLE.format(**usual | parts)}


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"kind": "@dataclass(frozen=True)\nclass ChatContext:"},
        {"kind": "\nclass ChatContext(BaseModel):"},
        {"line": 'logger.info(f"turn of {context}")'},
        {"line": 'logger.info(f"turn of {context!r}")'},
        {"line": "print(context)"},
    ],
)
def test_found_as_a_part_of_the_context(findings: Findings, parts: dict[str, str]) -> None:
    (finding,) = findings(token_not_logged, whole(**parts))
    assert "shows its `token`" in finding.evidence


@pytest.mark.parametrize(
    "parts",
    [
        {"token": "str = field(repr=False)"},
        {"token": "SecretStr"},
        {"kind": "\nclass ChatContext:"},
        {"kind": "@dataclass\nclass ChatContext:\n    def __repr__(self): return self.user_id"},
        {"line": 'logger.info("turn of %s", context.user_id)'},
        {"line": 'logger.info("turn in %s", thread)'},
        {"line": "await run(context)"},
    ],
)
def test_quiet_where_the_context_does_not_show_it(
    findings: Findings, parts: dict[str, str]
) -> None:
    assert not findings(token_not_logged, whole(**parts))
