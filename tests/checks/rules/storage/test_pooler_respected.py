"""A pooler in the URL is found where the driver prepares statements, and its URL is not shown."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from chatkit_agent.apply.apply import apply
from chatkit_agent.checks.rules.storage.pooler_respected import pooler_respected
from chatkit_agent.evidence.static import Evidence, Service
from chatkit_agent.evidence.static.gathering import Looking, observe
from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.plan.plan import make_plan
from chatkit_agent.project.read import read_project
from tests.checks.rules.conftest import Findings

Observed = Callable[..., Evidence]
PROJECTS = Path(__file__).parents[3] / "projects"
STORE = "import asyncpg\nimport chatkit\npool = asyncpg.create_pool(url{})\n"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:hunter2@pgbouncer:5432/x",
        "postgresql://u:hunter2@db:6432/x",
        "postgres://u:hunter2@ep-1-pooler.example.com/x",
        "postgresql://u:hunter2@db/x?pgbouncer=true",
        "postgresql://u:hunter2@aws-0.pooler.supabase.com:6543/x",
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
        ("", "CHAT_URL=postgresql://u@ep-1-pooler.eu-1.aws.neon.tech/x\n"),
        ("", "SITE=https://pooler.example.com\n"),
        ("", "CHAT_URL=postgresql://u@[broken/x\n"),
        ("", "CHAT_URL=postgresql://u@aws-0.pooler.supabase.com:5432/x\n"),
        ("", "REPORTS_URL=postgresql://u@pgbouncer/x\nCHAT_URL=postgresql://u@db/x\n"),
    ],
)
def test_quiet(findings: Findings, more: str, env: str) -> None:
    assert not findings(pooler_respected, {"app/store.py": STORE.format(more), ".env": env})


@pytest.mark.parametrize("is_pooled", [True, False])
def test_a_pooler_that_only_shows_when_it_is_asked(observed: Observed, is_pooled: bool) -> None:
    seen = observed({"app/store.py": STORE.format("")})
    database = Service("database", "CHAT_URL", "the environment", None, is_pooled=is_pooled)
    found = list(pooler_respected(replace(seen, services=(database,))))
    assert [each.where for each in found] == ["app/store.py:3"] * is_pooled
    assert all("two connections at once" in each.evidence for each in found)


POOLED = "SHOP_CHATKIT_DATABASE_URL=postgresql://u@db/x?pgbouncer=true\n"


@pytest.mark.parametrize(
    ("env", "deployed", "is_found"),
    [
        (POOLED, "", True),
        (f"{POOLED}SHOP_CHATKIT_POOLER=false\n", "", True),
        (f"{POOLED}SHOP_CHATKIT_POOLER=true\n", "", False),
        (POOLED, "environment: {SHOP_CHATKIT_POOLER: true}\n", False),
        ("DATABASE_URL=postgresql://u@pgbouncer/x\n", "", False),
    ],
)
def test_the_delivered_chat_has_a_setting(
    tmp_path: Path, env: str, deployed: str, is_found: bool
) -> None:
    root = Path(shutil.copytree(PROJECTS / "module_level", tmp_path / "shop"))
    (root / "compose.yml").write_text(deployed)
    apply(make_plan(read_project(root), RequestedOptions(env_prefix="SHOP_CHATKIT_")))
    (root / ".env").write_text(env)
    found = list(pooler_respected(observe(root, Looking())))
    assert [each.fix for each in found] == ["Set `SHOP_CHATKIT_POOLER=true`."] * is_found
