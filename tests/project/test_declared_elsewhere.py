"""What runs may be declared above the folder, or in a lock."""

from __future__ import annotations

from pathlib import Path

from chatkit_agent.project.read import read_project

PROJECTS = Path(__file__).parents[1] / "projects"


def test_what_is_pinned_above_the_folder_counts() -> None:
    packaging = read_project(PROJECTS / "pins_above" / "backend").packaging
    assert (packaging.file, packaging.is_above) == ("../pyproject.toml", True)
    assert [each.text for each in packaging.requirements] == ["fastapi==0.78.0", "uvicorn"]


def test_what_is_locked_is_what_runs() -> None:
    lock = read_project(PROJECTS / "uv_locked").lock
    assert lock is not None
    assert dict(lock.versions) == {
        "fastapi": "0.115.12",
        "markupsafe": "2.1.5",
        "pydantic": "2.11.1",
    }
