"""Lines: new text put into a file, with every other byte of it kept."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from libcst.metadata import CodePosition

from chatkit_agent.project.tree import encoding_of

# The UTF-16 codecs without a mark of their own keep the file's: encoding gives the same bytes.
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")


@dataclass(frozen=True)
class Text:
    """A file's text, and what is needed to write it back as it was."""

    text: str
    encoding: str
    newline: str

    @classmethod
    def of(cls, content: bytes, encoding: str | None = None) -> Text:
        """Read a file's bytes, by their byte order mark, else in `encoding`, else as they seem."""
        encoding = _encoding_by_mark(content) or encoding or encoding_of(content)
        text = content.decode(encoding)
        return cls(text, encoding, _newline(text))

    @property
    def content(self) -> bytes:
        return self.text.encode(self.encoding)

    @property
    def lines(self) -> list[str]:
        """The lines with their ends."""
        return LINE.findall(self.text)

    def append(self, lines: Iterable[str]) -> Text:
        return self.insert_after(len(self.lines), lines)

    def insert_after(self, number: int, lines: Iterable[str]) -> Text:
        """Put whole lines after line `number` (the first is 1; 0 is the top)."""
        before, after = self.lines[:number], self.lines[number:]
        new = [f"{line}{self.newline}" for line in lines]
        if before and not before[-1].endswith(("\r", "\n")):
            new = [self.newline, *new]
            new[-1] = new[-1].removesuffix(self.newline)
        return replace(self, text="".join([*before, *new, *after]))

    def replace(self, start: CodePosition, end: CodePosition, new: str) -> Text:
        """Put `new` in place of what is from `start` up to `end` (lines from 1, columns from 0)."""
        first, last = self._offset(start), self._offset(end)
        return replace(self, text=self.text[:first] + new + self.text[last:])

    def insert_at(self, place: CodePosition, new: str) -> Text:
        return self.replace(place, place, new)

    def _offset(self, place: CodePosition) -> int:
        return sum(map(len, self.lines[: place.line - 1])) + place.column


def _encoding_by_mark(content: bytes) -> str | None:
    return next((name for mark, name in MARKS if content.startswith(mark)), None)


def _newline(text: str) -> str:
    found = re.search(r"\r\n|\r|\n", text)
    return found.group() if found else "\n"
