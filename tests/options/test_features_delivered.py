"""With optional modules, alone and all together, a project boots and every check passes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chatkit_agent.apply.apply import apply
from chatkit_agent.apply.undo import undo
from chatkit_agent.apply.update import update
from chatkit_agent.checks.verification import verify
from chatkit_agent.errors import BadOption, Refused
from chatkit_agent.options.features import FEATURES
from chatkit_agent.options.options import RequestedOptions, choose
from chatkit_agent.plan.plan import make_plan
from chatkit_agent.project.read import read_project

PROJECTS = Path(__file__).parents[1] / "projects"
ALL = tuple(extra.name for extra in FEATURES)


def added(sample: str, folder: Path, *names: str) -> Path:
    ignored = shutil.ignore_patterns("__pycache__", "*.sqlite*", "*.db")
    root = Path(shutil.copytree(PROJECTS / sample, folder / sample, ignore=ignored))
    apply(make_plan(read_project(root), RequestedOptions(features=names)))
    return root


def files(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*.*")
        if path.is_file() and ".chatkit-agent" not in path.parts
    }


@pytest.mark.parametrize("sample", ["module_level", "oauth_user"])
def test_every_check_passes_with_all_of_them(sample: str, tmp_path: Path) -> None:
    report = verify(added(sample, tmp_path, *ALL), python=Path(sys.executable))
    assert [check.name for check in report.checks if not check.ok] == []
    assert report.checks


@pytest.mark.parametrize("name", ALL)
def test_each_alone_boots_and_goes_again(name: str, tmp_path: Path) -> None:
    root = added("module_level", tmp_path, name)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "chatkit"]
    kept = {variable: os.environ[variable] for variable in ("PATH", "HOME")}
    environment = {**kept, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    assert "3 passed" in done.stdout, done.stdout
    undo(root)
    original = {path for path in files(PROJECTS / "module_level") if "__pycache__" not in path}
    assert {path for path in files(root) if "__pycache__" not in path} == original


def test_a_chat_that_is_there_gets_more_by_an_update(tmp_path: Path) -> None:
    root = added("module_level", tmp_path, "retention")
    original = added("module_level", tmp_path / "whole", "retention", "approvals", "telemetry")
    with pytest.raises(Refused, match=r"update --with approvals"):
        make_plan(read_project(root), RequestedOptions(features=("approvals",)))
    prompt = root / "app/services/chat_agent.py"
    prompt.write_text(prompt.read_text().replace("Today is {today}.", "Be brief."))
    updated = update(root, {"features": ("telemetry", "approvals")})
    assert "app/chatkit_runtime/approvals.py" in updated.changed
    assert "app/main.py" not in updated.changed
    assert "Be brief." in prompt.read_text()
    expected = {**files(original), "app/services/chat_agent.py": prompt.read_bytes()}
    assert files(root) == expected
    assert update(root).changed == ()
    assert choose(read_project(root), RequestedOptions()).features == (
        "retention",
        "approvals",
        "telemetry",
    )
    with pytest.raises(BadOption, match="--with magic"):
        update(root, {"features": ("magic",)})
