"""The project as a whole: what `read_project` says where it is odd, and that it runs nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from chatkit_agent.errors import BadOption, CannotRead, NoApplication
from chatkit_agent.project.read import read_project


def write(root: Path, files: dict[str, str]) -> Path:
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)
    return root


def test_a_project_is_read_without_running_it(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {"main.py": "from fastapi import FastAPI\nraise SystemExit\napp = FastAPI()\n"},
    )
    project = read_project(root)
    assert project.app is not None
    assert project.app.ref == "main:app"
    assert project.packaging.manager == "none"


def test_what_is_not_python_is_named(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "main.py": "from fastapi import FastAPI\napp = FastAPI()\n",
            "old.py": "from fastapi import FastAPI\nprint 'old'\n",
        },
    )
    (message,) = read_project(root).unreadable
    assert message.startswith("old.py: this is not valid Python")


def test_the_syntax_of_newer_python_is_read(tmp_path: Path) -> None:
    newer = (
        "from fastapi import FastAPI\n"
        "type Name = str\n"
        "try:\n    pass\nexcept KeyError, ValueError:\n    pass\n"
        "def first[T](of: list[T]) -> T: ...\n"
        "app = FastAPI(title=t'{1}')\n"
    )
    project = read_project(write(tmp_path, {"main.py": newer}))
    assert project.app is not None
    assert project.unreadable == ()


def test_a_folder_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="is not a folder"):
        read_project(tmp_path / "missing")


@pytest.mark.parametrize("app", ["main", "main:", ":app"])
def test_an_application_is_named_in_full(tmp_path: Path, app: str) -> None:
    with pytest.raises(BadOption, match=r"app\.main:app"):
        read_project(tmp_path, app=app)


def test_an_application_that_is_not_there(tmp_path: Path) -> None:
    root = write(tmp_path, {"main.py": "from fastapi import FastAPI\napp = FastAPI()\n"})
    with pytest.raises(NoApplication, match="main:app"):
        read_project(root, app="main:other")


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write(tmp_path, {"main.py": "from fastapi import FastAPI\napp = FastAPI()\n"})

    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "read_bytes", refuse)  # root may read everything
    with pytest.raises(CannotRead, match=r"main\.py` could not be read: Permission denied"):
        read_project(root)


def test_a_folder_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"main.py": "from fastapi import FastAPI\napp = FastAPI()\n", "data/x.py": ""}
    root, closed = write(tmp_path, files), {tmp_path / "data"}
    monkeypatch.setattr(os, "access", lambda path, _: Path(path) not in closed)
    assert read_project(root).unreadable == ("data: it may not be read",)
    closed.add(root)
    with pytest.raises(CannotRead, match="may not be read"):
        read_project(root)


def test_source_that_goes_too_deep_is_named(tmp_path: Path) -> None:
    text = "from fastapi import FastAPI\napp = FastAPI()\n"
    deep = f"from fastapi import FastAPI\nother = FastAPI()\nlarge = {' + '.join(['1'] * 3000)}\n"
    project = read_project(write(tmp_path, {"main.py": text, "deep.py": deep}))
    assert project.app is not None
    assert project.unreadable == ("deep.py: its code goes more than 200 levels deep",)
