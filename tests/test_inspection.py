"""Inspection says what is in a project, and writes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.api import Running, apply_plan, plan_integration
from chatkit_agent.errors import NoApplication
from chatkit_agent.inspection import inspect_project
from chatkit_agent.options.identity import Mode
from chatkit_agent.options.options import RequestedOptions

ONE = "from fastapi import FastAPI\napp = FastAPI()\n"
SETTINGS = "from pydantic_settings import BaseSettings\nclass Later(BaseSettings): ...\n"
TWO = "from fastapi import FastAPI\napp = FastAPI()\nadmin = FastAPI()\n"


def test_what_is_there_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(TWO)
    before = sorted(tmp_path.rglob("*"))
    named = inspect_project(tmp_path, "main:admin").app
    assert named is not None
    assert named.ref == "main:admin"
    assert sorted(tmp_path.rglob("*")) == before


def test_one_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(TWO)
    with pytest.raises(NoApplication, match="main:other"):
        inspect_project(tmp_path, "main:other")


@pytest.mark.parametrize("mode", ["in-process", "sidecar"])
def test_a_chat_of_ours_is_told_as_such_and_not_as_the_projects(mode: Mode, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(ONE)
    asked = RequestedOptions(mode=mode, mcp_url="http://localhost:8001/mcp")
    before = inspect_project(tmp_path)
    apply_plan(tmp_path, plan_integration(tmp_path, asked).plan_id, asked, Running(), check=False)
    (tmp_path / "later.py").write_text(SETTINGS)
    after = inspect_project(tmp_path)
    assert after.chat.applied
    assert [each.name for each in after.settings] == ["Later"]
    for name in ("app", "candidates", "auth", "tokens", "routes", "mcp_servers", "shadows"):
        assert getattr(after, name) == getattr(before, name), name


def test_a_manifest_that_cannot_be_read_keeps_nobody_from_looking(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(ONE)
    (tmp_path / ".chatkit-agent").mkdir()
    (tmp_path / ".chatkit-agent" / "manifest.json").write_text("{")
    document = inspect_project(tmp_path)
    assert document.chat.applied
    assert document.app is not None
