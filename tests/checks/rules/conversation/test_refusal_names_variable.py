"""A refusal that names a variable nobody reads is found where another one was meant."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.conversation.refusal_names_variable import refusal_names_variable

Findings = Callable[..., list[Finding]]
MAIN = """\
import os
from chatkit.server import StreamingResult
from fastapi import FastAPI, HTTPException
app = FastAPI()
URL = os.getenv("{read}")
raise HTTPException(status_code=503, detail="Check {named} please.")
"""


def test_found(findings: Findings) -> None:
    main = MAIN.format(read="SHOP_CHATKIT_DATABASE_URL", named="CHATKIT_DATABASE_URL")
    (finding,) = findings(refusal_names_variable, {"app/main.py": main})
    assert finding.where == "app/main.py:6"
    assert "`SHOP_CHATKIT_DATABASE_URL`" in finding.evidence


@pytest.mark.parametrize(
    ("read", "named"),
    [
        ("CHATKIT_DATABASE_URL", "CHATKIT_DATABASE_URL"),
        ("OTHER_URL", "CHATKIT_DATABASE_URL"),
        ("SHOP_CHATKIT_DATABASE_URL", "your configuration"),
    ],
)
def test_quiet(findings: Findings, read: str, named: str) -> None:
    assert not findings(
        refusal_names_variable, {"app/main.py": MAIN.format(read=read, named=named)}
    )
