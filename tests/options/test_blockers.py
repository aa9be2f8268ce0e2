"""What keeps the chat out of a process: pins that cannot give way, and none that can."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.options.blockers import certain_obstacle, known_obstacle
from chatkit_agent.project.read import read_project

APP = "from fastapi import FastAPI\n\napp = FastAPI()\n"


def obstacle(root: Path, requirements: str = "", **files: str) -> str | None:
    (root / "main.py").write_text(APP)
    (root / "requirements.txt").write_text(f"fastapi\n{requirements}\n")
    for name, text in files.items():
        (root / f"{name}.py").write_text(text)
    return known_obstacle(read_project(root))


@pytest.mark.parametrize(
    "pin",
    [
        "pydantic<2",
        "pydantic==1.10.13",
        "pydantic>=1.9,<2.0",
        "pydantic~=1.10",
        "pydantic==1.*",
        "Pydantic==2.10.6",
        "pydantic[email]<2.11",
        "asyncpg<0.30",
        "asyncpg==0.29.0",
        "mcp==1.9.0",
        "uvicorn[standard]<0.31",
        "uvicorn<=0.31.0",
        "python_multipart==0.0.6",
        "pydantic_settings~=2.3.0",
    ],
)
def test_a_pin_that_is_too_old(pin: str, tmp_path: Path) -> None:
    told = obstacle(tmp_path, pin)
    assert told is not None
    assert f"`{pin}` in `requirements.txt`" in told


@pytest.mark.parametrize(
    "pin",
    [
        *("pydantic", "pydantic>=1.9", "pydantic<3", "pydantic==2.11.0", "pydantic==2.*"),
        *("pydantic~=2.3", "pydantic>2.10", "pydantic!=2.11", "asyncpg~=0.29", "asyncpg>=0.29,<1"),
        *(
            "pydantic>2.11,<2.12",
            "mcp>=1.9",
            "mcp==1.21.2",
            "uvicorn>=0.20",
            "uvicorn[standard]",
            "requests==1.0",
        ),
        *("python-multipart==0.0.9", "pydantic==2.12.0b1", "fastapi-users<10"),
    ],
)
def test_a_pin_that_allows_what_is_needed(pin: str, tmp_path: Path) -> None:
    assert obstacle(tmp_path, pin) is None


@pytest.mark.parametrize("name", ["agents", "chatkit", "mcp"])
def test_a_module_that_hides_a_library(name: str, tmp_path: Path) -> None:
    told = obstacle(tmp_path, **{name: "x = 1\n"})
    assert told is not None
    assert name in told


def test_a_pin_is_no_certain_obstacle_and_a_hidden_library_is_one(tmp_path: Path) -> None:
    """As a resolver may be told to let a pin go."""
    assert obstacle(tmp_path, "pydantic<2") is not None
    assert certain_obstacle(read_project(tmp_path)) is None
    (tmp_path / "agents.py").write_text("")
    assert "agents.py" in (certain_obstacle(read_project(tmp_path)) or "")
