"""A plan is what the edits say, as a diff that git accepts, under an id that names exactly it."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from chatkit_agent.choices import Request
from chatkit_agent.facts import Chat
from chatkit_agent.plan import Change, Plan, make_plan, unified_diff
from chatkit_agent.project import read_project
from chatkit_agent.resolution import Resolution

PROJECTS = Path(__file__).parent / "projects"
APPS = {"two_apps": "public:app"}
SAMPLES = sorted(each.name for each in PROJECTS.iterdir() if each.is_dir())


def copy_of(sample: str, tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns("__pycache__", "*.sqlite*", "*.db")
    return Path(shutil.copytree(PROJECTS / sample, tmp_path / sample, ignore=ignored))


def planned(root: Path, request: Request | None = None) -> Plan:
    return make_plan(read_project(root, app=APPS.get(root.name)), request)


def git_apply(root: Path, diff: str) -> None:
    command = ["git", "apply", "--whitespace=nowarn", "-"]
    subprocess.run(command, cwd=root, input=diff.encode(), check=True, capture_output=True)


@pytest.mark.parametrize("sample", SAMPLES)
def test_git_applies_the_diff_to_the_same_bytes(sample: str, tmp_path: Path) -> None:
    root = copy_of(sample, tmp_path)
    plan = planned(root)
    assert plan.changes
    git_apply(root, unified_diff(plan))
    assert {each.path: (root / each.path).read_bytes() for each in plan.changes} == {
        each.path: each.after for each in plan.changes
    }


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"a\r\nb\r\n", b"a\r\nnew\r\nb\r\n"),
        (b"a\nb", b"a\nb\nnew"),
        (b"a\nb\n", b"a\nb\nnew"),
        (None, b"no end"),
        (None, b""),
        (b"", b"new\n"),
        ("\ufeffa\n".encode(), "\ufeffa\nb\n".encode()),
        ("a\n".encode("utf-16"), "a\nb\n".encode("utf-16")),
        ("caf\xe9\n".encode("latin-1"), "caf\xe9\nb\n".encode("latin-1")),
        (b"a\x0cb\r\nc\n", b"a\x0cb\r\nc\nd\n"),
    ],
)
@pytest.mark.parametrize("path", ["file.txt", "a folder/my file.txt"])
def test_any_text_survives_the_diff(
    before: bytes | None, after: bytes, path: str, tmp_path: Path
) -> None:
    plan = planned(copy_of("flat_file", tmp_path))
    root = tmp_path / "project"
    (root / path).parent.mkdir(parents=True)
    if before is not None:
        (root / path).write_bytes(before)
    git_apply(root, unified_diff(replace(plan, changes=(Change(path, before, after),))))
    assert (root / path).read_bytes() == after


def test_the_id_names_the_options_and_the_files(tmp_path: Path) -> None:
    root = copy_of("module_level", tmp_path)
    first = planned(root)
    assert planned(root).id == first.id
    assert planned(root, Request(path="/assistant")).id != first.id
    with (root / "app/main.py").open("ab") as file:
        file.write(b"# a comment\n")
    assert planned(root).id != first.id


def test_planning_writes_nothing(tmp_path: Path) -> None:
    root = copy_of("module_level", tmp_path)
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    planned(root)
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*")} == before


def test_a_chat_by_hand_is_never_doubled(tmp_path: Path) -> None:
    project = read_project(copy_of("module_level", tmp_path))
    sign = "ChatKitServer subclass in app/chat.py"
    plan = make_plan(replace(project, chat=Chat(signs=(sign,))))
    assert plan.changes == ()
    assert [sign in each.reason for each in plan.by_hand] == [True]


def test_what_blocks_one_edit_leaves_the_others_in_the_plan(tmp_path: Path) -> None:
    plan = planned(copy_of("computed_setup", tmp_path))
    assert [each.edit for each in plan.by_hand] == ["declare_dependencies"]
    assert "openai-chatkit>=1.6.5,<1.7" in plan.by_hand[0].by_hand.splitlines()
    assert plan.changes


def test_a_project_without_a_dependency_file_is_told_what_to_install(tmp_path: Path) -> None:
    plan = planned(copy_of("flat_file", tmp_path))
    assert any('"openai-chatkit>=1.6.5,<1.7"' in note for note in plan.notes)
    assert not plan.by_hand


def test_an_image_that_installs_another_list_is_noted(tmp_path: Path) -> None:
    root = copy_of("module_level", tmp_path)
    (root / "Dockerfile").write_text("RUN pip install -r requirements.txt\n")
    (root / "requirements.txt").write_text("fastapi\n")
    plan = planned(root)
    (note,) = (each for each in plan.notes if "`Dockerfile:1`" in each)
    assert note.endswith(", ".join(plan.dependencies))
    (root / "requirements.txt").write_text("\n".join(plan.dependencies))
    assert not any("`Dockerfile:1`" in each for each in planned(root).notes)


def test_a_sign_in_that_is_not_used_is_noted(tmp_path: Path) -> None:
    root = copy_of("module_level", tmp_path)
    main = root / "app/main.py"
    main.write_text(
        f"{main.read_text()}\n\nfrom fastapi import Depends, Request\n\n\n"
        "def get_current_user(request: Request):\n    return request.session.get('user_id')\n\n\n"
        "@app.get('/me')\ndef me(user=Depends(get_current_user)): ...\n"
    )
    plan = planned(root)
    assert plan.choices.auth == "jwt"
    assert any("`get_current_user` in `app/main.py` may give no" in note for note in plan.notes)


def test_what_hides_a_library_is_noted(tmp_path: Path) -> None:
    root = copy_of("module_level", tmp_path)
    (root / "agents.py").write_text("")
    assert any("`agents.py`" in note for note in planned(root).notes)


def test_the_environment_names_what_is_required_first(tmp_path: Path) -> None:
    plan = planned(copy_of("module_level", tmp_path), Request(env_prefix="SHOP"))
    names = [each.name for each in plan.environment]
    assert names[:3] == ["SHOP_CHATKIT_DATABASE_URL", "OPENAI_API_KEY", "SHOP_CHATKIT_JWT_SECRET"]
    assert not any(each.required for each in plan.environment[3:])


@pytest.mark.parametrize(("requires", "is_noted"), [(">=3.8", True), (">=3.10", False)])
def test_a_python_that_is_too_old_is_noted(requires: str, is_noted: bool, tmp_path: Path) -> None:
    root = copy_of("module_level", tmp_path)
    file = root / "pyproject.toml"
    file.write_text(file.read_text().replace(">=3.10", requires))
    assert any(f"`{requires}`" in note for note in planned(root).notes) is is_noted


def test_what_is_in_the_way_has_to_be_moved_by_hand(tmp_path: Path) -> None:
    project = read_project(copy_of("module_level", tmp_path))
    against = Resolution(False, "`pydantic==1.10.2` in `x.txt`")
    plan = make_plan(project, Request(mode="in-process"), against)
    assert "`pydantic==1.10.2` in `x.txt`" in plan.by_hand[-1].reason
    assert plan.by_hand[-1].by_hand.splitlines()[1:] == list(plan.dependencies)


def test_what_could_not_be_asked_is_said(tmp_path: Path) -> None:
    project = read_project(copy_of("module_level", tmp_path))
    plan = make_plan(project, resolution=Resolution(None, reason="there is no network"))
    assert not plan.by_hand
    assert "there is no network" in plan.notes[-1]
    assert make_plan(project, resolution=Resolution(True)).notes == plan.notes[:-1]
