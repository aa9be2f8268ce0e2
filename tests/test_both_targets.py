"""The delivered code passes its tests as a copy in a project, and on the oldest Python."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chatkit_agent.apply.apply import apply
from chatkit_agent.options.features import FEATURES
from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.options.uv_process import cached, fill, install, run_uv
from chatkit_agent.plan.plan import make_plan
from chatkit_agent.project.read import read_project

ROOT = Path(__file__).resolve().parent.parent
OLDEST = "3.10"
# A part that is quick and reaches every module; `make matrix` runs the whole.
PART = (
    "test_context.py",
    "test_chat_agent.py",
    "test_postgres_store.py",
    "test_postgres_store_isolation.py",
    "test_mcp.py::test_a_tool_is_called_as_the_user",
    "test_routes.py::test_feedback_is_kept",
    "test_message_ids.py",
    "test_agent_run.py::test_a_wait_is_shown_as_it_begins_and_the_answer_comes_after_it",
    "test_request_fields.py::test_an_unknown_field_is_refused_wherever_it_is",
    "test_model_input.py::test_only_a_model_that_reasons_is_asked_for_its_reasoning",
    "test_request_guard.py::test_a_body_that_trickles_has_its_time_too",
    "test_second_answer.py::test_a_turn_that_is_stopped_before_its_first_event_gets_to_it",
    "test_second_answer.py::test_a_retry_whose_tab_is_closed_takes_nothing_away",
    "test_tool_credentials.py::test_who_is_named_is_the_caller_only_where_that_is_certain",
    "test_tool_names.py::test_names_are_fit_and_not_alike",
    "test_tool_names.py::test_schemas_are_as_strict_providers_take_them",
    "test_tool_servers.py::test_what_is_wrong_about_a_server_is_told_without_its_key",
    "test_wrong_settings.py::test_a_setting_that_is_no_json_is_named",
)


def outcome(python: Path, target: str, *imports: Path) -> subprocess.CompletedProcess[str]:
    tests = [f"tests/reference/{each}" for each in PART]
    return subprocess.run(
        [python, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests],
        cwd=ROOT,
        env={
            **os.environ,
            "CHATKIT_TARGET": target,
            "PYTHONPATH": os.pathsep.join(map(str, imports)),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_copy_in_a_project_passes_the_same_tests(tmp_path: Path) -> None:
    root = shutil.copytree(ROOT / "tests/projects/existing_services", tmp_path / "project")
    # The tests' own statements name this schema; the rest is as the project has it.
    requested = RequestedOptions(schema="app_chat", features=tuple(each.name for each in FEATURES))
    plan = make_plan(read_project(root), requested)
    apply(plan)
    imports = root / plan.options.app.directory
    done = outcome(Path(sys.executable), plan.options.home_package, imports)
    assert done.returncode == 0, done.stdout

    store = root / plan.options.home / "chatkit_store" / "postgres_store.py"
    store.write_text(store.read_text() + "\nraise RuntimeError('this copy is broken')\n")
    done = outcome(Path(sys.executable), plan.options.home_package, imports)
    assert done.returncode != 0, "it was not the copy that passed"


@pytest.mark.skipif(sys.version_info[:2] == (3, 10), reason="all tests run on Python 3.10 here")
def test_the_original_passes_on_the_oldest_python() -> None:
    done = outcome(oldest_python(), "chatkit_agent.reference", ROOT / "src")
    assert done.returncode == 0, done.stdout


def oldest_python() -> Path:
    """The Python of an environment with the pinned libraries, made once."""
    try:
        run_uv("python", "find", "--no-project", OLDEST)
    except subprocess.CalledProcessError:
        pytest.skip(f"no Python {OLDEST} was found on this machine")
    declared, pins = ROOT / "pyproject.toml", ROOT / "constraints.txt"
    folder = cached("tests", OLDEST, declared.read_bytes(), pins.read_bytes())
    if not folder.is_dir():
        fill(folder, lambda empty: make_environment(empty, declared, pins))
    return folder / "bin" / "python"


def make_environment(folder: Path, declared: Path, pins: Path) -> None:
    run_uv("venv", "-q", "--relocatable", "--clear", "--python", OLDEST, str(folder))
    wanted = ("-r", str(declared), "--extra", "reference", "pytest", "hypothesis", "hypercorn")
    install("--python", str(folder), "-c", str(pins), *wanted)
