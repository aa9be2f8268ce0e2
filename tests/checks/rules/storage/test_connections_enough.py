"""More connections than there are is found by the numbers that are written down."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.storage.connections_enough import connections_enough

Findings = Callable[..., list[Finding]]
SETTINGS = """\
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    pool: int = 20
"""
STORE = "import asyncpg\nimport chatkit\nfrom app.settings import Settings\npool = {}\n"
OURS = "asyncpg.create_pool(url, max_size=settings.pool)"


@pytest.mark.parametrize(
    ("path", "start"),
    [
        ("Dockerfile", 'CMD ["uvicorn", "app.main:app", "--workers", "8"]\n'),
        ("Procfile", "web: gunicorn app.main:app -w 8\n"),
        ("compose.yaml", "services:\n  app:\n    environment:\n      WEB_CONCURRENCY: 8\n"),
    ],
)
def test_found(findings: Findings, path: str, start: str) -> None:
    files = {"app/settings.py": SETTINGS, "app/store.py": STORE.format(OURS), path: start}
    (finding,) = findings(connections_enough, files)
    assert finding.where.startswith(f"{path}:")
    assert "want 160; the database gives 97" in finding.evidence


@pytest.mark.parametrize(
    ("pool", "start"),
    [
        (OURS, "web: uvicorn app.main:app --workers 4\n"),
        ("create_async_engine(url)", "web: uvicorn app.main:app --workers 6\n"),
        ("None", "web: uvicorn app.main:app --workers 60\n"),
        (OURS, "web: uvicorn app.main:app\n"),
    ],
)
def test_quiet(findings: Findings, pool: str, start: str) -> None:
    files = {"app/settings.py": SETTINGS, "app/store.py": STORE.format(pool), "Procfile": start}
    assert not findings(connections_enough, files)


def test_quiet_where_the_database_gives_more(findings: Findings) -> None:
    compose = "services:\n  db:\n    command: postgres -c max_connections=500\n"
    start = "web: uvicorn app.main:app --workers 8\n"
    files = {"app/store.py": STORE.format("asyncpg.create_pool(url, max_size=20)")}
    assert not findings(connections_enough, {**files, "Procfile": start, "compose.yaml": compose})


@pytest.mark.parametrize(("size", "count"), [(20, 1), (2, 0)])
def test_a_pool_whose_size_is_among_others(findings: Findings, size: int, count: int) -> None:
    pool = f"def make():\n    options = {{'pool_size': {size}, 'max_overflow': 1}}\n"
    pool += "    return create_async_engine(url, **options)\n"
    files = {"app/store.py": STORE.format("{}") + pool}
    start = "web: uvicorn app.main:app --workers 8\n"
    assert len(findings(connections_enough, {**files, "Procfile": start})) == count
