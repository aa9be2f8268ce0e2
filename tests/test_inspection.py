"""Inspection says what is in a project, and writes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.errors import NoApplication
from chatkit_agent.inspection import inspect_project

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
