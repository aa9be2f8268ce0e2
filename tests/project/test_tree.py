"""The tree: what is part of a project, and that writing leaves the disk alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from chatkit_agent.project.tree import Tree, encoding_of


def touch(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(b"x")


def test_the_files_of_a_project(tmp_path: Path) -> None:
    touch(tmp_path, "b.py", "a/c.txt", ".env", "build/__init__.py", "env/__init__.py")
    assert Tree(tmp_path).paths == (
        ".env",
        "a/c.txt",
        "b.py",
        "build/__init__.py",
        "env/__init__.py",
    )
    assert Tree(tmp_path).glob("c.txt", ".env") == (".env", "a/c.txt")


@pytest.mark.parametrize(
    "path",
    [
        ".git/config",
        ".venv/x.py",
        "venv/x.py",
        "mine/pyvenv.cfg",
        "mine/lib/x.py",
        "node_modules/x.py",
        "__pycache__/x.pyc",
        "build/lib/x.py",
        "dist/x.py",
    ],
)
def test_what_is_not_of_the_project(tmp_path: Path, path: str) -> None:
    touch(tmp_path, "main.py", path, f"{path.split('/')[0]}/pyvenv.cfg")
    assert Tree(tmp_path).paths == ("main.py",)


def test_links_are_not_followed(tmp_path: Path) -> None:
    touch(tmp_path, "project/main.py", "secret/key.py")
    os.symlink(tmp_path / "secret", tmp_path / "project/folder")
    os.symlink(tmp_path / "secret/key.py", tmp_path / "project/key.py")
    tree = Tree(tmp_path / "project")
    assert tree.paths == ("main.py",)
    assert tree.is_taken("key.py")
    assert tree.is_taken("folder")


def test_a_write_is_in_the_value_only(tmp_path: Path) -> None:
    touch(tmp_path, "main.py")
    before = Tree(tmp_path)
    after = before.write("main.py", b"y").write("new/file.py", b"z")
    assert (before.read("main.py"), after.read("main.py")) == (b"x", b"y")
    assert after.paths == ("main.py", "new/file.py")
    assert not before.exists("new/file.py")
    assert after.is_taken("new")
    assert list(after.changed_from(before)) == ["main.py", "new/file.py"]
    assert (tmp_path / "main.py").read_bytes() == b"x"
    assert not (tmp_path / "new").exists()


def test_writing_what_is_there_changes_nothing(tmp_path: Path) -> None:
    touch(tmp_path, "main.py")
    tree = Tree(tmp_path)
    assert tree.write("main.py", b"x") is tree


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Tree(tmp_path).read("missing.py")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_the_encoding_of_a_text(encoding: str) -> None:
    content = "fa\u00e7ade\r\n".encode(encoding)
    assert encoding_of(content) == encoding
    assert content.decode(encoding_of(content)) == "fa\u00e7ade\r\n"


def test_what_is_no_regular_file_is_not_waited_for(tmp_path: Path) -> None:
    touch(tmp_path, "main.py")
    os.mkfifo(tmp_path / "pipe.py")
    assert Tree(tmp_path).paths == ("main.py",)


def test_a_named_link_is_followed_only_inside_of_the_project(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "app").mkdir(parents=True)
    (project / "app/real.txt").write_text("inside")
    (tmp_path / "secret.txt").write_text("outside")
    (project / "in.txt").symlink_to("app/real.txt")
    (project / "out.txt").symlink_to(tmp_path / "secret.txt")
    (project / "away").symlink_to(tmp_path)
    tree = Tree(project)
    assert tree.read("in.txt") == b"inside"
    assert [tree.exists(each) for each in ("in.txt", "out.txt", "away/secret.txt")] == [
        True,
        False,
        False,
    ]
    assert not tree.exists("../secret.txt"), "neither by its name"
    with pytest.raises(FileNotFoundError):
        tree.read("../secret.txt")


def test_what_declares_in_the_repository_is_read_above(tmp_path: Path) -> None:
    named = ("pyproject.toml", "dev-requirements.txt", "requirements/base.in", "uv.lock")
    touch(tmp_path, "setup.py", "top/api/main.py", "top/notes.txt", *(f"top/{e}" for e in named))
    (tmp_path / "top/.git").mkdir()
    tree = Tree(tmp_path / "top/api")
    assert tree.above == ("..",)
    assert [each for each in named if not tree.exists(f"../{each}")] == []
    assert not tree.exists("../../setup.py")
    assert tree.declaring_in("..") == tuple(sorted(f"../{each}" for each in named))
    assert Tree(tmp_path / "top").above == ()


def test_a_pattern_stands_for_what_may_be_read_in_the_repository(tmp_path: Path) -> None:
    declaring = ("lib/a/pyproject.toml", "lib/.b/pyproject.toml", "lib/c/d/pyproject.toml")
    touch(tmp_path, "x/pyproject.toml", "top/api/main.py", "top/lib/a/notes.txt")
    touch(tmp_path / "top", *declaring)
    (tmp_path / "top/.git").mkdir()
    (tmp_path / "top/lib/out").symlink_to(tmp_path / "x")
    tree = Tree(tmp_path / "top/api")
    assert tree.fitting("../lib/*/pyproject.toml") == ("../lib/a/pyproject.toml",)
    assert tree.fitting("../lib/*/notes.txt") == ()
    assert tree.fitting("../../*/pyproject.toml") == ()


def test_only_an_environment_file_of_the_repository_is_read_above(tmp_path: Path) -> None:
    touch(tmp_path, ".env", "repository/.env", "repository/notes.txt", "repository/app/main.py")
    (tmp_path / "repository/.git").mkdir()
    tree = Tree(tmp_path / "repository/app")
    named = ("../.env", "../../.env", "../notes.txt", "../.git/config", "/etc/passwd")
    assert [tree.exists(each) for each in named] == [True, False, False, False, False]


def test_what_is_not_read_is_named(tmp_path: Path) -> None:
    touch(tmp_path, "main.py", "a\x1bb.py", f"{'d/' * 70}deep.py")
    with (tmp_path / "big.py").open("wb") as file:
        file.truncate(3_000_000_000)
    (tmp_path / os.fsdecode(b"caf\xe9.py")).write_bytes(b"x")
    tree = Tree(tmp_path)
    assert tree.paths == ("main.py",)
    assert not tree.exists("big.py")
    assert tree.is_taken("big.py")
    assert set(tree.skipped) == {
        "big.py",
        "a\\x1bb.py",
        "caf\\udce9.py",
        "/".join("d" * 65),
    }
    assert "3,000,000,000 bytes" in tree.skipped["big.py"]


def test_a_project_of_too_many_files_is_read_in_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatkit_agent.project.tree.MOST_FILES", 3)
    touch(tmp_path, *(f"{number}.py" for number in range(5)))
    tree = Tree(tmp_path)
    assert (len(tree.paths), len(tree.skipped)) == (3, 2)
