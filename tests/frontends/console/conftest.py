"""A project with the chat, for whoever runs it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from chatkit_agent.apply.apply import apply
from chatkit_agent.development.database import database_name
from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.plan.plan import make_plan
from chatkit_agent.project.read import read_project
from chatkit_agent.sandbox.postgres import data_directory, drop_database, postgres

PROJECTS = Path(__file__).parents[2] / "projects"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    # All that run `dev` share one PostgreSQL, and look whether it ends.
    data_directory("dev").parent.mkdir(parents=True, exist_ok=True)
    with FileLock(data_directory("dev").with_suffix(".tests.lock")):
        yield from _shop(tmp_path_factory)


def _shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    ignored = shutil.ignore_patterns("__pycache__")
    folder = tmp_path_factory.mktemp("dev") / "shop"
    root = Path(shutil.copytree(PROJECTS / "module_level", folder, ignore=ignored))
    apply(make_plan(read_project(root), RequestedOptions()))
    yield root
    with postgres(data_directory("dev")) as server:
        drop_database(server, database_name(root))
