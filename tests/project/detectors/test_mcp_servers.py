"""A repository's MCP servers are found with their address, and what would break them is said."""

from __future__ import annotations

import pytest

from chatkit_agent.project.detectors.mcp_servers import find_mcp_servers
from chatkit_agent.project.facts import Packaging
from chatkit_agent.project.source.declared import from_lines
from tests.project.detectors.conftest import MakeSources

FAST = "from mcp.server.fastmcp import FastMCP\n"


def packaging(*requirements: str) -> Packaging:
    listed = tuple(from_lines(requirements, "requirements.txt"))
    return Packaging("pip", "requirements.txt", "requirements", requirements=listed)


@pytest.mark.parametrize(
    ("code", "url"),
    [
        (f"{FAST}mcp = FastMCP('tasks', port=8123)\n", "http://localhost:8123/mcp"),
        (
            f"{FAST}mcp = FastMCP('tasks', streamable_http_path='/tools/')\n",
            "http://localhost:8000/tools",
        ),
        (
            "import fastmcp as f\ns = f.FastMCP('x')\n"
            "s.run(transport='http', port=9000, path='/m')\n",
            "http://localhost:9000/m",
        ),
        (
            "from mcp.server.mcpserver import MCPServer as S\nimport uvicorn\n"
            "s = S('x')\nuvicorn.run(s.streamable_http_app(), port=8001)\n",
            "http://localhost:8001/mcp",
        ),
        (
            "from fastapi import FastAPI\nfrom fastapi_mcp import FastApiMCP\n"
            "app = FastAPI()\nFastApiMCP(app).mount(mount_path='/ai')\n",
            "http://localhost:8000/ai",
        ),
    ],
)
def test_a_server_is_found_with_its_address(code: str, url: str, sources: MakeSources) -> None:
    (found,) = find_mcp_servers(sources({"mcp_server/main.py": code}), packaging("mcp<2"))
    assert (found.file, found.url, found.warning) == ("mcp_server/main.py", url, "")


@pytest.mark.parametrize(
    "code",
    [
        "class FastMCP: ...\nFastMCP('mine')\n",
        "# from mcp.server.fastmcp import FastMCP\nNOTE = 'FastMCP()'\n",
        f"{FAST}",
    ],
)
def test_what_only_has_the_name_is_none(code: str, sources: MakeSources) -> None:
    assert find_mcp_servers(sources({"a.py": code}), packaging()) == ()


@pytest.mark.parametrize(
    ("requirement", "breaks"),
    [("mcp", True), ("mcp>=1.9", True), ("mcp<2", False), ("mcp==1.30", False), ("httpx", True)],
)
def test_a_newer_mcp_that_would_break_its_imports_is_said(
    requirement: str, breaks: bool, sources: MakeSources
) -> None:
    found_in = sources({"a.py": f"{FAST}mcp = FastMCP('tasks')\n"})
    (found,) = find_mcp_servers(found_in, packaging(requirement))
    assert ("declare `mcp<2`" in found.warning) is breaks
