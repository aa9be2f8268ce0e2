"""What the services said at the addresses that the project's variables name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chatkit_agent.checks.rules.configuration.services_answer import services_answer
from chatkit_agent.evidence.static import Evidence, Service
from tests.checks.rules.conftest import Tried


def asked(evidence: Evidence, kind: Any, answer: str | None) -> Evidence:
    return replace(evidence, services=(Service(kind, "SHOP_URL", ".env:3", answer),))


def test_quiet(tried: Tried) -> None:
    assert not list(services_answer(tried()))
    assert not list(services_answer(asked(tried(), "tools", None)))


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        ("MCP: HTTP 404", "not at the path"),
        ("MCP: HTTP 307", "not at the path"),
        ("MCP: HTTP 405", "does not speak streamable HTTP"),
        ("MCP: HTTP 401 with the token that was given", "refuses the token"),
        ("MCP: HTTP 403 with the token that was given", "does not let"),
        ("MCP: HTTP 421", "host name"),
        ("MCP: HTTP 502", "fails when a client connects"),
        ("MCP: text/html instead of JSON", "web page"),
        ("httpx.ConnectError: [Errno 111] Connection refused", "Nobody answers"),
        ("httpx.ReadTimeout: timed out", "in time"),
        ("UnicodeError: label too long", "does not answer as it should"),
    ],
)
def test_tools_are_told_apart(tried: Tried, answer: str, what: str) -> None:
    (finding,) = services_answer(asked(tried(), "tools", answer))
    assert what in finding.what
    assert finding.where == "`SHOP_URL`, .env:3"
    assert not finding.is_sign


@pytest.mark.parametrize("kind", ["database", "model"])
def test_of_the_others_the_log_checks_name_the_cause(tried: Tried, kind: str) -> None:
    (finding,) = services_answer(asked(tried(), kind, "InvalidPasswordError: no"))
    assert finding.is_sign
