"""Every origin together with credentials is told, however it is written."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.routes.cors_credentials_bounded import cors_credentials_bounded
from tests.checks.rules.conftest import Findings

MAIN = """\
from chatkit.server import StreamingResult
from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware as CORS
from app.server import Server
ANYBODY = ["*"]
OPTIONS = {"allow_origins": ["*"], "allow_credentials": True}
app = FastAPI()
# allow_origins=["*"], allow_credentials=True
app.add_middleware({line})
@app.post("/chatkit")
async def chatkit(request: Request):
    return await Server().process(await request.body(), {})
"""


@pytest.mark.parametrize(
    "line",
    [
        'CORS, allow_origins=["*"], allow_credentials=True',
        "CORS, allow_origins=ANYBODY, allow_credentials=True",
        "CORS, **OPTIONS",
        'CORS, allow_origin_regex=".*", allow_credentials=True',
    ],
)
def test_found(findings: Findings, line: str) -> None:
    (finding,) = findings(cors_credentials_bounded, {"app/main.py": MAIN.replace("{line}", line)})
    assert finding.cause == "cors:credentials"


@pytest.mark.parametrize(
    "line",
    [
        'CORS, allow_origins=["*"]',
        'CORS, allow_origins=["https://app.example"], allow_credentials=True',
        'CORS, allow_origins=["*"], allow_credentials=False',
        "CORS, allow_origins=settings.origins, allow_credentials=True",
        'Other, allow_origins=["*"], allow_credentials=True',
    ],
)
def test_quiet(findings: Findings, line: str) -> None:
    main = MAIN.replace("{line}", line)
    assert not findings(cors_credentials_bounded, {"app/main.py": main})


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ('CORS, allow_origins="*".split(","), allow_credentials=True', 1),
        ("middleware_class=CORS, allow_origins=[*ANYBODY], allow_credentials=not False", 0),
        ('CORS, allow_origins=[*ANYBODY, "https://a.example"], allow_credentials=True', 1),
        ('CORS, **{**OPTIONS, "allow_credentials": False}', 0),
        ('CORS, allow_origins=["*"] if DEBUG else [], allow_credentials=True', 0),
    ],
)
def test_spelled(findings: Findings, line: str, count: int) -> None:
    files = {"app/main.py": MAIN.replace("{line}", line)}
    assert len(findings(cors_credentials_bounded, files)) == count
