"""An exception in an answer of 500 is found; in a refusal, or in a log, it is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.diagnoses.source.errors_kept_inside import errors_kept_inside
from chatkit_agent.findings import Finding

Findings = Callable[..., list[Finding]]
MAIN = """\
from chatkit.server import StreamingResult
from fastapi import FastAPI, HTTPException
app = FastAPI()
@app.post("/chatkit")
async def chatkit(request):
    try:
        return await server.process(await request.body(), {{}})
    except Exception as e:
        {line}
"""


@pytest.mark.parametrize(
    "line",
    [
        'raise HTTPException(status_code=500, detail=f"Error: {e}")',
        'return JSONResponse({"error": str(e)}, status_code=500)',
        "raise HTTPException(500, str(e)) from e",
    ],
)
def test_found(findings: Findings, line: str) -> None:
    main = MAIN.replace("{line}", line).replace("{{}}", "{}")
    (finding,) = findings(errors_kept_inside, {"app/main.py": main})
    assert finding.where == "app/main.py:9"


@pytest.mark.parametrize(
    "line",
    [
        'raise HTTPException(status_code=500, detail="It failed.") from e',
        "raise HTTPException(400, str(e))",
        'logger.exception("failed: %s", e)',
    ],
)
def test_quiet(findings: Findings, line: str) -> None:
    main = MAIN.replace("{line}", line).replace("{{}}", "{}")
    assert not findings(errors_kept_inside, {"app/main.py": main})
