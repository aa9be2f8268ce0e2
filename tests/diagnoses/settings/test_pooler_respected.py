"""A pooler in the URL is found where the driver prepares statements, and its URL is not shown."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.diagnoses.settings.pooler_respected import pooler_respected
from chatkit_agent.findings import Finding

Findings = Callable[..., list[Finding]]
STORE = "import asyncpg\nimport chatkit\npool = asyncpg.create_pool(url{})\n"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:hunter2@pgbouncer:5432/x",
        "postgresql://u:hunter2@db:6432/x",
        "postgres://u:hunter2@ep-1-pooler.example.com/x",
    ],
)
def test_found(findings: Findings, url: str) -> None:
    files = {"app/store.py": STORE.format(""), ".env": f"CHAT_URL={url}\n"}
    (finding,) = findings(pooler_respected, files)
    assert finding.where == "app/store.py:3"
    assert "hunter2" not in repr(finding)


@pytest.mark.parametrize(
    ("more", "env"),
    [
        (", statement_cache_size=0", "CHAT_URL=postgresql://u@pgbouncer/x\n"),
        ("", "CHAT_URL=postgresql://u@db:5432/x\n"),
        ("", "CHAT_URL=postgresql://u@pgbouncer/x\nSHOP_CHATKIT_POOLER=1\n"),
        ("", "SITE=https://pooler.example.com\n"),
        ("", "CHAT_URL=postgresql://u@[broken/x\n"),
    ],
)
def test_quiet(findings: Findings, more: str, env: str) -> None:
    assert not findings(pooler_respected, {"app/store.py": STORE.format(more), ".env": env})
