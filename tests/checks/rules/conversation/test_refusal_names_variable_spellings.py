"""However a variable is read and a refusal is written: the same is found, or nothing."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.conversation.refusal_names_variable import refusal_names_variable
from tests.checks.rules.conftest import Findings

REF = """\
import os
from chatkit.server import StreamingResult
from fastapi import FastAPI, HTTPException
{top}
app = FastAPI()
{read}
def refuse():
    {refuse}
"""


def ref(
    read: str = 'URL = os.getenv("SHOP_CHATKIT_DATABASE_URL")',
    refuse: str = 'raise HTTPException(status_code=503, detail="Check CHATKIT_DATABASE_URL please.")',
    top: str = "",
) -> dict[str, str]:
    return {"app/main.py": REF.format(read=read, refuse=refuse, top=top)}


SPELLINGS = [
    ("straight", ref(), True),
    (
        "alias exc",
        ref(
            refuse='raise E(status_code=503, detail="Check CHATKIT_DATABASE_URL.")',
            top="from fastapi import HTTPException as E",
        ),
        True,
    ),
    ("positional", ref(refuse='raise HTTPException(503, "Check CHATKIT_DATABASE_URL.")'), True),
    (
        "const",
        ref(refuse="raise HTTPException(503, TEXT)", top='TEXT = "Check CHATKIT_DATABASE_URL."'),
        True,
    ),
    (
        "fstring",
        ref(
            refuse='raise HTTPException(503, f"Check {NAME}.")', top='NAME = "CHATKIT_DATABASE_URL"'
        ),
        True,
    ),
    ("environ index", ref(read='URL = os.environ["SHOP_CHATKIT_DATABASE_URL"]'), True),
    (
        "getenv alias",
        ref(read='URL = g("SHOP_CHATKIT_DATABASE_URL")', top="from os import getenv as g"),
        True,
    ),
    (
        "environ alias",
        ref(read='URL = env.get("SHOP_CHATKIT_DATABASE_URL")', top="from os import environ as env"),
        True,
    ),
    (
        "const name",
        ref(read="URL = os.getenv(NAME)", top='NAME = "SHOP_CHATKIT_DATABASE_URL"'),
        True,
    ),
    (
        "settings",
        ref(
            read='class S(BaseSettings):\n    chatkit_database_url: str = ""\n    model_config = {"env_prefix": "SHOP_"}',
            top="from pydantic_settings import BaseSettings",
        ),
        True,
    ),
    (
        "json response",
        ref(
            refuse='return JSONResponse({"detail": "Check CHATKIT_DATABASE_URL."}, status_code=503)',
            top="from fastapi.responses import JSONResponse",
        ),
        True,
    ),
    ("same", ref(read='URL = os.getenv("CHATKIT_DATABASE_URL")'), False),
    (
        "same too",
        ref(
            read='URL = os.getenv("SHOP_CHATKIT_DATABASE_URL") or os.environ["CHATKIT_DATABASE_URL"]'
        ),
        False,
    ),
    ("other", ref(read='URL = os.getenv("OTHER_URL")'), False),
    (
        "comment",
        ref(refuse='raise HTTPException(503, "Not ready.")  # CHATKIT_DATABASE_URL'),
        False,
    ),
    ("log", ref(refuse='print("CHATKIT_DATABASE_URL")'), False),
]


@pytest.mark.parametrize(("name", "files", "is_found"), SPELLINGS, ids=[e[0] for e in SPELLINGS])
def test_spelled_otherwise(
    findings: Findings, name: str, files: dict[str, str], is_found: bool
) -> None:
    assert bool(findings(refusal_names_variable, files)) == is_found
