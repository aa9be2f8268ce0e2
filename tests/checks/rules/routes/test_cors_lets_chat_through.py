"""A list that lacks what the client sends is found; a star, or what is computed, is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.routes.cors_lets_chat_through import cors_lets_chat_through

Findings = Callable[..., list[Finding]]
MAIN = """\
import chatkit
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
app = FastAPI()
HEADERS = ["content-type"]
app.add_middleware(CORSMiddleware, {given})
"""
ALL = '"Authorization", "chatkit-frame-instance-id"'


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ('allow_methods=["*"], allow_headers=["Authorization"]', "`chatkit-frame-instance-id`"),
        ('allow_methods=["*"], allow_headers=HEADERS', "`authorization` and `chatkit-frame"),
        ('allow_methods=["POST"]', "`authorization` and `chatkit-frame"),
        (f'allow_methods=["GET"], allow_headers=[{ALL}]', "`POST`"),
        (f"allow_headers=[{ALL}]", "`POST`"),
        (
            'allow_methods=["*"], allow_headers=["*"], allow_origins=["https://a.example/"]',
            "`https://a.example/`",
        ),
    ],
)
def test_found(findings: Findings, given: str, missing: str) -> None:
    (finding,) = findings(cors_lets_chat_through, {"app/main.py": MAIN.format(given=given)})
    assert missing in finding.what
    assert finding.where == "app/main.py:6"


@pytest.mark.parametrize(
    "given",
    [
        'allow_methods=["*"], allow_headers=["*"]',
        f'allow_methods=("GET", "POST"), allow_headers=("Content-Type", {ALL})',
        "allow_methods=settings.methods, allow_headers=settings.headers",
        "**OPTIONS",
        'allow_methods=["*"], allow_headers=["*"], allow_origins=["https://a.example:8443", "*"]',
    ],
)
def test_quiet(findings: Findings, given: str) -> None:
    assert not findings(cors_lets_chat_through, {"app/main.py": MAIN.format(given=given)})
