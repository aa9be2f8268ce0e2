"""A handler that takes everything and says nothing is found; one that says anything is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.streaming.failures_told import failures_told
from tests.checks.rules.conftest import Findings

SERVER = """\
from chatkit.server import ChatKitServer
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        try:
            yield item
        except {kind}:
            {line}
"""


@pytest.mark.parametrize("kind", ["Exception as e", "BaseException"])
@pytest.mark.parametrize("line", ["pass", "logger.exception('failed')", "return"])
def test_found(findings: Findings, kind: str, line: str) -> None:
    (finding,) = findings(failures_told, {"app/server.py": SERVER.format(kind=kind, line=line)})
    assert finding.where == "app/server.py:6"


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("Exception", "logger.exception('failed'); raise"),
        ("Exception", "yield ErrorEvent(message='It failed.')"),
        ("Exception", "await queue.put(failed)"),
        ("Busy", "return"),
    ],
)
def test_quiet(findings: Findings, kind: str, line: str) -> None:
    assert not findings(failures_told, {"app/server.py": SERVER.format(kind=kind, line=line)})


LATER = """\
from chatkit.server import ChatKitServer
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        if item:
            try:
                yield item
            except Exception:
                {line}
        yield thread
"""


@pytest.mark.parametrize(("line", "count"), [("logger.warning('kept')", 0), ("return", 1)])
def test_a_handler_after_which_the_answer_goes_on(
    findings: Findings, line: str, count: int
) -> None:
    assert len(findings(failures_told, {"app/server.py": LATER.format(line=line)})) == count


SPELLED = """\
import builtins, contextlib, logging
from contextlib import suppress as quietly
from chatkit.server import ChatKitServer
from chatkit.types import ErrorEvent
from app.errors import Busy, failed, told
ANY = (Exception,)
EVERY = Exception
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        async for event in self._turn(thread, item):
            yield event
    async def _turn(self, thread, item):
        try:
            yield item
        except {kind}:
            {line}
    async def _hand(self, queue):
        await queue.put(ErrorEvent(message="It failed."))
"""
ERRORS = """\
class Busy(Exception): ...
def told(error):
    raise RuntimeError("It failed.") from error
def failed(error):
    print("put nothing", error)
"""


@pytest.mark.parametrize(
    ("count", "kind", "line"),
    [
        (1, "ANY", "pass"),
        (1, "EVERY", "pass"),
        (1, "builtins.Exception as e", "failed(e)"),
        (1, "(ValueError, Exception)", "logging.exception('an answer failed')"),
        (1, "Exception", "queue = 'put'  # raise, yield, .put("),
        (1, "Exception as e", "self.failures.inputs.append(e)"),
        (0, "Exception as e", "told(e)"),
        (0, "Exception", "self.queue.put_nowait(None)"),
        (0, "Exception", "await self._hand(queue)"),
        (0, "Busy", "pass"),
        (0, "(ValueError, Busy)", "pass"),
        (0, "Exception as e", "failure = e"),
    ],
)
def test_spelled(findings: Findings, count: int, kind: str, line: str) -> None:
    server = SPELLED.format(kind=kind, line=line)
    if "failure = e" in line:
        server = server.replace(
            "            failure = e\n", "            failure = e\n        yield failure\n"
        )
    files = {"app/server.py": server, "app/errors.py": ERRORS}
    assert len(findings(failures_told, files)) == count


SUPPRESSED = """\
import contextlib
from chatkit.server import ChatKitServer
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        with contextlib.suppress({kind}):
            yield item
"""


@pytest.mark.parametrize(("count", "kind"), [(1, "Exception"), (0, "ValueError")])
def test_suppressed(findings: Findings, count: int, kind: str) -> None:
    assert len(findings(failures_told, {"app/server.py": SUPPRESSED.format(kind=kind)})) == count
