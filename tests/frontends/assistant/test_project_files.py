"""The model reads what is in the project, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from chatkit_agent.errors import BadOption, Refused
from chatkit_agent.frontends.assistant.project_files import MOST_FILES, MOST_LINES, ProjectFiles


@pytest.fixture
def files(tmp_path: Path) -> ProjectFiles:
    root = tmp_path / "project"
    (root / "app").mkdir(parents=True)
    (root / "app/main.py").write_text("import os\n\nKEY = os.environ['KEY']\n")
    (root / "README.md").write_text("Line\n" * 1000)
    (root / ".env").write_text("KEY=swordfish\n# swordfish\n")
    (root / "server.pem").write_text("swordfish")
    (root / "photo.png").write_bytes(b"\x89PNG\0\0")
    (root / "wide.txt").write_bytes("größer".encode("utf-16"))
    (root / ".git").mkdir()
    (root / ".git/config").write_text("token = swordfish\n")
    for name in (".GIT/config", "Secrets/mail", ".AWS/config"):
        (root / name).parent.mkdir()
        (root / name).write_text("swordfish\n")
    (tmp_path / "outside.txt").write_text("swordfish\n")
    (root / "link.txt").symlink_to(tmp_path / "outside.txt")
    (root / "linked").symlink_to(tmp_path)
    (root / "inner.py").symlink_to(root / "app/main.py")
    return ProjectFiles(root)


@pytest.mark.parametrize(
    "path",
    [
        "../outside.txt",
        "/etc/passwd",
        "app/../../outside.txt",
        "link.txt",
        "linked/outside.txt",
        "~/.ssh/id_rsa",
        ".git/config",
        ".GIT/config",
        "Secrets/mail",
        ".AWS/config",
        "server.pem",
        "photo.png",
        "missing.py",
        "app",
        "a\0b",
        "x" * 5000,
    ],
)
def test_refused(path: str, files: ProjectFiles) -> None:
    with pytest.raises((Refused, BadOption)) as told:
        files.read(path)
    assert "swordfish" not in str(told.value)


@pytest.mark.parametrize("path", ["..", "/", "linked"])
def test_nothing_outside_is_listed_or_searched(path: str, files: ProjectFiles) -> None:
    with pytest.raises(Refused):
        files.list(path)
    with pytest.raises(Refused):
        files.search("swordfish", path)


def test_a_file_is_read_in_parts(files: ProjectFiles) -> None:
    assert files.read("app/main.py")["text"] == "import os\n\nKEY = os.environ['KEY']"
    assert files.read("inner.py")["lines_in_file"] == 3
    part = files.read("README.md", first_line=999, lines=5000)
    assert part["text"] == "Line\nLine"
    assert str(files.read("README.md")["text"]).count("Line") == MOST_LINES
    assert files.read("wide.txt")["text"] == "größer"


def test_an_environment_file_has_names_only(files: ProjectFiles) -> None:
    assert files.read(".env")["text"] == "KEY=[hidden]"
    assert files.search("swordfish")["found"] == []
    assert files.search("KEY")["found"] == [
        ".env:1: KEY=[hidden]",
        "app/main.py:3: KEY = os.environ['KEY']",
    ]


def test_what_is_listed_is_inside_and_bounded(files: ProjectFiles) -> None:
    listed = files.list()["files"]
    assert isinstance(listed, list)
    assert "app/main.py" in listed
    assert not [each for each in listed if "link" in each or ".git" in each]
    for number in range(MOST_FILES):
        (files.root / f"{number}.txt").touch()
    assert files.list()["left_out"]


def test_a_pipe_does_not_block(files: ProjectFiles) -> None:
    os.mkfifo(files.root / "pipe")
    with pytest.raises(BadOption):
        files.read("pipe")
    assert files.search("Line")["more"]


def test_a_part_of_a_file_shows_no_more_than_the_whole(files: ProjectFiles) -> None:
    body = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2w"
    text = f'KEY = """-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----"""\n'
    (files.root / "app/keys.py").write_text(f"{text}PASSWORD = (\n    'swordfish'\n)\n")
    for first in range(1, 7):
        shown = str(files.read("app/keys.py", first_line=first, lines=1))
        assert body not in shown
        assert "swordfish" not in shown
    assert files.search(body)["found"] == []
