"""Forms: what a text is, apart from the encoding, line ends and layout that it has right now."""

from __future__ import annotations

import ast
import codecs
import io
import re
import tokenize
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from chatkit_agent.project.tree import encoding_of

END = re.compile(r"\r\n|\r|\n")
MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


@dataclass(frozen=True)
class Form:
    """How a file is written now; what is None stays as it was."""

    like: bytes | None = None
    newline: str | None = None

    @classmethod
    def between(cls, recorded: bytes, now: bytes) -> Form:
        """What git or an editor did to the whole of `recorded`, judged by what it is now."""
        if _is_binary(recorded) or _is_binary(now) or recorded == now:
            return cls()
        is_other = _encoding(recorded) != _encoding(now)
        return cls(now if is_other else None, _newline(_text(recorded), _text(now)))

    def of(self, content: bytes) -> bytes:
        """`content` in this form; as it is where its characters cannot be written so."""
        if _is_binary(content) or (self.like is None and self.newline is None):
            return content
        text = _text(content)
        if self.newline is not None:
            text = END.sub(self.newline, text)
        try:
            return _bytes_like(text, content if self.like is None else self.like)
        except UnicodeEncodeError:
            return content


def is_only_laid_out(path: str, content: bytes, other: bytes) -> bool:
    """Whether two Python files differ only as a formatter or an import sorter changes them.

    Comments count: whoever wrote one has edited the file.
    """
    if not path.endswith(".py"):
        return False
    try:
        return _meaning(content) == _meaning(other)
    except (SyntaxError, ValueError, tokenize.TokenError, RecursionError, MemoryError):
        return False


def likeness(content: bytes, other: bytes) -> float:
    """From 0 (nothing in common) to 1: how many of the lines two texts share, in any order."""
    ours, theirs = _lines(content), _lines(other)
    every = ours.total() + theirs.total()
    return 2 * (ours & theirs).total() / every if every else 0.0


def _lines(content: bytes) -> Counter[str]:
    stripped = (line.strip() for line in _text(content).splitlines())
    return Counter(line for line in stripped if line)


def _is_binary(content: bytes) -> bool:
    return b"\0" in content and not content.startswith(tuple(MARKS))


def _encoding(content: bytes) -> str:
    marked = next((name for mark, name in MARKS.items() if content.startswith(mark)), None)
    return marked or encoding_of(content)


def _text(content: bytes) -> str:
    return content.decode(encoding_of(content), "replace")


def _bytes_like(text: str, like: bytes) -> bytes:
    for mark, name in MARKS.items():
        if like.startswith(mark):
            return mark + text.encode(name)
    return text.encode(encoding_of(like))


def _newline(recorded: str, now: str) -> str | None:
    """The line end to write, where most lines have another one than they had."""
    old, new = Counter(END.findall(recorded)), Counter(END.findall(now))
    if not old or not new:
        return None
    usual = new.most_common(1)[0][0]
    is_same = usual == old.most_common(1)[0][0] and (len(old) == 1 or len(new) > 1)
    return None if is_same else usual


def _meaning(content: bytes) -> tuple[list[str], list[str]]:
    module = ast.parse(content)
    comments = [
        each.string.lstrip("#").strip()
        for each in tokenize.tokenize(io.BytesIO(content).readline)
        if each.type == tokenize.COMMENT
    ]
    return [ast.dump(each) for each in _sorted_imports(module)], sorted(comments)


def _sorted_imports(module: ast.Module) -> Iterator[ast.stmt]:
    """The statements at the top level; imports that follow each other by name, one for each."""
    run: list[ast.stmt] = []
    for each in module.body:
        if isinstance(each, ast.Import | ast.ImportFrom):
            run += _imports_of_one(each)
            continue
        yield from sorted(run, key=ast.dump)
        run = []
        yield each
    yield from sorted(run, key=ast.dump)


def _imports_of_one(statement: ast.Import | ast.ImportFrom) -> Iterator[ast.stmt]:
    for alias in statement.names:
        if isinstance(statement, ast.Import):
            yield ast.Import([alias])
        else:
            yield ast.ImportFrom(statement.module, [alias], statement.level)
