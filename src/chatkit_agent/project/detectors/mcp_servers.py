"""MCP servers: those that the repository itself has, and where the chat would reach them."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst
from packaging.requirements import Requirement

from chatkit_agent.project.facts import MCPServer, Packaging
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.sources import Sources, Symbol

OF_APPLICATION = "fastapi_mcp.FastApiMCP"
GONE = "mcp.server.fastmcp"
MADE = {
    *(f"{GONE}.FastMCP", f"{GONE}.server.FastMCP", "fastmcp.FastMCP", "fastmcp.server.FastMCP"),
    *("mcp.server.MCPServer", "mcp.server.mcpserver.MCPServer", OF_APPLICATION),
}
NAMED = ("FastMCP", "MCPServer", "FastApiMCP")
CALLED = rb"\b(?:FastMCP|MCPServer|FastApiMCP)(?:\s*(?:\[[^\]\n]*\]\s*)?\(|\s+as\b)"
SERVING = {
    *("run", "run_async", "run_http_async", "http_app", "streamable_http_app", "Config"),
    *("mount", "mount_http"),
}
PORT = "8000"
RENAMED = "2"
"""From this version of `mcp` on there is no module of that name."""


def find_mcp_servers(sources: Sources, packaging: Packaging) -> tuple[MCPServer, ...]:
    files = sources.mentioning(CALLED, *(name.encode() for name in NAMED), aside=False)
    return tuple(server for file in files for server in _in_file(sources, file, packaging))


def _in_file(sources: Sources, file: str, packaging: Packaging) -> Iterator[MCPServer]:
    calls = _calls(sources, file, rb"\b(?:%s)\b", _classes(sources, file))
    making = [each for each in calls if _class(sources, file, each) in MADE]
    if not making:
        return
    calls = _calls(sources, file, rb"\.(?:%s)\b", SERVING)
    made = _class(sources, file, making[0])
    given = _arguments([*making, *(each for each in calls if _last_name(each) in SERVING)])
    path = given.get("streamable_http_path") or given.get("path") or "/mcp"
    port = given.get("port", PORT)
    if made == OF_APPLICATION:
        path, port = given.get("mount_path", "/mcp"), PORT
    warning = _breaks(made, packaging)
    yield MCPServer(file, f"http://localhost:{port}/{path.strip('/')}", warning)


def _classes(sources: Sources, file: str) -> set[str]:
    """Names at the top of a file that lead to one of these classes: few files are parsed."""
    bound = sources.names(file)
    names = (*bound.imports, *bound.definitions)
    found = {name for name in names if _leads(sources, sources.resolve(file, name))}
    return found | {*NAMED} if found or bound.stars else set()


def _leads(sources: Sources, symbol: Symbol | None) -> bool:
    if symbol is None:
        return False
    if symbol.path is None:
        return any(f"{made}.".startswith(f"{symbol.name}.") for made in MADE)
    content = b"" if symbol.name else sources.tree.read(symbol.path)
    return any(name.encode() in content for name in NAMED)


def _calls(sources: Sources, file: str, pattern: bytes, names: set[str]) -> list[cst.Call]:
    """The calls in the statements that have one of the names in them, written in such a way."""
    if not names:
        return []
    module = sources.module(file, pattern % "|".join(sorted(names)).encode())
    return [each for each in syntax.walk(module) if isinstance(each, cst.Call)]


def _class(sources: Sources, file: str, call: cst.Call) -> str:
    symbol = sources.resolve(file, syntax.dotted(call.func))
    return symbol.package_name if symbol else ""


def _last_name(call: cst.Call) -> str:
    return call.func.attr.value if isinstance(call.func, cst.Attribute) else ""


def _arguments(calls: list[cst.Call]) -> dict[str, str]:
    """What is written out in these calls; of a name that is given twice, the first."""
    found: dict[str, str] = {}
    for call in calls:
        for name in ("port", "path", "streamable_http_path", "mount_path"):
            value = syntax.argument(call, name)
            written = value.value if isinstance(value, cst.Integer) else syntax.text(value)
            if written and (written.isdecimal() if name == "port" else written.startswith("/")):
                found.setdefault(name, written)
    return found


def _breaks(made: str, packaging: Packaging) -> str:
    """What the chat's `mcp` would do to the server's imports, where they share an environment."""
    if not made.startswith(f"{GONE}."):
        return ""
    declared = [each.text for each in packaging.requirements if each.name == "mcp" and each.text]
    if any(not Requirement(each).specifier.contains(f"{RENAMED}.0") for each in declared):
        return ""
    return (
        f"it imports `{GONE}`, which `mcp` {RENAMED} no longer has, and nothing bounds `mcp`: "
        f"declare `mcp<{RENAMED}` where both are installed together."
    )
