"""However a chat is set up and an exception is taken: a start that goes on is found."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.configuration.failed_start_told import failed_start_told
from tests.checks.rules.conftest import Findings

START = """\
from contextlib import asynccontextmanager
import logging
from chatkit.server import ChatKitServer
from chatkit.store import Store
from fastapi import FastAPI
{top}
logger = logging.getLogger()
class Kept(Store[dict]):
    async def open(self): ...
class Talk(ChatKitServer[dict]): ...
@asynccontextmanager
async def lifespan(app):
    try:
        {line}
    except {kind}:
        {handler}
    yield
app = FastAPI(lifespan=lifespan)
{more}
"""


def start(
    line: str = "app.state.x = Talk(Kept())",
    kind: str = "Exception",
    handler: str = 'logger.exception("no")',
    top: str = "",
    more: str = "",
) -> dict[str, str]:
    parts = {"line": line, "kind": kind, "handler": handler, "top": top, "more": more}
    return {"app/start.py": START.format(**parts)}


SPELLINGS = [
    ("straight", start(), True),
    ("tuple", start(kind="(OSError, Exception)"), True),
    ("as error", start(kind="Exception as error"), True),
    ("alias", start(kind="Broad", top="Broad = Exception"), True),
    (
        "helper makes",
        start("set_up(app)", more="def set_up(app):\n    app.state.x = Talk(Kept())"),
        True,
    ),
    ("opens", start("await store.open()", top="", more="store = Kept()"), True),
    (
        "other name",
        start("app.state.talk = make()", more="def make():\n    return Talk(Kept())"),
        True,
    ),
    ("unrelated", start("await warm_cache()"), False),
    ("unrelated chatkit word", start('logger.info("chatkit starts")'), False),
    ("comment", start("await warm()  # chatkit store"), False),
    ("narrow", start(kind="ValueError"), False),
    ("raises", start(handler="raise"), False),
    ("exits", start(handler="sys.exit(1)", top="import sys"), False),
    ("exit call", start(handler="raise SystemExit(1)"), False),
    ("helper raises", start(handler="fail()", more="def fail():\n    raise RuntimeError"), False),
    ("retried later", start(handler="app.state.x = None"), True),
]


@pytest.mark.parametrize(("name", "files", "is_found"), SPELLINGS, ids=[e[0] for e in SPELLINGS])
def test_spelled_otherwise(
    findings: Findings, name: str, files: dict[str, str], is_found: bool
) -> None:
    assert bool(findings(failed_start_told, files)) == is_found
