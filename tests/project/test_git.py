"""What git knows of a project, asked without running anything that its configuration names."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from chatkit_agent.errors import DirtyTree
from chatkit_agent.project import git
from chatkit_agent.project.git import ignored, states, tracked

IDENTITY = ("-c", "user.name=a", "-c", "user.email=a@example.com")


def run(root: Path, *arguments: str) -> None:
    subprocess.run(["git", *IDENTITY, *arguments], cwd=root, check=True, capture_output=True)


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A repository in which `api` has two files, one of them with an unusual name."""
    folder = tmp_path / "repository"
    (folder / "api").mkdir(parents=True)
    (folder / "api" / "main.py").write_text("x = 1\n")
    (folder / "api" / "Ünusual [name].py").write_text("x = 1\n")
    (folder / "other.py").write_text("x = 1\n")
    (folder / ":!odd.py").write_text("x = 1\n")
    (folder / ".gitignore").write_text("*.log\n.env\n")
    run(folder, "init", "-q")
    run(folder, "add", ".")
    run(folder, "commit", "-qm", "One")
    return folder


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, []),
        ({"api/main.py": "x = 2\n"}, [(" M", "main.py")]),
        ({"api/Ünusual [name].py": "x = 2\n"}, [(" M", "Ünusual [name].py")]),
        ({"api/deep/new.py": ""}, [("??", "deep/new.py")]),
        ({"other.py": "x = 2\n"}, []),
        ({"api/it.log": ""}, []),
        ({"api/main.py": None}, [(" D", "main.py")]),
    ],
)
def test_states_below_a_folder(
    top: Path, change: dict[str, str | None], found: list[tuple[str, str]]
) -> None:
    for path, text in change.items():
        file = top / path
        file.parent.mkdir(exist_ok=True)
        file.unlink() if text is None else file.write_text(text)
    assert list(states(top / "api")) == found


def test_states_of_the_whole(top: Path) -> None:
    (top / "other.py").write_text("x = 2\n")
    run(top, "mv", "api/main.py", "api/moved.py")
    assert sorted(states(top)) == [
        (" M", "other.py"),
        ("A ", "api/moved.py"),
        ("D ", "api/main.py"),
    ]


def test_a_work_tree_beside_the_repository(top: Path, tmp_path: Path) -> None:
    run(top, "worktree", "add", "-q", str(tmp_path / "beside"))
    (tmp_path / "beside" / "api" / "main.py").write_text("x = 2\n")
    assert list(states(tmp_path / "beside" / "api")) == [(" M", "main.py")]
    assert tracked(tmp_path / "beside", ["api/main.py"]) == {"api/main.py"}


@pytest.mark.parametrize(
    ("asked", "has", "leaves_out"),
    [
        (["main.py", "new.py"], {"main.py"}, ()),
        (["Ünusual [name].py"], {"Ünusual [name].py"}, ()),
        (["Ünusual *.py"], set(), ()),
        (["new.log", ".env", "main.py"], {"main.py"}, ("new.log", ".env")),
        (["deep/new.log"], set(), ("deep/new.log",)),
        (["../other.py"], set(), ()),
        ([], set(), ()),
    ],
)
def test_tracked_and_ignored(
    top: Path, asked: list[str], has: set[str], leaves_out: tuple[str, ...]
) -> None:
    assert tracked(top / "api", asked) == has
    assert ignored(top / "api", asked) == leaves_out


@pytest.mark.parametrize("asked", ["../outside.log", ":!odd.py", ":(top)x.log"])
def test_one_odd_name_spoils_no_answer(top: Path, asked: str) -> None:
    known = {asked} if (top / asked).is_file() else set()
    assert tracked(top, [asked, "other.py", "new.log"]) == {*known, "other.py"}
    left_out = [each for each in (asked, "new.log") if each.endswith(".log") and each[0] != "."]
    assert ignored(top, [asked, "other.py", "new.log"]) == tuple(left_out)


def test_what_is_committed_is_not_left_out(top: Path) -> None:
    (top / "api" / "kept.log").write_text("")
    run(top, "add", "--force", "api/kept.log")
    assert tracked(top / "api", ["kept.log"]) == {"kept.log"}
    assert ignored(top / "api", ["kept.log"]) == ()


def test_no_repository(tmp_path: Path) -> None:
    assert list(states(tmp_path)) == []
    assert tracked(tmp_path, ["main.py"]) == frozenset()
    assert ignored(tmp_path, ["main.py"]) == ()


def test_one_that_git_cannot_read(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    with pytest.raises(DirtyTree, match=r"could not say.*--allow-dirty"):
        list(states(tmp_path))
    assert tracked(tmp_path, ["main.py"]) == frozenset()
    assert ignored(tmp_path, ["main.py"]) == ()


@pytest.mark.parametrize("found", [None, "bin/git"])
def test_no_git_but_one_of_the_project(
    top: Path, found: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program of that name in the project itself is never run."""
    monkeypatch.setattr(git.shutil, "which", lambda _: found and str(top / found))
    with pytest.raises(DirtyTree, match="no git on this machine"):
        list(states(top))
    assert tracked(top, ["other.py"]) == frozenset()


def test_a_git_that_does_not_answer(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git, "SECONDS", 0)
    with pytest.raises(DirtyTree, match="did not answer within 0 seconds"):
        list(states(top))
    assert ignored(top, ["new.log"]) == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("core.fsmonitor", "{script}"),
        ("filter.own.clean", "{script}"),
        ("filter.own.process", "{script}"),
        ("filter.with.a.dot.clean", "{script}"),
        ("core.hooksPath", "{folder}"),
    ],
)
def test_no_program_of_a_configuration_is_run(
    top: Path, tmp_path: Path, name: str, value: str
) -> None:
    script = tmp_path / "hooks" / "post-index-change"
    script.parent.mkdir()
    script.write_text(f"#!/bin/sh\ntouch '{tmp_path}/ran'\ncat\n")
    script.chmod(0o755)
    driver = name.removeprefix("filter.").rpartition(".")[0]
    (top / ".gitattributes").write_text(f"*.py filter={driver}\n")
    run(top, "config", name, value.format(script=script, folder=script.parent))
    (top / "other.py").write_text("x = 2\n")
    assert (" M", "other.py") in list(states(top))
    assert tracked(top, ["other.py"]) == {"other.py"}
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "name", ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_EXTERNAL_DIFF"]
)
def test_what_is_meant_for_another_command_counts_for_nothing(
    top: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, str(tmp_path / "nowhere"))
    assert list(states(top)) == []
    assert tracked(top, ["other.py"]) == {"other.py"}


def test_a_configuration_has_nothing_traced(
    top: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That of a person may send what git does into any file, and a variable may name another."""
    told = tmp_path / "told"
    kinds = ("normalTarget", "eventTarget", "perfTarget")
    lines = [f"{kind} = {told}" for kind in kinds]
    (tmp_path / "config").write_text("\n".join(["[trace2]", *lines]))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    assert list(states(top)) == []
    assert not told.exists()
