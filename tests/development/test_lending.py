"""What an example says to be a PostgreSQL, and nobody has set, is lent to what is developed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from chatkit_agent.development.lending import lent_databases, lent_variables
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
        with lent_variables(project, options, None, (python, None), lambda _: None) as lent:
            assert lent.keys() == {"CACHE_URL"}
            # As `dev` starts it: without any locks.
            subprocess.run(
                [sys.executable, "main.py"], cwd=tmp_path, env={**os.environ, **lent}, check=True
            )
        with pytest.raises(BlockingIOError):
            theirs.accept()
