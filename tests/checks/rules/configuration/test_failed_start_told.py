"""A start that goes on after anything is found; one that raises, or of something else, is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.configuration.failed_start_told import failed_start_told
from tests.checks.rules.conftest import Findings

MAIN = """\
from contextlib import asynccontextmanager
from chatkit.server import ChatKitServer
from fastapi import FastAPI
{mark}
async def start(app):
    try:
        app.state.{what} = await make()
    except {kind}:
        {line}
    yield
app = FastAPI(lifespan=start)
"""
WIDE = ("Exception", "logger.error(1)")


@pytest.mark.parametrize("mark", ["@asynccontextmanager", '@app.on_event("startup")'])
@pytest.mark.parametrize("kind", ["Exception as e", "BaseException"])
def test_found(findings: Findings, mark: str, kind: str) -> None:
    main = MAIN.format(mark=mark, what="chatkit_store", kind=kind, line="logger.error(1)")
    (finding,) = findings(failed_start_told, {"app/main.py": main})
    assert finding.where == "app/main.py:8"


def test_a_start_that_makes_the_chat_is_known_by_the_class(findings: Findings) -> None:
    mark = "class Helper(ChatKitServer[dict]): ...\n@asynccontextmanager"
    main = MAIN.format(mark=mark, what="helper", kind="Exception", line="logger.error(1)")
    main = main.replace("await make()", "Helper()")
    (finding,) = findings(failed_start_told, {"app/main.py": main})
    assert finding.where == "app/main.py:9"


@pytest.mark.parametrize(
    ("mark", "what", "kind", "line"),
    [
        ("@asynccontextmanager", "chatkit_store", "Exception", "logger.error(1); raise"),
        ("@asynccontextmanager", "cache", "Exception", "logger.error(1)"),
        ("@asynccontextmanager", "chatkit_store", "KeyError", "logger.error(1)"),
        ("@asynccontextmanager", "x = 1\n        from .chatkit.debug import y; a", *WIDE),
        ("@helper", "chatkit_store", "Exception", "logger.error(1)"),
    ],
)
def test_quiet(findings: Findings, mark: str, what: str, kind: str, line: str) -> None:
    main = MAIN.format(mark=mark, what=what, kind=kind, line=line)
    assert not findings(failed_start_told, {"app/main.py": main})


MADE = """\
from chatkit.server import ChatKitServer
try:
    {line}
except {kind}:
    chat_server = None
"""


@pytest.mark.parametrize(
    ("line", "kind", "found"),
    [
        ("chat_server = Server(store())", "Exception", ["app/made.py:4"]),
        ("chat_server = Server(store())", "ImportError", []),
        ("from chatkit import server", "Exception", []),
    ],
)
def test_what_is_made_at_import(findings: Findings, line: str, kind: str, found: list[str]) -> None:
    files = {"app/made.py": MADE.format(line=line, kind=kind)}
    assert [each.where for each in findings(failed_start_told, files)] == found
