"""Added code: statements that we put into a Python file, found again wherever a formatter put them.

Lines no longer tell where they are once imports were sorted or a call was broken anew; what they
mean does.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from chatkit_agent.project.text.merging import Merged, merge
from chatkit_agent.project.tree import encoding_of

WORD = re.compile(rb"\w")


@dataclass(frozen=True)
class _Statement:
    """A statement, or one name of an import, by its meaning; `first` and `last` are its lines."""

    meaning: str
    first: int
    last: int
    name: str | None = None
    """The name to take out of an import that has others too."""


def take_out(path: str, after: bytes, now: bytes, before: bytes, ours_is: str | None) -> Merged:
    """`now` without what was added between `before` and `after`."""
    merged = merge(after, now, before, ours_is)
    if not path.endswith(".py"):
        return _without_moved_lines(after, now, before, merged)
    try:
        added = _meanings(after) - _meanings(before)
        left = _meanings(merged.content) - _meanings(before)
        if not merged.overlaps and not added & left:
            return merged
        if added - _meanings(now):
            return merged  # one of them was edited, and whoever did that decides about it
        bare, was = _without(now, added), _without(after, added)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return merged
    found = merge(was, bare, before)
    return merged if found.overlaps else found


def _without_moved_lines(after: bytes, now: bytes, before: bytes, merged: Merged) -> Merged:
    """The same where added lines were moved, as by whoever sorts a file of requirements."""
    added = _lines(after) - _lines(before)
    left = _lines(merged.content) - _lines(before)
    is_whole = not merged.overlaps and not added & left
    if is_whole or added - _lines(now):
        return merged
    found = merge(_without_lines(after, added), _without_lines(now, added), before)
    return merged if found.overlaps else found


def _lines(content: bytes) -> Counter[bytes]:
    return Counter(line.strip() for line in content.splitlines() if WORD.search(line))


def _without_lines(content: bytes, added: Counter[bytes]) -> bytes:
    """The text without the last of the lines that say the same as what was added."""
    lines = content.splitlines(keepends=True)
    for line in added.elements():
        at = max(n for n, each in enumerate(lines) if each.strip() == line)
        del lines[at]
    return b"".join(lines)


def _meanings(content: bytes) -> Counter[str]:
    return Counter(each.meaning for each in _statements(_tree_of(content)))


def _tree_of(content: bytes) -> ast.Module:
    return ast.parse(content.decode(encoding_of(content)))


def _statements(module: ast.Module) -> Iterator[_Statement]:
    """The imports, one for each name, and the calls that stand by themselves."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                single = ast.Import([alias])
                if isinstance(node, ast.ImportFrom):
                    meaning = ast.dump(ast.ImportFrom(node.module, [alias], node.level))
                else:
                    meaning = ast.dump(single)
                name = None if len(node.names) == 1 else alias.name
                yield _Statement(meaning, node.lineno, node.end_lineno or node.lineno, name)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            yield _Statement(ast.dump(node), node.lineno, node.end_lineno or node.lineno)


def _without(content: bytes, added: Counter[str]) -> bytes:
    """The text without the last of the statements that mean the same as what was added."""
    encoding = encoding_of(content)
    for meaning in added.elements():
        text = content.decode(encoding)
        found = [each for each in _statements(ast.parse(text)) if each.meaning == meaning]
        if found:
            content = _text_without(text, found[-1]).encode(encoding)
    return content


def _text_without(text: str, statement: _Statement) -> str:
    lines = text.splitlines(keepends=True)
    first, last = statement.first - 1, statement.last
    if statement.name is None:
        return "".join(lines[:first] + lines[last:])
    name = re.escape(statement.name)
    old = "".join(lines[first:last])
    new = re.sub(rf"^[ \t]*{name}[ \t]*,[ \t]*\r?\n", "", old, count=1, flags=re.MULTILINE)
    if new == old:
        start = old.index("import")
        names = re.sub(rf"\b{name}\b\s*,\s*|,\s*\b{name}\b", "", old[start:], count=1)
        new = old[:start] + names
    return "".join(lines[:first]) + new + "".join(lines[last:])
