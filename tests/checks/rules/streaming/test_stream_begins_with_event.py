"""A result that is streamed as it is is found; one whose first event was awaited is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.streaming.stream_begins_with_event import stream_begins_with_event
from tests.checks.rules.conftest import Findings

MAIN = """\
from chatkit.server import StreamingResult
from fastapi import FastAPI
app = FastAPI()
@app.post("/chatkit")
async def chatkit(request):
    result = await server.process(await request.body(), 1)
    {line}
"""


def test_found(findings: Findings) -> None:
    main = MAIN.format(line='return StreamingResponse(result, media_type="text/event-stream")')
    (finding,) = findings(stream_begins_with_event, {"app/main.py": main})
    assert finding.where == "app/main.py:7"


@pytest.mark.parametrize(
    "line",
    [
        "return StreamingResponse(chain([await anext(aiter(result))], result))",
        "return Response(result.json)",
        "return StreamingResponse(other)",
    ],
)
def test_quiet(findings: Findings, line: str) -> None:
    assert not findings(stream_begins_with_event, {"app/main.py": MAIN.format(line=line)})
