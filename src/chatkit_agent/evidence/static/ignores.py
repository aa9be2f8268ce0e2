"""Ignores: comments such as `# chatkit: ignore[CK203]`, which accept a finding on their line."""

from __future__ import annotations

import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from chatkit_agent.project.source.sources import Sources

COMMENT = re.compile(r"#\s*chatkit:\s*ignore\b(?:\s*\[([^\]\n]*)\])?")
OTHERS = (".env", ".yml", ".yaml", ".toml", ".conf", "Dockerfile", "Procfile", ".sh")


@dataclass(frozen=True)
class Ignore:
    """One comment. Without codes it is for whatever is found on its line."""

    file: str
    line: int
    codes: tuple[str, ...]

    @property
    def where(self) -> str:
        return f"{self.file}:{self.line}"


def read_ignores(sources: Sources) -> Iterator[Ignore]:
    for path in sources.holding(b"chatkit:"):
        for line, comment in _comments(sources.tree.read(path)):
            yield from _ignore(path, line, comment)
    for path in sources.tree.glob(*OTHERS):
        content = sources.text(path)
        for line, text in enumerate(content.splitlines() if "chatkit:" in content else (), 1):
            yield from _ignore(path, line, text)


def _ignore(path: str, line: int, text: str) -> Iterator[Ignore]:
    if found := COMMENT.search(text):
        codes = (each.strip() for each in (found[1] or "").split(","))
        yield Ignore(path, line, tuple(filter(None, codes)))


def _comments(content: bytes) -> Iterator[tuple[int, str]]:
    """Comments alone: what stands in a string is none."""
    tokens = tokenize.tokenize(BytesIO(content).readline)
    try:
        for each in tokens:
            if each.type == tokenize.COMMENT:
                yield each.start[0], each.string
    except (tokenize.TokenError, SyntaxError, UnicodeDecodeError):
        return  # what cannot be parsed is told elsewhere
