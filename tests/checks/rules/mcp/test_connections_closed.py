"""A connection of a turn that nothing closes is told."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.mcp.connections_closed import connections_closed
from tests.checks.rules.conftest import TURN, Findings


@pytest.mark.parametrize(
    "line",
    [
        'tools = MCPServerStreamableHttp(params={"url": URL})\n        await tools.connect()\n        yield item',
        'tools = MCPServerStreamableHttp(params={"url": URL})\n        await tools.connect()\n        yield item\n        await tools.cleanup()',
    ],
)
def test_found(findings: Findings, line: str) -> None:
    found = findings(connections_closed, {"app/server.py": TURN.replace("{line}", line)})
    assert len(found) == 1
    assert found[0].where.startswith("app/server.py:")


@pytest.mark.parametrize(
    "line",
    [
        'async with MCPServerStreamableHttp(params={"url": URL}) as tools:\n            yield item',
        'tools = MCPServerStreamableHttp(params={"url": URL})\n        try:\n            await tools.connect()\n            yield item\n        finally:\n            await tools.cleanup()',
    ],
)
def test_quiet(findings: Findings, line: str) -> None:
    assert not findings(connections_closed, {"app/server.py": TURN.replace("{line}", line)})


MADE = (
    TURN
    + """\
    def tools_of(self, context):
        return MCPServerStreamableHttp(params={"url": URL})
"""
)


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("tools = self.tools_of(context)\n        await tools.connect()\n        yield item", 1),
        ("async with self.tools_of(context) as tools:\n            yield item", 0),
    ],
)
def test_what_a_helper_makes(findings: Findings, line: str, count: int) -> None:
    source = MADE.replace("{line}", line)
    assert len(findings(connections_closed, {"app/server.py": source})) == count
