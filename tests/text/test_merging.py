"""Our change is made in their text, whatever they changed elsewhere; else it says where not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatkit_agent.text.merging import Overlap, merge

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
