"""A token in a thread or in a hidden item is found; in the context of a request it is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.tokens.token_not_stored import token_not_stored

Findings = Callable[..., list[Finding]]
SERVER = """\
from chatkit.server import ChatKitServer
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        {line}
        yield item
"""


@pytest.mark.parametrize(
    "line",
    [
        'thread.metadata = {"token": context.token}',
        'thread.metadata["access_token"] = access_token',
        "thread.metadata.update(token=context.token)",
        'item = HiddenContextItem(content=f"token {context.token}")',
    ],
)
def test_found(findings: Findings, line: str) -> None:
    (finding,) = findings(token_not_stored, {"app/server.py": SERVER.replace("{line}", line)})
    assert finding.where == "app/server.py:4"


@pytest.mark.parametrize(
    "line",
    [
        'thread.metadata = {"project": context.project}',
        'context = Context(metadata={"access_token": context.token})',
        'thread.metadata["signed_in"] = bool(context.token)',
    ],
)
def test_quiet(findings: Findings, line: str) -> None:
    assert not findings(token_not_stored, {"app/server.py": SERVER.replace("{line}", line)})
