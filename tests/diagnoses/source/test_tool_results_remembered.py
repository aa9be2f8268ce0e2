"""Tools whose calls nothing keeps are found; a session, hidden items or no tools are fine."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.diagnoses.source.tool_results_remembered import tool_results_remembered
from chatkit_agent.findings import Finding

Findings = Callable[..., list[Finding]]
SERVER = """\
from agents import Agent, Runner
from chatkit.server import ChatKitServer
{above}
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        yield Agent(name="a", {given})
"""


@pytest.mark.parametrize("given", ["tools=[add]", "mcp_servers=[server]"])
def test_found(findings: Findings, given: str) -> None:
    server = SERVER.format(above="", given=given)
    (finding,) = findings(tool_results_remembered, {"app/server.py": server})
    assert finding.where == "app/server.py:6"


@pytest.mark.parametrize(
    "above",
    [
        "def shown(item: HiddenContextItem): ...",
        "def keep(call):\n    HiddenContextItem(content=call)",
    ],
)
def test_what_reads_them_or_is_never_called_keeps_none(findings: Findings, above: str) -> None:
    assert findings(
        tool_results_remembered, {"app/server.py": SERVER.format(above=above, given="tools=[add]")}
    )


@pytest.mark.parametrize(
    ("above", "given"),
    [
        ("kept = HiddenContextItem(content=call)", "tools=[add]"),
        ("Runner.run(agent, session=memory)", "tools=[add]"),
        ("", "instructions='x'"),
    ],
)
def test_quiet(findings: Findings, above: str, given: str) -> None:
    server = SERVER.format(above=above, given=given)
    assert not findings(tool_results_remembered, {"app/server.py": server})
