"""Doctor and verify beside a session: what they find, and that they end with it."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

import psutil

from chatkit_agent.frontends.console.checks import Checks

PROJECTS = Path(__file__).parents[2] / "projects"


def of(tmp_path: Path) -> Checks:
    root = Path(shutil.copytree(PROJECTS / "module_level", tmp_path / "shop"))
    return Checks(root, [], list)


async def ended(checks: Checks, kind: str, seconds: float) -> Any:
    for _ in range(int(seconds * 10)):
        await asyncio.sleep(0.1)
        found = checks.shown()[kind]
        if not found["running"]:
            return found
    raise AssertionError("it did not end in time")


def test_the_doctor_says_what_it_finds(tmp_path: Path) -> None:
    async def look() -> Any:
        checks = of(tmp_path)
        checks.start("doctor")
        return await ended(checks, "doctor", 60)

    found = asyncio.run(look())
    assert found["error"] == ""
    assert found["report"]["findings"] == []
    assert found["report"]["looked_at"]


def test_what_cannot_be_checked_says_why(tmp_path: Path) -> None:
    async def look() -> Any:
        checks = of(tmp_path)
        (tmp_path / "shop" / "app" / "main.py").unlink()
        checks.start("verify")
        return await ended(checks, "verify", 60)

    found = asyncio.run(look())
    assert found["report"] is None or not found["report"].get("ok")
    assert found["error"] or found["report"]


def test_they_end_with_the_session(tmp_path: Path) -> None:
    async def look() -> list[psutil.Process]:
        checks = of(tmp_path)
        checks.start("verify")
        before = psutil.Process().children(recursive=True)
        while not (now := set(psutil.Process().children(recursive=True)) - set(before)):
            await asyncio.sleep(0.05)
        await asyncio.sleep(1)
        now |= set(psutil.Process().children(recursive=True)) - set(before)
        await checks.close()
        return list(now)

    started = asyncio.run(look())
    assert started
    assert [each for each in started if each.is_running() and each.status() != "zombie"] == []
