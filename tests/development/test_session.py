"""`dev` refuses what it does not run, and names what starts it."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest

from chatkit_agent.apply.apply import apply
from chatkit_agent.development.session import develop
from chatkit_agent.errors import CannotBoot
from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.plan.plan import make_plan
from chatkit_agent.project.read import read_project

PROJECTS = Path(__file__).parents[1] / "projects"
SAMPLE = PROJECTS / "flat_file"


def test_a_service_beside_is_refused_with_the_file_that_starts_it(tmp_path: Path) -> None:
    root = Path(shutil.copytree(SAMPLE, tmp_path / "flat_file"))
    apply(make_plan(read_project(root), RequestedOptions(mode="sidecar")))
    ready = develop(root, None, None, lambda message: None)
    with pytest.raises(CannotBoot, match="a service beside") as refused, ready:
        pass
    named = re.search(r"Start both as (\S+) says", str(refused.value))
    assert named
    assert "uvicorn" in (root / named[1]).read_text()


def test_where_routes_are_the_tools_no_others_are_lent_and_these_are_suggested(
    tmp_path: Path,
) -> None:
    root = Path(shutil.copytree(PROJECTS / "oauth_user", tmp_path / "members"))
    apply(make_plan(read_project(root), RequestedOptions(tools="routes")))
    told: list[str] = []
    with develop(root, Path(sys.executable), None, told.append) as development:
        assert development.tools is None
        assert development.prompts
        assert "The tools are the application's own routes" in told
