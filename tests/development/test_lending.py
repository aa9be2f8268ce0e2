"""What an example says to be a PostgreSQL, and nobody has set, is lent to what is developed."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from chatkit_agent.development.lending import databases_away, lent_databases, lent_variables
from chatkit_agent.evidence.run.subject import Subject
from chatkit_agent.options.interpreters import Interpreter
from chatkit_agent.options.options import RequestedOptions, choose
from chatkit_agent.project.read import read_project

URL = "postgresql://postgres@/dev?host=/run"
EXAMPLE = """\
DATABASE_URL=postgresql+asyncpg://user:secret@localhost/shop
OTHER_DSN=postgres://localhost/other
CACHE_URL=redis://localhost
NAME=shop
BROKEN=postgresql://[x
"""


def test_databases_of_the_example_are_lent(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("from fastapi import FastAPI\napp = FastAPI()\n")
    (tmp_path / ".env.example").write_text(EXAMPLE)
    project = read_project(tmp_path)
    assert lent_databases(project, {"OTHER_DSN": "postgres://mine/other"}, URL) == {
        "DATABASE_URL": "postgresql+asyncpg://postgres@/dev?host=/run"
    }


def test_what_is_set_is_left(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("from fastapi import FastAPI\napp = FastAPI()\n")
    (tmp_path / ".env").write_text(EXAMPLE)
    assert lent_databases(read_project(tmp_path), {}, URL) == {}


NEEDS = """\
import os, socket
from contextlib import suppress
from urllib.parse import urlsplit
from fastapi import FastAPI

cache = urlsplit(os.environ["CACHE_URL"])
with suppress(OSError), socket.create_connection((cache.hostname, cache.port), timeout=1) as theirs:
    theirs.sendall(b"done there for real")
app = FastAPI()
"""


def test_what_is_lent_leads_to_nobody_of_the_owners(tmp_path: Path) -> None:
    """A fresh clone, with an example that names what runs on this very machine."""
    with socket.create_server(("127.0.0.1", 0)) as theirs:
        port = theirs.getsockname()[1]
        theirs.setblocking(False)
        (tmp_path / "main.py").write_text(NEEDS)
        (tmp_path / ".env.example").write_text(f"CACHE_URL=redis://:x@127.0.0.1:{port}/0\n")
        project = read_project(tmp_path)
        python = Interpreter(Path(sys.executable), "this one", sys.version_info[:3], {})
        options = choose(project, RequestedOptions())
        with lent_variables(Subject(project, options), {}, (python, None)) as lent:
            assert lent.keys() == {"CACHE_URL"}
            # As `dev` starts it: without any locks.
            subprocess.run(
                [sys.executable, "main.py"], cwd=tmp_path, env={**os.environ, **lent}, check=True
            )
        with pytest.raises(BlockingIOError):
            theirs.accept()


def test_a_server_where_nobody_answers_is_told_by_its_variables() -> None:
    with socket.create_server(("127.0.0.1", 0)) as there, socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port, away = there.getsockname()[1], closed.getsockname()[1]
        own = {
            "DSN": f"postgresql+asyncpg://me:secret@127.0.0.1:{away}/shop",
            "IN_COMPOSE": "postgres://me:secret@db.invalid/shop",
            "THERE": f"postgresql://me@127.0.0.1:{port}/shop",
            "BY_SOCKET": "postgresql:///shop",
            "SEVERAL": "postgresql://a:1,b:2/shop",
            "BROKEN": "postgresql://[x",
            "CACHE": f"redis://127.0.0.1:{away}",
            "POSTGRES_HOST": "127.0.0.1",
            "POSTGRES_PORT": str(away),
            "POSTGRES_USER": "me",
            "DB_HOST": "127.0.0.1",
            "DB_PORT": str(port),
        }
        parts = ("POSTGRES_HOST", "POSTGRES_PORT", "POSTGRES_USER")
        assert databases_away(own) == {
            "DSN": f"127.0.0.1:{away}",
            "IN_COMPOSE": "db.invalid:5432",
            **dict.fromkeys(parts, f"127.0.0.1:{away}"),
        }


def test_an_empty_database_takes_the_place_of_one_that_is_away(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("from fastapi import FastAPI\napp = FastAPI()\n")
    (tmp_path / ".env").write_text("DSN=postgresql+asyncpg://me:x@db.invalid/shop\n")
    project, told = read_project(tmp_path), list[str]()
    subject = Subject(project, choose(project, RequestedOptions()), progress=told.append)
    own = dict.fromkeys(("DSN",), "postgresql+asyncpg://me:x@db.invalid/shop")
    python = Interpreter(Path(sys.executable), "this one", sys.version_info[:3], {})
    with lent_variables(subject, {**own, "KEY": "mine"}, (python, None)) as lent:
        assert lent.keys() == {"DSN"}
        assert urlsplit(lent["DSN"]).scheme == "postgresql+asyncpg"
        url = lent["DSN"].replace("+asyncpg", "")
        assert asyncio.run(_value(url, "select current_database()")) == "shop"
    assert len(told) == 1
    assert "db.invalid:5432 (DSN)" in told[0]


async def _value(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()
