"""The application that is meant: the only one, or the one that was named, and never a guess."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.errors import NoApplication, SeveralApplications
from chatkit_agent.options.applications import application
from chatkit_agent.project.read import Project, read_project

ONE = "from fastapi import FastAPI\n\napp = FastAPI()\n"


def project(root: Path, **files: str) -> Project:
    for path, text in files.items():
        place = root / f"{path.replace('__', '/')}.py"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return read_project(root)


def test_the_only_one_is_meant(tmp_path: Path) -> None:
    assert application(project(tmp_path, main=ONE), None).ref == "main:app"


def test_of_several_the_one_that_is_named(tmp_path: Path) -> None:
    both = project(tmp_path, shop=ONE, mail=ONE)
    assert application(both, "shop:app").file == "shop.py"
    assert application(both, "mail:app").file == "mail.py"


def test_of_several_none_is_guessed_and_all_are_named(tmp_path: Path) -> None:
    with pytest.raises(SeveralApplications, match="--app") as asked:
        application(project(tmp_path, shop=ONE, mail=ONE), None)
    assert "`shop:app`" in str(asked.value)
    assert "`mail:app`" in str(asked.value)


def test_of_two_with_one_name_the_folder_is_asked_for(tmp_path: Path) -> None:
    """Where `--app` could not tell them apart."""
    with pytest.raises(SeveralApplications, match="Give the folder") as asked:
        application(project(tmp_path, shop__main=ONE, mail__main=ONE), None)
    assert "`main:app` in `shop`" in str(asked.value)
    assert "`main:app` in `mail`" in str(asked.value)


@pytest.mark.parametrize("ref", ["shop:other", "shop", "", "Main:app", "main:app "])
def test_a_name_that_is_none_is_told_with_those_that_are(ref: str, tmp_path: Path) -> None:
    with pytest.raises(NoApplication, match="`main:app`"):
        application(project(tmp_path, main=ONE), ref)


def test_none_is_there(tmp_path: Path) -> None:
    with pytest.raises(NoApplication, match=str(tmp_path)) as missed:
        application(project(tmp_path, main="import this\n"), None)
    assert "Not read" not in str(missed.value)


def test_a_file_that_could_not_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoApplication, match=r"Not read: main\.py"):
        application(project(tmp_path, main="from fastapi import FastAPI\napp = FastAPI(\n"), None)
