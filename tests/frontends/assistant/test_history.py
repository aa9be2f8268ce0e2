"""What was said is kept for one project, for its person alone, and does no harm when broken."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from chatkit_agent.frontends.assistant.history import MOST_CHARACTERS, MOST_MESSAGES, History


def said(*texts: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": each} for each in texts]


def test_it_goes_on_where_it_was(tmp_path: Path) -> None:
    assert History(tmp_path, tmp_path / "state").messages() == []
    History(tmp_path, tmp_path / "state").add(said("Wie geht's? ✓"))
    History(tmp_path, tmp_path / "state").add(said("two"))
    assert History(tmp_path, tmp_path / "state").messages() == said("Wie geht's? ✓", "two")


def test_the_latest_are_kept_and_none_is_long(tmp_path: Path) -> None:
    one = History(tmp_path, tmp_path / "state")
    one.add(said(*map(str, range(MOST_MESSAGES + 5))))
    one.add(said("x" * (MOST_CHARACTERS + 1)))
    found = one.messages()
    assert len(found) == MOST_MESSAGES
    assert (found[0]["content"], found[-2]["content"]) == ("6", str(MOST_MESSAGES + 4))
    assert found[-1]["content"] == "x" * MOST_CHARACTERS


def test_each_project_has_its_own_whatever_leads_to_it(tmp_path: Path) -> None:
    for each in ("one", "two"):
        (tmp_path / each).mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "one")
    History(tmp_path / "one", tmp_path).add(said("one"))
    assert History(tmp_path / "two", tmp_path).messages() == []
    assert History(tmp_path / "link", tmp_path).messages() == said("one")
    assert History(tmp_path / "two" / ".." / "one", tmp_path).messages() == said("one")


@pytest.mark.skipif(os.name == "nt", reason="modes of files")
def test_nobody_else_reads_it(tmp_path: Path) -> None:
    one = History(tmp_path, tmp_path / "state")
    one.add(said("secret"))
    one.add(said("again"))
    assert one.file.stat().st_mode & 0o077 == 0
    assert one.file.parent.stat().st_mode & 0o077 == 0
    assert [each.name for each in one.file.parent.iterdir()] == [one.file.name]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"null", b"7", b'"text"', b"[1]", b'[{"role": "user"}]', b"\xff\xfe", b"[[]]"],
)
def test_a_broken_one_is_an_empty_one(content: bytes, tmp_path: Path) -> None:
    one = History(tmp_path, tmp_path / "state")
    one.file.parent.mkdir()
    one.file.write_bytes(content)
    assert one.messages() == []
    one.add(said("new"))
    assert one.messages() == said("new")


def test_it_can_be_forgotten(tmp_path: Path) -> None:
    one = History(tmp_path, tmp_path / "state")
    one.forget()
    one.add(said("x"))
    one.forget()
    assert one.messages() == []
    assert not one.file.exists()
