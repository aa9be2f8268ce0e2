"""What the tests of changes share: copies of the sample projects, and what is in them."""

from __future__ import annotations

import shutil
import stat
import subprocess
from pathlib import Path

from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.plan.plan import Plan, make_plan
from chatkit_agent.project.read import read_project

PROJECTS = Path(__file__).parents[1] / "projects"
APPS = {"two_apps": "public:app"}
BY_HAND = {"computed_setup"}
"""Their dependency files are not edited."""
SAMPLES = sorted(each.name for each in PROJECTS.iterdir() if each.is_dir())

Snapshot = dict[str, tuple[bytes, int] | None]


def copy_of(sample: str, tmp_path: Path) -> Path:
    root = tmp_path / sample
    ignored = shutil.ignore_patterns("__pycache__", "*.sqlite*", "*.db")
    return Path(shutil.copytree(PROJECTS / sample, root, ignore=ignored))


def planned(root: Path, requested: RequestedOptions | None = None) -> Plan:
    return make_plan(read_project(root, app=APPS.get(root.name)), requested)


def snapshot(root: Path) -> Snapshot:
    """Every file's bytes and rights, and every folder."""
    paths = [each for each in root.rglob("*") if ".git" not in each.relative_to(root).parts]
    return {
        str(each.relative_to(root)): (each.read_bytes(), stat.S_IMODE(each.stat().st_mode))
        if each.is_file()
        else None
        for each in paths
    }


def git(root: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
    command = ["git", "-C", str(root), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def commit(root: Path) -> None:
    git(root, "add", "--all", "--force")
    git(root, "commit", "--quiet", "--allow-empty", "--message", "a state")
