"""A handler that takes everything and says nothing is found; one that says anything is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.streaming.failures_told import failures_told

Findings = Callable[..., list[Finding]]
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
