"""A plan of a chat for an application that signs people in."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from chatkit_agent.plan.plan import Plan, make_plan
from chatkit_agent.project.read import read_project

PROJECTS = Path(__file__).parents[1] / "projects"


@pytest.fixture(scope="session")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    root = shutil.copytree(PROJECTS / "oauth_user", tmp_path_factory.mktemp("plan") / "shop")
    return make_plan(read_project(root))
