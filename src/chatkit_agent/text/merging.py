"""Merging: what we change in a text, made in the text as somebody else has changed it since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import Match, SequenceMatcher

Lines = Sequence[bytes]


@dataclass(frozen=True)
class Overlap:
    """The first and last line (from 1) of their text where both changed the same lines."""

    first: int
    last: int


@dataclass(frozen=True)
class Merged:
    """The merged text, or where the two changes overlap; then `content` is their text."""

    content: bytes
    overlaps: tuple[Overlap, ...] = ()


def merge(base: bytes, theirs: bytes, ours: bytes) -> Merged:
    """Make the change from `base` to `ours` in `theirs`.

    Lines that we change have to be in `theirs` as they are in `base`; what stands next to them
    does not matter. Lines that we only take out may be gone already.
    """
    old, now, new = (text.splitlines(keepends=True) for text in (base, theirs, ours))
    blocks = SequenceMatcher(None, old, now, autojunk=False).get_matching_blocks()
    result: list[bytes] = []
    overlaps: list[Overlap] = []
    done = 0
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        first, last = _range_in_theirs(blocks, i1, i2)
        if _can_replace(old[i1:i2], now[first:last], new[j1:j2]):
            result += [*now[done:first], *new[j1:j2]]
            done = last
        else:
            overlaps.append(Overlap(first + 1, max(last, first + 1)))
    content = b"".join([*result, *now[done:]])
    return Merged(theirs, tuple(overlaps)) if overlaps else Merged(content)


def _range_in_theirs(blocks: Sequence[Match], i1: int, i2: int) -> tuple[int, int]:
    """Where lines `i1` to `i2` of the base are in their text, with what came between them."""
    inside = [each for each in blocks if each.a < i2 and i1 < each.a + each.size]
    if inside:
        first, last = inside[0], inside[-1]
        start = first.b + max(i1 - first.a, 0)
        end = last.b + min(i2 - last.a, last.size)
        return _stretched(blocks, i1, i2, start, end)
    before = [each.b + each.size for each in blocks if each.a + each.size <= i1 and each.size]
    after = [each.b for each in blocks if each.a >= i2]
    start = max(before, default=0)
    return (start, start) if i1 == i2 else (start, min(after))


def _stretched(blocks: Sequence[Match], i1: int, i2: int, start: int, end: int) -> tuple[int, int]:
    """The range, up to the neighbours where our first or last lines were changed by them."""
    if not any(each.a <= i1 < each.a + each.size for each in blocks):
        start = max((each.b + each.size for each in blocks if each.a + each.size <= i1), default=0)
    if not any(each.a < i2 <= each.a + each.size for each in blocks):
        end = min(each.b for each in blocks if each.a >= i2)
    return start, end


def _can_replace(old: Lines, now: Lines, new: Lines) -> bool:
    if now in (old, new):
        return True
    left = iter(old)
    return not new and all(line in left for line in now)
