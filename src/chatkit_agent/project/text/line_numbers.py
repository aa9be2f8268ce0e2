"""Line numbers: those of a file as it was run, told as those of the file that its owner has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import SequenceMatcher

PLACE = re.compile(
    r"(?P<path>[\w./-]+\.\w+)(?P<between>:|\\?\", line )(?P<line>\d+)\b",
)


def in_own_lines(text: str, files: Mapping[str, tuple[bytes, bytes]]) -> str:
    """The text with each `path:line` and `File "path", line n` of `files` as in their second form.

    `files` gives each file as it was run, and as its owner has it.
    """

    def own(found: re.Match[str]) -> str:
        path = next((each for each in files if f"/{found['path']}".endswith(f"/{each}")), None)
        if path is None:
            return found[0]
        run, theirs = files[path]
        line = _same_line(int(found["line"]), run, theirs)
        return f"{found['path']}{found['between']}{line}"

    return PLACE.sub(own, text) if files else text


def _same_line(line: int, run: bytes, theirs: bytes) -> int:
    """The same line in the other file; for one that is not there, the last that is above it."""
    matcher = SequenceMatcher(None, run.splitlines(), theirs.splitlines(), autojunk=False)
    above = 1
    for start, other, size in matcher.get_matching_blocks():
        if start <= line - 1 < start + size:
            return other + line - start
        if size and start + size <= line - 1:
            above = other + size
    return above
