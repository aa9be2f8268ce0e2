"""Merging: what we change in a text, made in the text as somebody else has changed it since."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import Match, SequenceMatcher

from chatkit_agent.project.tree import text_of

YOURS = "yours"
MARKS = ("<<<<<<< ", ">>>>>>> ")
Lines = Sequence[bytes]


@dataclass(frozen=True)
class Overlap:
    """First and last line (from 1) where both changed the same: in their text, or in the marked."""

    first: int
    last: int


@dataclass(frozen=True)
class Merged:
    """The merged text, or where both changed the same; then `content` is their text, or marked."""

    content: bytes
    overlaps: tuple[Overlap, ...] = ()


@dataclass(frozen=True)
class _Hunk:
    """Lines `first` to `last` of theirs in whose place lines `start` to `end` of ours belong."""

    first: int
    last: int
    start: int
    end: int
    is_clean: bool

    def joined(self, later: _Hunk) -> _Hunk:
        first, last = min(self.first, later.first), max(self.last, later.last)
        return _Hunk(first, last, self.start, later.end, is_clean=False)


def merge(base: bytes, theirs: bytes, ours: bytes, ours_is: str | None = None) -> Merged:
    """Make the change from `base` to `ours` in `theirs`.

    Lines that we change have to be in `theirs` as they are in `base`; what stands next to them
    does not matter. Lines that we only take out may be gone already. Where the changes overlap,
    and `ours_is` says what our side is, both sides are in the text between conflict markers.
    """
    if ours_is and theirs.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _merge_utf16(base, theirs, ours, ours_is)
    old, now, new = (text.splitlines(keepends=True) for text in (base, theirs, ours))
    hunks = _hunks(old, now, new)
    overlaps = [
        Overlap(each.first + 1, max(each.last, each.first + 1))
        for each in hunks
        if not each.is_clean
    ]
    if overlaps and not ours_is:
        return Merged(theirs, tuple(overlaps))
    return _merge_of(hunks, now, new, ours_is or "")


def marked_lines(content: bytes) -> list[int]:
    """The numbers of the lines that begin or end a conflict, as `merge` and git mark it."""
    text = text_of(content).removeprefix("\ufeff")
    lines = re.split(r"\r\n|\r|\n", text)
    return [number for number, line in enumerate(lines, 1) if line.startswith(MARKS)]


def _hunks(old: Lines, now: Lines, new: Lines) -> list[_Hunk]:
    blocks = SequenceMatcher(None, _bare(old), _bare(now), autojunk=False).get_matching_blocks()
    hunks: list[_Hunk] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        first, last = _range_in_theirs(blocks, i1, i2)
        is_clean = _can_replace(old[i1:i2], now[first:last], new[j1:j2], old)
        hunk = _Hunk(first, last, j1, j2, is_clean)
        while hunks and hunk.first < hunks[-1].last:
            hunk = hunks.pop().joined(hunk)
        hunks.append(hunk)
    return hunks


def _merge_of(hunks: Sequence[_Hunk], now: Lines, new: Lines, ours_is: str) -> Merged:
    result: list[bytes] = []
    overlaps: list[Overlap] = []
    done = 0
    for hunk in hunks:
        result += now[done : hunk.first]
        ours = new[hunk.start : hunk.end]
        if hunk.is_clean:
            result += ours
        else:
            marked = _conflict_lines(now[hunk.first : hunk.last], ours, _newline(now), ours_is)
            overlaps.append(Overlap(len(result) + 1, len(result) + len(marked)))
            result += marked
        done = hunk.last
    return Merged(b"".join([*result, *now[done:]]), tuple(overlaps))


def _conflict_lines(theirs: Lines, ours: Lines, newline: bytes, ours_is: str) -> list[bytes]:
    lines = [f"<<<<<<< {YOURS}".encode(), *theirs, b"=======", *ours, f">>>>>>> {ours_is}".encode()]
    return [line if line.endswith((b"\r", b"\n")) else line + newline for line in lines]


def _newline(lines: Lines) -> bytes:
    first = lines[0] if lines else b""
    return next((end for end in (b"\r\n", b"\n", b"\r") if first.endswith(end)), b"\n")


def _merge_utf16(base: bytes, theirs: bytes, ours: bytes, ours_is: str) -> Merged:
    """Line ends are two bytes there, and so is every character of a marker."""
    encoding = "utf-16-le" if theirs.startswith(codecs.BOM_UTF16_LE) else "utf-16-be"
    old, now, new = (text.decode(encoding).encode() for text in (base, theirs, ours))
    merged = merge(old, now, new, ours_is)
    return replace(merged, content=merged.content.decode().encode(encoding))


def _range_in_theirs(blocks: Sequence[Match], i1: int, i2: int) -> tuple[int, int]:
    """Where lines `i1` to `i2` of the base are in their text, with what came between them."""
    inside = [each for each in blocks if each.a < i2 and i1 < each.a + each.size]
    if inside:
        first, last = inside[0], inside[-1]
        start = first.b + max(i1 - first.a, 0)
        end = last.b + min(i2 - last.a, last.size)
        return _wider_range(blocks, i1, i2, start, end)
    before = [each.b + each.size for each in blocks if each.a + each.size <= i1 and each.size]
    after = [each.b for each in blocks if each.a >= i2]
    start = max(before, default=0)
    return (start, start) if i1 == i2 else (start, min(after))


def _wider_range(
    blocks: Sequence[Match], i1: int, i2: int, start: int, end: int
) -> tuple[int, int]:
    """The range, up to the lines beside it where our first or last lines were changed by them."""
    if not any(each.a <= i1 < each.a + each.size for each in blocks):
        start = max((each.b + each.size for each in blocks if each.a + each.size <= i1), default=0)
    if not any(each.a < i2 <= each.a + each.size for each in blocks):
        end = min(each.b for each in blocks if each.a >= i2)
    return start, end


def _bare(lines: Lines) -> list[bytes]:
    """The lines without their ends, which an editor may have changed in some of them."""
    return [line.rstrip(b"\r\n") for line in lines]


def _can_replace(old: Lines, now: Lines, new: Lines, base: Lines) -> bool:
    old, now, new, base = map(_bare, (old, now, new, base))
    if now == old or (now == new and now):
        return True
    # Of lines that are alike nobody can say which of them are gone.
    is_known = any(base.count(line) == 1 for line in old)
    left = iter(old)
    return not new and is_known and all(line in left for line in now)
