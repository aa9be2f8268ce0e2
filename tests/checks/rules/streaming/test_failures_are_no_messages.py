"""An apology as a message is found; an error event, or an answer outside a handler, is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.streaming.failures_are_no_messages import failures_are_no_messages

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


HELPERS = """\
    def said(self, text):
        return ThreadItemDoneEvent(item=AssistantMessageItem(content=text))
    def sorry(self):
        return ThreadItemDoneEvent(item=AssistantMessageItem(content="Something went wrong."))
    async def keep(self, text):
        await self.store.save_item("t", AssistantMessageItem(content=text), None)
"""


@pytest.mark.parametrize(
    "line",
    [
        "yield self.sorry()",
        'yield self.said(f"I could not do that: {e}")',
        'await queue.put(self.said("Sorry, try again."))',
        'await queue.put(AssistantMessageItem(content="Sorry, try again."))',
    ],
)
@pytest.mark.parametrize("method", ["respond", "_turn"])
def test_an_apology_that_a_function_makes(findings: Findings, line: str, method: str) -> None:
    server = SERVER.format(kind="Exception as e", line=line).replace("respond", method) + HELPERS
    (finding,) = findings(failures_are_no_messages, {"app/server.py": server})
    assert finding.where == "app/server.py:7"


@pytest.mark.parametrize("told", ["raise", "yield ErrorEvent(message=f'Error: {e}')"])
def test_quiet_where_what_was_said_is_kept(findings: Findings, told: str) -> None:
    line = f"logger.exception('it failed'); await self.keep(said); {told}"
    server = SERVER.format(kind="Exception", line=line) + HELPERS
    assert not findings(failures_are_no_messages, {"app/server.py": server})


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
