"""The checks with the project's own database, MCP server and model, and what is left of them."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from click.testing import CliRunner

from chatkit_agent.apply.apply import apply
from chatkit_agent.checks.required import BESIDE, REQUIRED, SEEING, WATCHING
from chatkit_agent.checks.verification import verify
from chatkit_agent.errors import CannotBoot
from chatkit_agent.frontends.cli import main
from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.plan.plan import make_plan
from chatkit_agent.project.read import read_project
from chatkit_agent.sandbox.mcp_server import ProbeServer
from chatkit_agent.sandbox.model import OfflineModel
from chatkit_agent.sandbox.postgres import create_database, postgres

PROJECTS = Path(__file__).parent / "projects"
THEIRS = (
    "create schema notes_chat",
    "create table notes_chat.precious (word text)",
    "insert into notes_chat.precious values ('untouched')",
)


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with postgres() as server:
        url = create_database(server, "own")
        asyncio.run(run(url, *THEIRS))
        yield url


@pytest.fixture
def added(tmp_path: Path) -> Path:
    root = Path(shutil.copytree(PROJECTS / "module_level", tmp_path / "shop"))
    apply(make_plan(read_project(root), RequestedOptions(features=("approvals",))))
    return root


async def run(url: str, *statements: str) -> list[str]:
    connection = await asyncpg.connect(url)
    found = []
    for statement in statements:
        found = [str(row[0]) for row in await connection.fetch(statement)]
    await connection.close()
    return found


def test_everything_of_the_users_own_is_used_and_left_as_it_was(added: Path, database: str) -> None:
    with OfflineModel(seconds_per_word=0.05) as model, ProbeServer() as tools:
        (added / ".env").write_text(
            f"NOTES_CHATKIT_DATABASE_URL={database}\nOPENAI_API_KEY=sk-own\n"
            f"OPENAI_BASE_URL={model.url}\nMCP_SERVER_URL={tools.url}\n"
        )
        report = verify(added, python=Path(sys.executable), live=True)
    findings = [finding for check in report.checks for finding in check.findings]
    assert findings == []
    left_out = WATCHING | BESIDE | SEEING
    assert [check.name for check in report.checks] == [
        check.name for check in REQUIRED if check.name not in left_out
    ]
    assert any(note.startswith("Live") for note in report.notes)
    assert len([each for each in model.requests if each.method == "POST"]) == 7
    assert tools.headers
    assert tools.calls == []
    schemas = "select nspname from pg_namespace where nspname !~ '^(pg_|information_schema)'"
    assert sorted(asyncio.run(run(database, schemas))) == ["notes_chat", "public"]
    assert asyncio.run(run(database, "select word from notes_chat.precious")) == ["untouched"]
    tables = "select tablename from pg_tables where schemaname = 'notes_chat'"
    assert asyncio.run(run(database, tables)) == ["precious"]


def test_without_a_database_it_says_what_to_set(
    added: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOTES_CHATKIT_DATABASE_URL", raising=False)
    with pytest.raises(CannotBoot, match="NOTES_CHATKIT_DATABASE_URL"):
        verify(added, python=Path(sys.executable), live=True)


def test_it_is_for_chats_of_ours(tmp_path: Path) -> None:
    root = Path(shutil.copytree(PROJECTS / "module_level", tmp_path / "shop"))
    with pytest.raises(CannotBoot, match="--live is for a chat"):
        verify(root, python=Path(sys.executable), live=True)


def test_it_says_what_it_costs_and_asks(added: Path) -> None:
    done = CliRunner().invoke(main, ["verify", str(added), "--live"])
    assert done.exit_code == 3
    assert "at its owner's cost" in done.output
