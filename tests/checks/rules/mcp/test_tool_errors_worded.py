"""An exception's text in what a tool returns is found; a sentence, or another function, is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.mcp.tool_errors_worded import tool_errors_worded
from tests.checks.rules.conftest import Findings

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
@pytest.mark.parametrize(
    "line",
    [
        'return json.dumps({"error": str(e)})',
        'return f"failed: {e}"',
        'text = f"{e}"; return {"error": text}',
    ],
)
def test_found(findings: Findings, mark: str, line: str) -> None:
    server = SERVER.replace("{mark}", mark).replace("{line}", line)
    (finding,) = findings(tool_errors_worded, {"app/server.py": server})
    assert finding.where == "app/server.py:8"


def test_a_function_that_tools_hand_on_is_found(findings: Findings) -> None:
    helper = SERVER.replace("@{mark}\n", "").replace("{line}", 'return f"failed: {e}"')
    tool = "@function_tool\nasync def more(ctx) -> str:\n    return await add(ctx)\n"
    (finding,) = findings(tool_errors_worded, {"app/server.py": helper + tool})
    assert finding.where == "app/server.py:7"
    other = tool.replace("return await add(ctx)", "return known(await add(ctx))")
    assert not findings(tool_errors_worded, {"app/server.py": helper + other})


@pytest.mark.parametrize(
    ("mark", "line"),
    [
        ("function_tool", 'return "It failed."'),
        ("function_tool", 'return f"It failed: {type(e).__name__}"'),
        ("function_tool", 'known = re.search("x", str(e)); return known[0] if known else ""'),
        ("helper", "return str(e)"),
    ],
)
def test_quiet(findings: Findings, mark: str, line: str) -> None:
    server = SERVER.replace("{mark}", mark).replace("{line}", line)
    assert not findings(tool_errors_worded, {"app/server.py": server})


WORDING = """\
from agents import Agent, function_tool
from agents.mcp import MCPServerStreamableHttp
from chatkit.server import ChatKitServer
def worded(context, error):
    return {returned}
async def add(ctx):
    try:
        return await call()
    except Exception as e:
        return {added}
{used}
"""
USES = [
    "tool = function_tool(add, failure_error_function=worded)",
    'agent = Agent(mcp_config={"failure_error_function": worded})',
    "tools = MCPServerStreamableHttp(params=P, failure_error_function=worded)",
]


@pytest.mark.parametrize("used", USES)
@pytest.mark.parametrize("returned", ["str(error)", 'f"It failed: {error}"', "error.args[0]"])
def test_a_function_that_words_failures(findings: Findings, used: str, returned: str) -> None:
    server = WORDING.format(returned=returned, added="None", used=used)
    (finding,) = findings(tool_errors_worded, {"app/server.py": server})
    assert finding.where == "app/server.py:5"


def test_a_lambda(findings: Findings) -> None:
    used = USES[0].replace("worded", "lambda _, e: str(e)")
    server = WORDING.format(returned="None", added="None", used=used)
    (finding,) = findings(tool_errors_worded, {"app/server.py": server})
    assert finding.where == "app/server.py:11"


def test_a_function_that_is_made_a_tool(findings: Findings) -> None:
    server = WORDING.format(returned="None", added="str(e)", used="tool = function_tool(add)")
    (finding,) = findings(tool_errors_worded, {"app/server.py": server})
    assert finding.where == "app/server.py:10"


@pytest.mark.parametrize("returned", ['"It failed."', "type(error).__name__"])
def test_quiet_where_the_words_are_its_own(findings: Findings, returned: str) -> None:
    server = WORDING.format(returned=returned, added="None", used="\n".join(USES))
    assert not findings(tool_errors_worded, {"app/server.py": server})


def test_quiet_where_nothing_uses_it(findings: Findings) -> None:
    server = WORDING.format(returned="str(error)", added="str(e)", used="pass")
    assert not findings(tool_errors_worded, {"app/server.py": server})
