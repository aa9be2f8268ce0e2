"""What the tests of the whole check share: a project with the chat, and what was found in it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Set
from pathlib import Path
from typing import Any

from chatkit_agent.apply.apply import apply
from chatkit_agent.checks.check import Finding
from chatkit_agent.checks.required import REQUIRED, SEEING
from chatkit_agent.checks.verification import Report, verify
from chatkit_agent.evidence.run.browser import find_browser
from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.plan.plan import make_plan
from chatkit_agent.project.read import read_project

PROJECTS = Path(__file__).parent / "projects"


def copied(name: str, tmp_path: Path) -> Path:
    return Path(shutil.copytree(PROJECTS / name, tmp_path / "shop"))


def add(root: Path, **asked: Any) -> Path:
    apply(make_plan(read_project(root), RequestedOptions(**asked)))
    return root


def checked(root: Path, env_file: Path | None = None) -> Report:
    return verify(root, python=Path(sys.executable), env_file=env_file)


def findings(report: Report) -> list[Finding]:
    found = [finding for check in report.checks for finding in check.findings]
    return [finding for finding in found if finding.severity != "info"]


def all_but(names: Set[str]) -> list[str]:
    unseen = names if find_browser() else names | SEEING
    return [check.name for check in REQUIRED if check.name not in unseen]


def failed(report: Report) -> list[str]:
    return [check.name for check in report.checks if not check.ok]


def told(report: Report, name: str) -> str:
    (check,) = [check for check in report.checks if check.name == name]
    return " ".join(f"{finding.what} {finding.evidence}" for finding in check.findings)
