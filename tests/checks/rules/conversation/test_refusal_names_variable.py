"""A refusal that names a variable nobody reads is found where another one was meant."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.conversation.refusal_names_variable import refusal_names_variable
from tests.checks.rules.conftest import Findings

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


SPELLED = """\
import os
from chatkit.server import StreamingResult
from fastapi import HTTPException as Refusal
from app.names import KEY, TOLD
PREFIX = "SHOP_"
READ = {read}
raise Refusal({given})  # CHATKIT_DATABASE_URL
"""
NAMES = 'KEY = "SHOP_CHATKIT_DATABASE_URL"\nTOLD = "Check CHATKIT_DATABASE_URL."\n'
TOLD = "503, TOLD"


@pytest.mark.parametrize(
    ("count", "read", "given"),
    [
        (1, "os.getenv(KEY)", TOLD),
        (1, "os.getenv(PREFIX + 'CHATKIT_DATABASE_URL')", TOLD),
        (1, "os.environ[KEY]", "status_code=503, detail='Check ' 'CHATKIT_DATABASE_URL.'"),
        (1, "os.environ.get(key=KEY)", "503, detail={'message': 'Check CHATKIT_DATABASE_URL'}"),
        (0, "os.environ['CHATKIT_DATABASE_URL'], os.getenv(KEY)", TOLD),
        (0, "os.getenv(KEY)", "503, 'Check ' + KEY"),
        (0, "'SHOP_CHATKIT_DATABASE_URL'", TOLD),
    ],
)
def test_spelled(findings: Findings, count: int, read: str, given: str) -> None:
    files = {"app/main.py": SPELLED.format(read=read, given=given), "app/names.py": NAMES}
    assert len(findings(refusal_names_variable, files)) == count
