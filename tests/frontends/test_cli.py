"""The command's contract: exit statuses, JSON documents, no prompt without a terminal."""

from __future__ import annotations

import gc
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from chatkit_agent.frontends.cli import main

PROJECTS = Path(__file__).parents[1] / "projects"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PROJECTS / "module_level", tmp_path / "shop"))


def run(*arguments: object, status: int) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == status, result.output
    return result


def document(*arguments: object, status: int) -> dict[str, Any]:
    loaded = json.loads(run(*arguments, "--json", status=status).stdout)
    assert isinstance(loaded, dict)
    return loaded


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".git/" not in path.as_posix()
    }


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=Ann", "-c", "user.email=ann@example.com")
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def test_help_imports_nothing_heavy() -> None:
    """`--help` answers at once because the command line imports lazily."""
    heavy = "{'libcst', 'pydantic', 'rich', 'mcp', 'asyncpg', 'httpx', 'starlette'}"
    code = (
        "import sys\nfrom chatkit_agent.frontends.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        f"print('loaded', sorted({heavy} & set(sys.modules)))"
    )
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert "inspect" in output
    assert output.splitlines()[-1] == "loaded []"


def test_inspect_imports_no_checks(tmp_path: Path) -> None:
    """They take as long to load as most projects to read."""
    code = (
        "import sys\nfrom chatkit_agent.frontends.cli import main\n"
        f"try: main(['inspect', {str(tmp_path)!r}])\nexcept SystemExit: pass\n"
        "print('loaded', sorted(n for n in sys.modules if n.startswith('chatkit_agent.checks')))"
    )
    command = [sys.executable, "-c", code]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "not found" in output
    assert output.splitlines()[-1] == "loaded []"


@pytest.mark.skipif(os.name != "posix", reason="a shell closes them")
@pytest.mark.parametrize(
    ("command", "closed", "status", "told"),
    [
        ("guide 'Add a chat'", ">&-", 0, ""),
        ("add --no-verify", "<&-", 3, "there is no terminal to ask in"),
        ("rule CK203", "<&- >&- 2>&-", 0, ""),
    ],
)
def test_closed_streams_stop_nothing(
    command: str, closed: str, status: int, told: str, project: Path
) -> None:
    line = f"{sys.executable} -m chatkit_agent {command} {closed}"
    done = subprocess.run(
        ["/bin/sh", "-c", line], cwd=project, capture_output=True, text=True, check=False
    )
    assert done.returncode == status, done.stderr
    assert told in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has such a device")
def test_a_full_disk_below_the_output_is_told() -> None:
    command = [sys.executable, "-m", "chatkit_agent", "rule", "CK203"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    said = "error: The output could not be written: No space left on device.\n"
    assert (done.returncode, done.stderr) == (1, said)


def test_a_file_that_the_system_refuses_is_told_and_not_traced(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied", "some/file.py")

    monkeypatch.setattr("chatkit_agent.api.plan_integration", refused)
    done = CliRunner().invoke(main, ["plan", str(project)])
    assert done.exit_code == 1
    assert "`some/file.py` could not be used: Permission denied" in done.stderr


def test_what_only_reads_leaves_the_collector_on(project: Path) -> None:
    document("inspect", project, status=0)
    assert gc.isenabled()


def test_inspect_says_what_is_here(project: Path) -> None:
    found = document("inspect", project, status=0)
    assert found["schema"] == "chatkit-agent/inspect/2"
    assert found["app"]["ref"] == "app.main:app"
    assert found["app"]["file"] == "app/main.py"
    assert found["app"]["kind"] == "module"
    assert found["packaging"]["file"] == "pyproject.toml"
    assert {"candidates", "python", "auth", "settings", "chat"} <= found.keys()


def test_a_factory_may_be_named_as_gunicorn_does() -> None:
    factory = PROJECTS / "factory_only"
    ref = document("inspect", factory, status=0)["app"]["ref"]
    assert document("inspect", factory, "--app", f"{ref}()", status=0)["app"]["ref"] == ref


def test_plan_is_a_summary_unless_the_diff_is_asked_for(project: Path) -> None:
    short, whole = (run("plan", project, *more, status=0).stdout for more in ([], ["--diff"]))
    assert len(short.splitlines()) < 120
    assert "app/chatkit_runtime/" in short
    assert "create_chatkit_router(" in short
    assert "diff --git" not in short
    assert whole.count("diff --git") == len(document("plan", project, status=0)["changes"])


def test_plan_shows_a_diff_and_writes_nothing(project: Path) -> None:
    before = files(project)
    made = document("plan", project, status=0)
    assert made["schema"] == "chatkit-agent/plan/2"
    assert made["plan_id"] in run("plan", project, status=0).stdout
    actions = {change["path"]: change["action"] for change in made["changes"]}
    assert actions["app/main.py"] == "modify"
    assert actions["app/chatkit_store/postgres_store.py"] == "create"
    assert files(project) == before


def test_git_applies_what_plan_prints(project: Path) -> None:
    git(project, "init", "-q")
    printed = run("plan", project, "--diff", status=0).stdout
    (project.parent / "plan.txt").write_text(printed)
    git(project, "apply", "../plan.txt")
    planned = files(project)
    git(project, "apply", "-R", "../plan.txt")
    run("add", project, "--yes", "--no-verify", "--allow-dirty", status=0)
    record = ".chatkit-agent/manifest.json"
    assert planned == {name: data for name, data in files(project).items() if name != record}


def test_the_same_plan_has_the_same_id(project: Path) -> None:
    first, second = (document("plan", project, status=0)["plan_id"] for _ in range(2))
    assert first == second
    assert document("plan", project, "--path", "/chat", status=0)["plan_id"] != first


def test_add_then_add_again_then_undo(project: Path) -> None:
    git(project, "init", "-q")
    git(project, "add", "-A")
    git(project, "commit", "-qm", "start")
    before = files(project)
    made = document("add", project, "--yes", "--no-verify", status=0)
    assert made["schema"] == "chatkit-agent/add/2"
    assert made["applied"] is True
    assert made["next_steps"]
    after = files(project)
    again = document("add", project, "--yes", "--no-verify", "--allow-dirty", status=0)
    assert again["changes"] == []
    assert files(project) == after
    undone = document("undo", project, "--yes", status=0)
    assert "app/main.py" in undone["restored"]
    assert files(project) == before
    assert git(project, "status", "--porcelain") == ""


def test_undo_with_markers_says_what_to_do_next(project: Path) -> None:
    run("add", project, "--yes", "--no-verify", status=0)
    main = project / "app/main.py"
    main.write_text(main.read_text().replace("create_chatkit_router(", "create_chatkit_router(1, "))
    edited = files(project)
    refused = document("undo", project, status=3)
    assert refused["error"] == "UndoConflict"
    assert "--markers" in refused["message"]
    assert files(project) == edited
    conflicts = document("undo", project, "--yes", "--markers", status=1)["conflicts"]
    assert {each["path"] for each in conflicts} == {"app/main.py"}
    lines = main.read_text().splitlines()
    assert [lines[each["line"] - 1] for each in conflicts] == ["<<<<<<< yours"] * len(conflicts)
    assert "Conflict markers are still there" in run("undo", project, status=3).output


def test_update_of_the_same_version_changes_nothing(project: Path) -> None:
    run("add", project, "--yes", "--no-verify", status=0)
    before = files(project)
    assert document("update", project, status=0)["changed"] == []
    assert files(project) == before


def test_update_shows_what_it_would_change_and_asks(project: Path) -> None:
    run("add", project, "--yes", "--no-verify", status=0)
    before = files(project)
    planned = document("update", project, "--tools", "routes", "--dry-run", status=0)
    assert not planned["updated"]
    assert "app/services/chatkit_server.py" in planned["changed"]
    shown = run("update", project, "--tools", "routes", "--dry-run", status=0).output
    assert "edit  CHATKIT.md" in shown
    assert "edit  app/chatkit_runtime" not in shown
    assert "Pass --yes" in run("update", project, "--tools", "routes", status=3).output
    assert files(project) == before
    done = document("update", project, "--tools", "routes", "--yes", status=0)
    assert (done["changed"], done["diff"]) == (planned["changed"], "")


def test_add_says_what_is_next_where_nothing_can_be_booted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    flat = Path(shutil.copytree(PROJECTS / "flat_file", tmp_path / "flat"))
    added = document("add", flat, "--yes", status=4)
    assert added["applied"] is True
    assert added["next_steps"]
    assert (added["verification"]["ok"], added["verification"]["outcome"]) == (
        False,
        "inconclusive",
    )
    assert "--python" in added["verification"]["notes"][0]
    assert "Inconclusive" in run("add", flat, "--yes", status=4).stdout


@pytest.fixture
def locked(tmp_path: Path) -> Path:
    """An application that lets nobody through to a path which it does not know."""
    return Path(shutil.copytree(PROJECTS / "locked_paths", tmp_path / "locked"))


def test_what_fails_its_checks_is_taken_back(locked: Path) -> None:
    before = files(locked)
    asked = ("--yes", "--mode", "in-process", "--python", sys.executable)
    added = document("add", locked, *asked, status=1)
    assert added["applied"] is False
    assert "taken back" in added["next_steps"][0]
    assert files(locked) == before


def test_what_fails_its_checks_inside_becomes_a_service_beside(locked: Path) -> None:
    main = (locked / "vault" / "main.py").read_bytes()
    added = document("add", locked, "--yes", "--python", sys.executable, status=0)
    assert (added["applied"], added["options"]["mode"]) == (True, "sidecar")
    assert added["notes"][0].startswith("The mode is not the one that was shown first")
    assert "Inside the application" in added["notes"][1]
    assert "401" in added["notes"][1]
    assert (locked / "vault" / "main.py").read_bytes() == main


def test_dry_run_writes_nothing(project: Path) -> None:
    before = files(project)
    assert document("add", project, "--dry-run", status=0)["applied"] is False
    assert files(project) == before


def test_without_a_terminal_nothing_prompts(project: Path) -> None:
    before = files(project)
    refused = document("add", project, status=3)
    assert "--yes" in refused["message"]
    assert files(project) == before


def test_a_dirty_git_tree_is_refused(project: Path) -> None:
    git(project, "init", "-q")
    git(project, "add", "-A")
    git(project, "commit", "-qm", "start")
    main_file = project / "app" / "main.py"
    main_file.write_text(main_file.read_text() + "\n# my own work\n")
    before = files(project)
    refused = document("add", project, "--yes", status=3)
    assert refused["error"] == "DirtyTree"
    assert files(project) == before


def test_no_application_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.py").write_text("print('hello')\n")
    refused = document("plan", tmp_path, status=3)
    assert refused["error"] == "NoApplication"
    assert "--app" in refused["message"]


def test_several_applications_are_listed(tmp_path: Path) -> None:
    project = shutil.copytree(PROJECTS / "two_apps", tmp_path / "two")
    refused = document("plan", project, status=3)
    assert refused["error"] == "SeveralApplications"
    assert len(document("inspect", project, status=3)["candidates"]) == 2


def test_undo_without_a_record_is_refused(project: Path) -> None:
    assert document("undo", project, status=3)["error"] == "NothingToUndo"


@pytest.mark.parametrize(
    "arguments",
    [
        ["plan", "--auth", "password"],
        ["plan", "--nonsense"],
        ["plan", "/no/such/folder"],
        ["frobnicate"],
    ],
)
def test_wrong_usage_is_two(arguments: list[str]) -> None:
    run(*arguments, status=2)


@pytest.mark.parametrize(
    ("option", "value"),
    [("--schema", "no good"), ("--env-prefix", "9 lives"), ("--path", "chatkit")],
)
def test_an_option_that_cannot_be_used_is_two(project: Path, option: str, value: str) -> None:
    refused = document("plan", project, option, value, status=2)
    assert refused["error"] == "BadOption"
    assert value in refused["message"]
