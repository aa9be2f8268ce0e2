"""Requests that nothing refuses are found; refusals in the route or for all routes are fine."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.routes.bad_requests_refused import bad_requests_refused

Findings = Callable[..., list[Finding]]
MAIN = """\
from chatkit.server import StreamingResult
from fastapi import FastAPI
app = FastAPI()
@app.post("/chatkit")
async def chatkit(request):
    try:
        return await server.process(await request.body(), 1)
    except {kinds}:
        raise
"""


@pytest.mark.parametrize(
    ("kinds", "missing"),
    [
        ("Exception", "`ValidationError` and `NotFoundError`"),
        ("NotFoundError", "raises `ValidationError` for"),
    ],
)
def test_found(findings: Findings, kinds: str, missing: str) -> None:
    main = MAIN.format(kinds=kinds)
    (finding,) = findings(bad_requests_refused, {"app/main.py": main})
    assert finding.where == "app/main.py:7"
    assert missing in finding.evidence


def test_quiet(findings: Findings) -> None:
    main = MAIN.format(kinds="(ValidationError, NotFoundError)")
    assert not findings(bad_requests_refused, {"app/main.py": main})


def test_quiet_with_handlers_of_the_application(findings: Findings) -> None:
    main = (
        "from fastapi import FastAPI\nfrom app import routes\napp = FastAPI()\n"
        "app.add_exception_handler(NotFoundError, missing)\n"
        "app.add_exception_handler(ValidationError, bad)\n"
    )
    routes = MAIN.format(kinds="OSError").replace("FastAPI", "APIRouter")
    assert not findings(bad_requests_refused, {"app/main.py": main, "app/routes.py": routes})


def test_found_beside_errors_with_a_longer_name(findings: Findings) -> None:
    main = MAIN.format(kinds="(RequestValidationError, TaskNotFoundError)")
    (finding,) = findings(bad_requests_refused, {"app/main.py": main})
    assert "`ValidationError` and `NotFoundError`" in finding.evidence


@pytest.mark.parametrize(("made", "count"), [("{'type': 'x'}", 0), ("await read()", 1)])
def test_a_request_that_the_application_makes(findings: Findings, made: str, count: int) -> None:
    main = MAIN.format(kinds="OSError").replace("await request.body()", "json.dumps(own)")
    main = main.replace("    try:", f"    own = {made}\n    try:")
    assert len(findings(bad_requests_refused, {"app/main.py": main})) == count
