"""The sandbox's own server is reached whatever is set for other servers."""

from __future__ import annotations

import asyncio

import pytest

from chatkit_agent.sandbox.connection import connect


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PGSSLMODE", "verify-full"),
        ("PGSSLROOTCERT", "/none/root.crt"),
        ("PGSSLNEGOTIATION", "direct"),
        ("PGTARGETSESSIONATTRS", "read-only"),
        ("PGTARGETSESSIONATTRS", "no such"),
        ("PGPASSFILE", "/none/pgpass"),
        ("PGPORT", "1"),
        ("PGSERVICE", "production"),
    ],
)
def test_it_is_reached_whatever_is_set(
    name: str, value: str, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def asked() -> object:
        connection = await connect(database_url, timeout=10)
        try:
            return await connection.fetchval("select 1")
        finally:
            await connection.close()

    with monkeypatch.context() as patch:
        patch.setenv(name, value)
        assert asyncio.run(asked()) == 1
