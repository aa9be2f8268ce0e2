"""Agents work in the folders that they were given, and apply what was planned for them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from chatkit_agent.api import RequestedOptions
from chatkit_agent.errors import BadOption, PlanOutdated, Refused
from chatkit_agent.frontends import session as sessions
from chatkit_agent.frontends.session import MOST_PLANS, Plans, Session

REQUESTED = RequestedOptions()


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """`shop` and `other` are roots; `outside` is none."""
    for name in ("shop/app", "other", "outside"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("shop/log.txt", "other/log.txt", "outside/log.txt"):
        (tmp_path / name).write_text("It\n")
    (tmp_path / "shop" / "out").symlink_to(tmp_path / "outside")
    (tmp_path / "shop" / "in").symlink_to(tmp_path / "other")
    return tmp_path


@pytest.fixture
def session(top: Path) -> Session:
    return Session([top / "shop", top / "other"], Plans())


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (".", "shop"),
        ("", "shop"),
        ("app", "shop/app"),
        ("app/..", "shop"),
        ("../other", "other"),
        ("in", "other"),
        ("{top}/other", "other"),
    ],
)
def test_folders(top: Path, session: Session, path: str, place: str) -> None:
    assert session.folder(path.format(top=top)) == top / place


@pytest.mark.parametrize(
    ("path", "kind", "reason"),
    [
        ("..", Refused, "outside of what may be touched"),
        ("out", Refused, "outside of what may be touched"),
        ("../outside", Refused, "outside of what may be touched"),
        ("../shopping", Refused, "outside of what may be touched"),
        ("/", Refused, "outside of what may be touched"),
        ("log.txt", BadOption, "is not a folder"),
        ("none", BadOption, "is not a folder"),
        ("a\0b", BadOption, "NUL"),
        ("x" * 5000, BadOption, "is not a folder"),
    ],
)
def test_no_folders(session: Session, path: str, kind: type[Exception], reason: str) -> None:
    with pytest.raises(kind, match=reason):
        session.folder(path)


def test_files(top: Path, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    assert session.file(None) is None
    assert session.file("in/log.txt") == top / "other" / "log.txt"
    for path, kind in (("app", BadOption), ("none", BadOption), ("out/log.txt", Refused)):
        with pytest.raises(kind):
            session.file(path)
    monkeypatch.setattr(sessions, "LARGEST_FILE", 2)
    with pytest.raises(BadOption, match="more than 2 bytes"):
        session.file("log.txt")


def test_interpreters(top: Path, session: Session) -> None:
    binaries = top / "shop" / ".venv" / "bin"
    binaries.mkdir(parents=True)
    (top / "shop" / ".venv" / "pyvenv.cfg").write_text("")
    (binaries / "python").symlink_to(Path(sys.executable).resolve())
    (binaries / "run").write_text("#!/bin/sh\n")
    assert session.interpreter(None) is None
    assert session.interpreter(".venv/bin/python") == binaries / "python"
    with pytest.raises(BadOption):
        session.interpreter(".venv/bin/run")
    for path in (sys.executable, "out/python", "../outside/python"):
        with pytest.raises(Refused, match="outside of what may be touched"):
            session.interpreter(path)
    with pytest.raises(BadOption, match="NUL"):
        session.interpreter(".venv/bin/python\0")


def test_nothing_without_a_root() -> None:
    session = Session([], Plans())
    for ask in (session.folder, session.file, session.interpreter):
        with pytest.raises(Refused, match="Nothing may be touched"):
            ask(".")


def test_the_newest_plans_are_known(top: Path) -> None:
    plans = Plans()
    for number in range(MOST_PLANS):
        plans.remember(f"p{number}", top, REQUESTED)
    plans.remember("p0", top / "shop", REQUESTED)
    plans.remember("new", top, REQUESTED)
    assert plans.recall("p0") == (top / "shop", REQUESTED)
    assert plans.recall("p2") == (top, REQUESTED)
    with pytest.raises(PlanOutdated, match="no plan 'p1'"):
        plans.recall("p1")
    with pytest.raises(PlanOutdated, match=f"no plan '{'x' * 64}'"):
        plans.recall("x" * 100)
