"""Paths: what a plan can have is told from its path alone, as every system reads that."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from chatkit_agent.project.paths import (
    is_below,
    is_version_control,
    leads_elsewhere,
    not_inside,
    not_planned,
    real_below,
    spelled_alike,
)

PLANNED = [
    "main.py",
    "app/services/chat.py",
    "pyproject.toml",
    "app/requirements.txt",
    "requirements/base.in",
    "Dockerfile",
    "deploy/api.Dockerfile",
    "compose.yaml",
    ".env.example",
    "app/env.sample",
    ".github/workflows/chatkit.yml",
    ".chatkit-agent/manifest.json",
    "environment/main.py",
    "app/console.py",
]
NOT_PLANNED = [
    (".env", "hidden file"),
    (".bashrc", "hidden file"),
    (".github/workflows/other.yml", "hidden folder"),
    (".vscode/tasks.json", "hidden folder"),
    ("venv/lib/a.py", "installed"),
    ("web/Node_Modules/a.js", "installed"),
    ("conftest.py", "run it"),
    ("tests/Conftest.py", "run it"),
    ("package.json", "run it"),
    ("run.sh", "kind"),
    ("Makefile", "kind"),
    ("main.py.exe", "kind"),
]
NOT_INSIDE = [
    ("", "written as a path"),
    ("a//b.py", "written as a path"),
    ("./a.py", "written as a path"),
    ("a/", "written as a path"),
    ("a/" * 600 + "b.py", "written as a path"),
    ("/etc/a.py", "outside"),
    ("../a.py", "outside"),
    ("a/../../b.py", "outside"),
    ("a\\b.py", "characters"),
    ("C:/a.py", "characters"),
    ("a.py:stream", "characters"),
    ("a?.py", "characters"),
    ("app/a*.py", "characters"),
    ('a".py', "characters"),
    ("a\nb.py", "characters"),
    ("a\x1b[2Jb.py", "characters"),
    ("a\u202eb.py", "characters"),
    (".git/hooks/a.py", "version control"),
    (".GIT/a.py", "version control"),
    ("git~1/a.py", "version control"),
    (".git /a.py", "version control"),
    (".g\u200cit/a.py", "version control"),
    ("app./a.py", "another file"),
    ("con.py", "another file"),
    ("app/COM1/a.py", "another file"),
    ("CONOUT$.txt", "another file"),
    ("aux .py", "another file"),
    ("PROGRA~1/a.py", "another file"),
]


@pytest.mark.parametrize("path", PLANNED)
def test_what_a_plan_can_have(path: str) -> None:
    assert not_planned(path) is None


@pytest.mark.parametrize(("path", "why"), [*NOT_PLANNED, *NOT_INSIDE])
def test_what_a_plan_never_has(path: str, why: str) -> None:
    assert why.replace("run it", "run it on their own") in (not_planned(path) or "")


@pytest.mark.parametrize(("path", "why"), NOT_INSIDE)
def test_what_is_none_below_a_project(path: str, why: str) -> None:
    assert why in (not_inside(path) or "")


@pytest.mark.parametrize("path", [*PLANNED, *(path for path, _ in NOT_PLANNED)])
def test_what_is_below_a_project(path: str) -> None:
    assert not_inside(path) is None


@pytest.mark.parametrize(
    ("name", "is_it"),
    [
        (".git", True),
        (".Hg", True),
        (".jj", True),
        (".git.", True),
        (".git::$INDEX_ALLOCATION", True),
        ("GIT~2", True),
        ("git", False),
        (".gitignore", False),
        (".github", False),
        ("a.git", False),
    ],
)
def test_names_of_version_control(name: str, is_it: bool) -> None:
    assert is_version_control(name) is is_it


@pytest.mark.skipif(sys.version_info < (3, 13), reason="ntpath tells that from 3.13 on")
@pytest.mark.parametrize("path", [*PLANNED, *(path for path, _ in (*NOT_PLANNED, *NOT_INSIDE))])
def test_what_is_below_a_project_is_no_other_file_on_windows(path: str) -> None:
    import ntpath

    assert not_inside(path) or not ntpath.isreserved(path)  # type: ignore[attr-defined,unused-ignore]


@pytest.mark.parametrize(
    ("one", "other", "are_alike"),
    [
        ("app/Main.py", "app/main.py", True),
        ("STRASSE.md", "stra\u00dfe.md", True),
        ("caf\u00e9.py", "cafe\u0301.py", True),
        ("CAF\u00c9.py", "cafe\u0301.py", True),
        ("app/main.py", "app/main.pyi", False),
        ("a/b.py", "a_b.py", False),
    ],
)
def test_two_spellings_of_one_file(one: str, other: str, are_alike: bool) -> None:
    assert (spelled_alike(one) == spelled_alike(other)) is are_alike


def test_below_is_told_by_whole_names() -> None:
    root = os.path.join(os.sep, "srv", "app")
    assert is_below(root, root)
    assert is_below(root, os.path.join(root, "a.py"))
    assert not is_below(root, f"{root}-old")
    assert not is_below(root, os.path.dirname(root))
    assert is_below(os.sep, root)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "outside").mkdir()
    root = tmp_path / "root"
    (root / "app").mkdir(parents=True)
    (root / "app" / "main.py").write_text("")
    return root.resolve()


def test_a_path_without_links_leads_where_it_says(root: Path) -> None:
    assert real_below(str(root), "app/main.py") == str(root / "app" / "main.py")
    assert real_below(str(root), "app/not/yet.py") == str(root / "app" / "not" / "yet.py")
    assert real_below(str(root), "app/../app/main.py") == str(root / "app" / "main.py")
    assert leads_elsewhere(root, "app/main.py") is None


@pytest.mark.parametrize(
    ("link", "to", "path", "why"),
    [
        ("out", "../outside", "out/a.py", "out of the project"),
        ("out.py", "../outside/a.py", "out.py", "out of the project"),
        ("in", "app", "in/main.py", None),
        ("app/again.py", "main.py", "app/again.py", None),
        ("in.py", ".env", "in.py", "`.env`: it is a hidden file"),
        ("hooks", ".git/hooks", "hooks/a.py", "version control"),
    ],
)
def test_a_link_is_judged_by_where_it_leads(
    root: Path, link: str, to: str, path: str, why: str | None
) -> None:
    try:
        (root / link).symlink_to(to)
    except OSError:
        pytest.skip("this system lets nobody make links")
    found = leads_elsewhere(root, path)
    assert (why in (found or "")) if why else found is None
