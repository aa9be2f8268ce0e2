"""A token in a line of the log is found; whether there is one, or a part of it, is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.diagnoses.source.token_not_logged import token_not_logged
from chatkit_agent.findings import Finding

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
