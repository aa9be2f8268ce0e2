"""What `undo` says of packages: those in the environment that nothing else there needs."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from chatkit_agent.apply.apply import apply
from chatkit_agent.apply.remains import packages_in, remains
from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.plan.plan import make_plan
from chatkit_agent.project.manifest import manifest_of
from chatkit_agent.project.read import read_project

SAMPLE = Path(__file__).parents[1] / "projects" / "flat_file"
OF_CHAT = {
    "openai-chatkit": ["openai-agents", "pydantic"],
    "openai-agents": ["mcp<2,>=1", "openai"],
    "mcp": ["pydantic-settings", "uvicorn; sys_platform != 'emscripten'"],
    "pydantic-settings": ["python-dotenv", "pydantic"],
    "python-dotenv": [],
    "asyncpg": [],
}


def packages_left(tmp_path: Path, installed: dict[str, list[str]], pip: bool = True) -> list[str]:
    root = Path(shutil.copytree(SAMPLE, tmp_path / "shop"))
    apply(make_plan(read_project(root), RequestedOptions()))
    place = root / ".venv/lib/python3.12/site-packages"
    for name, needs in {**installed, **({"pip": []} if pip else {})}.items():
        info = place / f"{name.replace('-', '_')}-1.0.dist-info"
        info.mkdir(parents=True)
        lines = [f"Requires-Dist: {each}" for each in needs]
        text = "\n".join(["Metadata-Version: 2.1", f"Name: {name}", "Version: 1.0", *lines, ""])
        (info / "METADATA").write_text(text)
        (place / name).mkdir()
    if installed:
        (root / ".venv/pyvenv.cfg").write_text("")
    manifest = manifest_of(root)
    assert manifest is not None
    found = remains(root, manifest, {})
    return [line for each in found if each.startswith("Packages") for line in each.splitlines()]


@pytest.mark.parametrize(
    ("others", "kept"),
    [
        ({}, set()),
        ({"fastapi": ["pydantic"]}, set()),
        ({"shop": ["openai-chatkit", "asyncpg"]}, set()),
        ({"uvicorn": ["python-dotenv; extra == 'standard'"]}, {"python-dotenv"}),
        ({"Fast_MCP": ["mcp>=1"]}, {"mcp", "pydantic-settings", "python-dotenv"}),
    ],
)
def test_what_something_else_needs_is_not_to_be_removed(
    others: dict[str, list[str]], kept: set[str], tmp_path: Path
) -> None:
    told, command = packages_left(tmp_path, {**OF_CHAT, **others})
    named = set(command.removeprefix("python -m pip uninstall ").split())
    assert named == OF_CHAT.keys() - kept
    assert "are still installed" in told


def test_what_is_not_installed_is_not_named(tmp_path: Path) -> None:
    assert packages_left(tmp_path, {"fastapi": []}) == []


def test_an_environment_without_pip(tmp_path: Path) -> None:
    *_, command = packages_left(tmp_path, OF_CHAT, pip=False)
    assert command.startswith("uv pip uninstall openai-chatkit openai-agents mcp")


def test_without_an_environment_only_what_is_the_chats_is_named(tmp_path: Path) -> None:
    told, command = packages_left(tmp_path, {}, pip=False)
    assert "may be installed where it runs" in told
    assert command == "python -m pip uninstall openai-chatkit openai-agents mcp"


HOSTILE = {
    "no name, and needs that are none": "Requires-Dist: ==\nRequires-Dist: pytz (>dev)\n",
    "nothing": "",
    "no text": "\x00\x01",
}


@pytest.mark.parametrize("text", [*HOSTILE.values()], ids=[*HOSTILE])
def test_metadata_that_says_nothing_stops_nobody(text: str, tmp_path: Path) -> None:
    info = tmp_path / "lib/python3.12/site-packages/Odd_Name-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(text)
    assert packages_in(tmp_path).keys() == {"odd-name"}


def test_what_is_large_no_file_or_elsewhere_is_not_read(tmp_path: Path) -> None:
    place = tmp_path / "env/lib/python3.12/site-packages"
    (tmp_path / "elsewhere").write_text("Requires-Dist: asyncpg\n")
    for name in ("large", "pipe", "link"):
        (place / f"{name}-1.0.dist-info").mkdir(parents=True)
    (place / "large-1.0.dist-info/METADATA").write_text("x" * 1_000_001)
    os.mkfifo(place / "pipe-1.0.dist-info/METADATA")
    (place / "link-1.0.dist-info/METADATA").symlink_to(tmp_path / "elsewhere")
    assert packages_in(tmp_path / "env") == {}


def test_an_environment_elsewhere_is_not_looked_into(tmp_path: Path) -> None:
    packages_left(tmp_path, OF_CHAT)
    root, real = tmp_path / "shop", tmp_path / "elsewhere"
    (root / ".venv").rename(real)
    (root / ".venv").symlink_to(real)
    manifest = manifest_of(root)
    assert manifest is not None
    assert "may be installed" in " ".join(remains(root, manifest, {}))
