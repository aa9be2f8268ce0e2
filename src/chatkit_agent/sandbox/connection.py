"""Connection: to a server of the sandbox, whatever this machine says of others."""

from __future__ import annotations

from collections.abc import Mapping

import asyncpg
from asyncpg.connect_utils import SessionAttribute


async def connect(
    url: str, *, timeout: float = 60, server_settings: Mapping[str, str] | None = None
) -> asyncpg.Connection:
    """A connection for which no `PG...` variable decides: those are of the user's own servers."""
    return await asyncpg.connect(
        url,
        ssl=False,
        direct_tls=False,
        target_session_attrs=SessionAttribute.any,
        statement_cache_size=0,
        timeout=timeout,
        server_settings=dict(server_settings or {}),
    )
