"""An apology as a message is found; an error event, or an answer outside a handler, is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.diagnoses.source.failures_are_no_messages import failures_are_no_messages
from chatkit_agent.findings import Finding

Findings = Callable[..., list[Finding]]
SERVER = """\
from chatkit.server import ChatKitServer
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        try:
            yield ThreadItemDoneEvent(item=AssistantMessageItem(text="fine"))
        except {kind}:
            {line}
"""


@pytest.mark.parametrize("kind", ["Exception as e", "ConnectionError"])
def test_found(findings: Findings, kind: str) -> None:
    line = 'yield ThreadItemDoneEvent(item=AssistantMessageItem(text="I apologize"))'
    server = SERVER.format(kind=kind, line=line)
    (finding,) = findings(failures_are_no_messages, {"app/server.py": server})
    assert finding.where == "app/server.py:7"


@pytest.mark.parametrize(
    "line",
    [
        "raise CustomStreamError('It failed.', allow_retry=True)",
        "yield ErrorEvent(message='It failed.')",
        "logger.exception('failed')",
    ],
)
def test_quiet(findings: Findings, line: str) -> None:
    server = SERVER.format(kind="Exception", line=line)
    assert not findings(failures_are_no_messages, {"app/server.py": server})
