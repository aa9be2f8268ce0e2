"""An exception's text in what a tool returns is found; a sentence, or another function, is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.diagnoses.source.tool_errors_worded import tool_errors_worded
from chatkit_agent.findings import Finding

Findings = Callable[..., list[Finding]]
SERVER = """\
from agents import function_tool
from chatkit.server import ChatKitServer
@{mark}
async def add(ctx) -> str:
    try:
        return await call()
    except Exception as e:
        {line}
"""


@pytest.mark.parametrize("mark", ["function_tool", "function_tool(strict_mode=False)"])
@pytest.mark.parametrize("line", ['return json.dumps({"error": str(e)})', 'return f"failed: {e}"'])
def test_found(findings: Findings, mark: str, line: str) -> None:
    server = SERVER.replace("{mark}", mark).replace("{line}", line)
    (finding,) = findings(tool_errors_worded, {"app/server.py": server})
    assert finding.where == "app/server.py:8"


@pytest.mark.parametrize(
    ("mark", "line"), [("function_tool", 'return "It failed."'), ("helper", "return str(e)")]
)
def test_quiet(findings: Findings, mark: str, line: str) -> None:
    server = SERVER.replace("{mark}", mark).replace("{line}", line)
    assert not findings(tool_errors_worded, {"app/server.py": server})
