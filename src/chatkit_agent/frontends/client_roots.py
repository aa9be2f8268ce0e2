"""Where the MCP client lets us work: its own roots, within those that the server was given."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

import mcp_types as types
from mcp.server.session import ServerSession
from mcp.shared.exceptions import MCPError, NoBackChannelError


async def roots_for(session: ServerSession, given: Sequence[Path]) -> tuple[Path, ...]:
    """The folders of one call; without any from either side, the one we were started in."""
    offered = await _roots_of(session)
    if offered is None:
        return tuple(each.resolve() for each in given) or (Path.cwd(),)
    return within(given, offered)


def within(given: Sequence[Path], offered: Sequence[Path]) -> tuple[Path, ...]:
    """What lies in both; where nothing was `given`, what is `offered`."""
    ours = [each.resolve() for each in given]
    theirs = [each.resolve() for each in offered]
    if not ours:
        return tuple(theirs)
    inner = [each for each in theirs if any(each.is_relative_to(root) for root in ours)]
    outer = [each for each in ours if any(each.is_relative_to(root) for root in theirs)]
    return tuple(dict.fromkeys([*inner, *outer]))


async def _roots_of(session: ServerSession) -> list[Path] | None:
    """The client's roots; None where it has no such thing."""
    capabilities = session.client_capabilities
    if capabilities is None or capabilities.roots is None:
        return None
    try:
        listed = await session.send_request(types.ListRootsRequest(), types.ListRootsResult)
    except (MCPError, NoBackChannelError):
        return None
    return [path for root in listed.roots if (path := _path(str(root.uri))) is not None]


def _path(uri: str) -> Path | None:
    parts = urlsplit(uri)
    return Path(unquote(parts.path)) if parts.scheme == "file" and parts.path else None
