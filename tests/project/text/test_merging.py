"""Our change is made in their text, whatever they changed elsewhere; else it says where not."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chatkit_agent.project.text.merging import Overlap, marked_lines, merge

BASE = b"one\nours 1\nours 2\ntwo\nthree\n"
OURS = b"one\ntwo\nthree\n"


@pytest.mark.parametrize(
    ("theirs", "merged"),
    [
        (BASE, OURS),
        (OURS, OURS),
        (b"zero\n" + BASE + b"four\n", b"zero\n" + OURS + b"four\n"),
        (
            b"one\nmine\nours 1\nours 2\nmine too\ntwo\nthree\n",
            b"one\nmine\nmine too\ntwo\nthree\n",
        ),
        (b"changed\nours 1\nours 2\nchanged\nthree\n", b"changed\nchanged\nthree\n"),
        (b"ours 1\nours 2\n", b""),
        (b"one\nours 2\ntwo\nthree\n", OURS),
        (b"one\nours 1\nours 2\ntwo\nthree", b"one\ntwo\nthree"),
    ],
)
def test_taking_lines_out(theirs: bytes, merged: bytes) -> None:
    result = merge(BASE, theirs, OURS)
    assert (result.content, result.overlaps) == (merged, ())


@pytest.mark.parametrize(
    ("theirs", "overlap"),
    [
        (b"one\nours 1\nchanged\ntwo\nthree\n", Overlap(2, 3)),
        (b"one\nchanged\nours 2\ntwo\nthree\n", Overlap(2, 3)),
        (b"one\nours 1\nbetween\nours 2\ntwo\nthree\n", Overlap(2, 4)),
        (b"one\nboth\nchanged\ntwo\nthree\n", Overlap(2, 3)),
    ],
)
def test_an_overlap_is_told_and_changes_nothing(theirs: bytes, overlap: Overlap) -> None:
    result = merge(BASE, theirs, OURS)
    assert (result.content, result.overlaps) == (theirs, (overlap,))


def test_a_line_of_theirs_that_we_had_changed_is_given_back() -> None:
    base, ours = b'a = [\n  "x",\n  "new"\n]\n', b'a = [\n  "x"\n]\n'
    theirs = b'# mine\na = [\n  "x",\n  "new"\n]\n'
    assert merge(base, theirs, ours).content == b'# mine\na = [\n  "x"\n]\n'


def test_putting_lines_in_beside_theirs() -> None:
    assert merge(b"a\nb\n", b"a\nmine\nb\n", b"a\nours\nb\n").content in (
        b"a\nours\nmine\nb\n",
        b"a\nmine\nours\nb\n",
    )


LINES = st.lists(st.sampled_from([b"\n", b"a\n", b"b\n", b"c\r\n", b"    )\n"]), max_size=12)


@given(before=LINES, after=LINES)
def test_without_an_edit_of_theirs_ours_is_the_result(
    before: list[bytes], after: list[bytes]
) -> None:
    base, ours = b"".join(before), b"".join(after)
    assert merge(base, base, ours).content == ours
    assert merge(base, base, ours).overlaps == ()


@given(before=LINES, place=st.integers(0, 12), added=LINES, top=LINES, bottom=LINES)
def test_what_they_put_around_everything_survives(
    before: list[bytes], place: int, added: list[bytes], top: list[bytes], bottom: list[bytes]
) -> None:
    """Undoing an insertion in a file that has grown at both ends never loses a line of theirs."""
    base = before[:place] + added + before[place:]
    result = merge(b"".join(base), b"".join([*top, *base, *bottom]), b"".join(before))
    if not result.overlaps:
        kept = sorted(result.content.splitlines(keepends=True))
        assert kept == sorted([*top, *before, *bottom])


CHANGED = b"zero\none\nours 1\nchanged\ntwo\nthree\n"
BEFORE = "before the chat"


def resolved(marked: bytes, *, yours: bool) -> bytes:
    """What a person makes of a marked text who always takes one side."""
    sides = rb"<<<<<<< yours\r?\n(.*?)=======\r?\n(.*?)>>>>>>> before the chat\r?\n"
    return re.sub(sides, rb"\1" if yours else rb"\2", marked, flags=re.DOTALL)


def test_the_markers_are_those_of_git(tmp_path: Path) -> None:
    for name, text in (("yours", CHANGED), ("base", BASE), ("before the chat", OURS)):
        (tmp_path / name).write_bytes(text)
    command = ["git", "merge-file", "-p", "yours", "base", "before the chat"]
    by_git = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).stdout
    merged = merge(BASE, CHANGED, OURS, BEFORE)
    assert merged.content == by_git
    assert merged.overlaps == (Overlap(3, 7),)
    assert marked_lines(by_git) == [3, 7]
    assert marked_lines(CHANGED) == []


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("encoding", ["latin-1", "utf-8-sig", "utf-16"])
def test_markers_in_the_manner_of_the_file(newline: bytes, encoding: str) -> None:
    def written(text: bytes) -> bytes:
        lines = text.replace(b"changed", b"chang\xe9").replace(b"\n", newline)
        return lines.decode("latin-1").encode(encoding)

    marked = merge(written(BASE), written(CHANGED), written(OURS), BEFORE).content
    assert marked_lines(marked) == [3, 7]
    text = marked.decode(encoding).encode("latin-1")
    assert text.count(b"\n" if b"\n" in newline else b"\r") == text.count(newline)
    plain = text.replace(newline, b"\n")
    assert resolved(plain, yours=True) == CHANGED.replace(b"changed", b"chang\xe9")
    assert resolved(plain, yours=False) == b"zero\n" + OURS


def test_what_does_not_overlap_is_merged_beside_what_does() -> None:
    base = b"a\nours 1\nb\nc\nours 2\nd"
    marked = merge(base, b"a\nours 1\nb\nc\nmine\nd", b"a\nb\nc\nd", BEFORE).content
    assert marked == b"a\nb\nc\n<<<<<<< yours\nmine\n=======\n>>>>>>> before the chat\nd"


def test_a_last_line_without_an_end_gets_one_before_a_marker() -> None:
    marked = merge(b"a", b"mine", b"ours", BEFORE).content
    assert marked == b"<<<<<<< yours\nmine\n=======\nours\n>>>>>>> before the chat\n"


SIDES = st.lists(st.sampled_from([b"\n", b"a\n", b"b\n"]), max_size=8)


@example(base=[b"\n"] * 3, mine={0}, ours={1})
@given(base=SIDES, mine=st.sets(st.integers(0, 9)), ours=st.sets(st.integers(0, 9)))
def test_no_line_of_either_side_is_lost_or_doubled(
    base: list[bytes], mine: set[int], ours: set[int]
) -> None:
    def edited(name: str, places: set[int]) -> list[bytes]:
        return [f"{name} {n}\n".encode() if n in places else each for n, each in enumerate(base)]

    theirs, new = edited("mine", mine), edited("ours", ours)
    marked = merge(b"".join(base), b"".join(theirs), b"".join(new), BEFORE)
    lines = marked.content.splitlines(keepends=True)
    assert [each for each in lines if each.startswith(b"mine")] == [
        each for each in theirs if each.startswith(b"mine")
    ]
    assert [each for each in lines if each.startswith(b"ours")] == [
        each for each in new if each.startswith(b"ours")
    ]
    if not mine & ours and not marked.overlaps:
        assert len(lines) == len(base)
