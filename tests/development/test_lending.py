"""What an example says to be a PostgreSQL, and nobody has set, is lent to what is developed."""

from __future__ import annotations

from pathlib import Path

from chatkit_agent.development.lending import lent_databases
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
