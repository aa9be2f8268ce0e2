"""A body that is read as a whole is told as an info, unless something counts its bytes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.routes.body_limited import body_limited

Findings = Callable[..., list[Finding]]
MAIN = """\
from chatkit.server import StreamingResult
from fastapi import FastAPI
app = FastAPI()
@app.post("/chatkit")
async def chatkit(request):
    {line}
    return await server.process(await request.body(), 1)
"""


def test_found(findings: Findings) -> None:
    (finding,) = findings(body_limited, {"app/main.py": MAIN.format(line="pass")})
    assert (finding.where, finding.severity) == ("app/main.py:7", "info")


@pytest.mark.parametrize(
    "line",
    ['size = int(request.headers["content-length"])', "refuse(413)", "check(MAX_BODY_BYTES)"],
)
def test_quiet(findings: Findings, line: str) -> None:
    assert not findings(body_limited, {"app/main.py": MAIN.format(line=line)})
