"""Diffing: changes as a diff that a person reads and `git apply` accepts."""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from difflib import unified_diff as diff_lines

from chatkit_agent.project.text.lines import Text

NO_NEWLINE = "\\ No newline at end of file\n"
Edited = tuple[str, bytes | None, bytes]
"""A path, and the content before (None: no such file) and after."""


def git_diff(changes: Iterable[Edited]) -> str:
    """One diff for all changes; what is not UTF-8 text is in git's binary form, after comments."""
    return "".join("".join(_file_diff(*change)) for change in changes)


def _file_diff(path: str, before: bytes | None, after: bytes) -> Iterator[str]:
    texts = _utf8(before or b""), _utf8(after)
    if texts[0] is None or texts[1] is None:
        yield from _for_eyes(before or b"", after)
        yield from _header(path, before, after, binary=True)
        yield from _binary(after)
        return
    yield from _header(path, before, after)
    if texts[0] != texts[1]:
        end = "\t\n" if " " in path else "\n"
        yield "--- /dev/null\n" if before is None else f"--- a/{path}{end}"
        yield f"+++ b/{path}{end}"
        yield from _hunks(_lines(texts[0]), _lines(texts[1]))


def _header(
    path: str, before: bytes | None, after: bytes, *, binary: bool = False
) -> Iterator[str]:
    yield f"diff --git a/{path} b/{path}\n"
    if before is None:
        yield "new file mode 100644\n"
    if binary:
        mode = "" if before is None else " 100644"
        yield f"index {_blob(before)}..{_blob(after)}{mode}\n"


def _hunks(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    for line in list(diff_lines(before, after))[2:]:
        yield line if line.endswith("\n") else f"{line}\n{NO_NEWLINE}"


def _lines(text: str) -> list[str]:
    """Lines as git counts them: they end with a line feed and nothing else."""
    return re.findall(r"[^\n]*\n|[^\n]+\Z", text)


def _utf8(content: bytes) -> str | None:
    try:
        return None if b"\0" in content else content.decode()
    except UnicodeDecodeError:
        return None


def _for_eyes(before: bytes, after: bytes) -> Iterator[str]:
    old, new = (Text.of(content).text.splitlines() for content in (before, after))
    for line in list(diff_lines(old, new, lineterm=""))[2:]:
        yield f"# {line}\n"


def _binary(content: bytes) -> Iterator[str]:
    """git's binary patch: zlib, then lines of at most 52 bytes in base 85 with their length."""
    packed = zlib.compress(content)
    yield f"GIT binary patch\nliteral {len(content)}\n"
    for start in range(0, len(packed), 52):
        part = packed[start : start + 52]
        size = chr(ord("A") + len(part) - 1) if len(part) <= 26 else chr(ord("a") + len(part) - 27)
        yield f"{size}{base64.b85encode(part, pad=True).decode()}\n"
    yield "\n"


def _blob(content: bytes | None) -> str:
    if content is None:
        return "0" * 40
    return hashlib.sha1(b"blob %d\0%s" % (len(content), content)).hexdigest()  # noqa: S324
