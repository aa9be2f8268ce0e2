"""What a delivered chat cannot use, or does not read, is found by its name, without any value."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from chatkit_agent.apply.apply import apply
from chatkit_agent.checks.check import Finding
from chatkit_agent.checks.rules.configuration.chat_variables_fit import chat_variables_fit
from chatkit_agent.evidence.static.gathering import Looking, observe
from chatkit_agent.plan.plan import make_plan
from chatkit_agent.project.read import read_project

SAMPLE = Path(__file__).parents[3] / "projects" / "module_level"


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("delivered") / "app"
    shutil.copytree(SAMPLE, home)
    apply(make_plan(read_project(home)))
    return home


def found(home: Path, line: str) -> list[Finding]:
    required = observe(home, Looking()).required
    database = next(name for name in required if name.endswith("DATABASE_URL"))
    prefix = database.removesuffix("DATABASE_URL")
    (home / ".env").write_text(line.replace("PREFIX_", prefix) + "\n")
    return list(chat_variables_fit(observe(home, Looking())))


@pytest.mark.parametrize(
    ("line", "evidence"),
    [
        ("PREFIX_DATABASE_URL=sqlite:///./hunter2.db", "no URL of PostgreSQL"),
        ("PREFIX_DATABASE_URL='postgresql://chat:hun#ter2@db/app'", "percent-encoded"),
        ("PREFIX_DATABASE_URL=postgresql://chat:12/hunter2@db/app", "percent-encoded"),
        ("PREFIX_DATABASE_URL=postgresql://chat:p@hun/ter2@db/app", "percent-encoded"),
        ("PREFIX_DATABASE_URL='postgresql://chat:12?hunter2@db/app'", "percent-encoded"),
        ("PREFIX_DATABASE_URL=postgresql://chat:hunter2@db:65536/app", "port"),
        ("PREFIX_DATABASE_URL=postgresql://chat:hunter2@db:port/app", "port"),
        ("PREFIX_DATABASE_URL=postgresql://USER:PASSWORD@localhost:5432/DATABASE", "example"),
        ("MCP_SERVER_URL=localhost:8001/mcp", "http://"),
        ("PREFIX_TEMPERATURE=hunter2", "no number"),
        ("PREFIX_MODEL_SECONDS=hunter2", "no number"),
        ("PREFIX_MCP_TOOL_SECONDS=hunter2=300", "has to be JSON"),
        ("PREFIX_MCP_SERVERS=[hunter2]", "has to be JSON"),
        ("PREFIX_POOLER=hunter2", "`true` or `false`"),
        ("PREFIX_TRACING=hunter2", "`true` or `false`"),
        ("PREFIX_DATABASE_URL=postgresql://a:hunter2@db/app?sslmode=tls", "`sslmode`"),
        ("PREFIX_DATABASE_URL=postgresql://a:hunter2@db/app?schema=public", "another driver"),
        ("PREFIX_DATABASE_URL=postgresql://a:hunter2@db/app?supa=base-pooler.x", "another driver"),
        ("PREFIX_MODEL_API=hunter2", "`chat_completions`"),
        ("PREFIX_MCP_CALL_TIMEOUT=hunter2", "None of the chat's settings"),
    ],
)
def test_found(delivered: Path, line: str, evidence: str) -> None:
    (finding,) = found(delivered, line)
    assert finding.where == ".env:1"
    assert evidence in finding.evidence
    assert "ter2" not in repr(finding)


@pytest.mark.parametrize(
    "line",
    [
        "PREFIX_DATABASE_URL=postgresql+asyncpg://chat:p%23ss@db:5432/app?sslmode=require",
        "PREFIX_DATABASE_URL=postgresql://chat@/app?host=/var/run/postgresql",
        "PREFIX_DATABASE_URL=postgresql://a@db/app?sslmode=no-verify&application_name=chat",
        "PREFIX_DATABASE_URL=postgresql://u:p@h1:5432,h2:5433/app?target_session_attrs=primary",
        "PREFIX_DATABASE_URL=postgresql://u:p@h1,h2/app",
        "PREFIX_DATABASE_URL=postgresql://u:p@[::1]:5432/app",
        "PREFIX_DATABASE_URL=postgis://u:p@h/app?ssl=on",
        "PREFIX_DATABASE_URL=asyncpg://u:p@h/app",
        "PREFIX_DATABASE_URL=psql://u:p@h/app?sslmode=VERIFY_FULL",
        "PREFIX_DATABASE_URL=jdbc:postgresql://h:5432/app?user=u&password=p",
        "PREFIX_DATABASE_URL=postgresql+psycopg_async://u:p@h/app",
        "PREFIX_DATABASE_URL=POSTGRESQL://u:p@ss@h/app?ssl=no",
        "PREFIX_MCP_TOOL_SECONDS='{\"export\": 300}'",
        "PREFIX_POOLER=True",
        "MCP_SERVER_URL=http://a/mcp, https://b/mcp",
        "PREFIX_TEMPERATURE=0.2",
        "PREFIX_TEMPERATURE=",
        "PREFIX_MODEL_API=chat_completions",
        "PREFIX_SCHEMA=own",
        "OTHER_TEMPERATURE=warm",
        "TEMPERATURE=warm",
        "STORE=postgresql://u:p@h/other",
    ],
)
def test_quiet(delivered: Path, line: str) -> None:
    assert not found(delivered, line)
