"""More connections than there are is found by the numbers that are written down."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.storage.connections_enough import connections_enough
from tests.checks.rules.conftest import Findings

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
    pool = "from sqlalchemy.ext.asyncio import create_async_engine\n"
    pool += f"def make():\n    options = {{'pool_size': {size}, 'max_overflow': 1}}\n"
    pool += "    return create_async_engine(url, **options)\n"
    files = {"app/store.py": STORE.format("{}") + pool}
    start = "web: uvicorn app.main:app --workers 8\n"
    assert len(findings(connections_enough, {**files, "Procfile": start})) == count


SPELLED = """\
from asyncpg import create_pool as pooled
import asyncpg as pg, chatkit, sqlalchemy as sa
from psycopg_pool import AsyncConnectionPool
from redis.asyncio import create_pool
from sqlalchemy.ext import asyncio as sql
from sqlalchemy.pool import NullPool
from app.settings import MOST, Settings
settings = Settings()
async def make():
    return {pool}
"""
MORE = "MOST = 20\nOPTIONS = {'max_size': MOST}\n"


@pytest.mark.parametrize(
    ("count", "pool"),
    [
        (1, "pooled(url, max_size=MOST)"),
        (1, "await pg.create_pool(url, max_size=settings.pool)"),
        (1, "pg.create_pool(url, **{'max_size': MOST + 1})"),
        (1, "pg.create_pool(url, max_size=int(os.getenv('POOL', '20')))"),
        (1, "sql.create_async_engine(url)"),
        (1, "sa.create_engine(url, pool_size=MOST, max_overflow=0)"),
        (1, "AsyncConnectionPool(url, min_size=1, max_size=20)"),
        (0, "create_pool(url, max_size=MOST)"),
        (0, "pg.create_pool(url, max_size=read())"),
        (0, "pg.create_pool(url, **read())"),
        (0, "sql.create_async_engine(url, poolclass=NullPool)"),
        (0, "sql.create_async_engine('sqlite+aiosqlite:///x.db')"),
        (0, "None  # asyncpg.create_pool(max_size=20)"),
        (0, "'asyncpg.create_pool(max_size=20)'"),
    ],
)
def test_spelled(findings: Findings, count: int, pool: str) -> None:
    files = {"app/settings.py": SETTINGS + MORE, "app/store.py": SPELLED.format(pool=pool)}
    start = {"Procfile": "web: uvicorn app.main:app --workers 8\n"}
    assert len(findings(connections_enough, {**files, **start})) == count


@pytest.mark.parametrize(
    ("count", "path", "start"),
    [
        (1, "gunicorn.conf.py", "MANY = 8\nworkers = MANY\n"),
        (1, "gunicorn.conf.py", "import os\nworkers = int(os.getenv('WORKERS', '8'))\n"),
        (1, "run.py", "import uvicorn as u\nMANY = 8\nu.run('app.main:app', workers=MANY)\n"),
        (
            1,
            "Dockerfile",
            "CMD gunicorn app.main:app \\\n  -k uvicorn_worker.UvicornWorker \\\n  -w8\n",
        ),
        (1, "Dockerfile", 'CMD ["uvicorn", "app.main:app", "--workers=8"]\n'),
        (0, "Dockerfile", "# CMD uvicorn app.main:app --workers 8\nCMD uvicorn app.main:app\n"),
        (0, "Dockerfile", "CMD celery -A app worker -w 8\n"),
        (0, "tests/load.sh", "uvicorn app.main:app --workers 8\n"),
        (0, ".github/workflows/ci.yml", "run: uvicorn app.main:app --workers 8\n"),
        (0, "pyproject.toml", "[tool.load]\nworkers = 8\n"),
        (0, "gunicorn.conf.py", "# workers = 8\nthreads = 8\n"),
        (0, "tests/run.py", "import uvicorn\nuvicorn.run('app.main:app', workers=8)\n"),
    ],
)
def test_what_starts_workers(findings: Findings, count: int, path: str, start: str) -> None:
    files = {"app/settings.py": SETTINGS, "app/store.py": STORE.format(OURS), path: start}
    assert len(findings(connections_enough, files)) == count
