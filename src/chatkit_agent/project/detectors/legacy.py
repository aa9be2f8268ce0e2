"""Legacy: code of the application that no library version which the chat needs can run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.project.source.sources import Sources

# What pydantic 2 no longer has, wherever it was imported from.
GONE = (
    "BaseSettings|Constrained(?:Bytes|Date|Decimal|Float|FrozenSet|Int|List|Number|Set|Str)"
    "|ErrorWrapper|ModelField|NoneBytes|NoneStr|NoneStrBytes|PyObject|ROOT_KEY|StrBytes|Undefined"
    "|parse_file_as|parse_raw_as|stricturl|validate_model"
)
IMPORT = re.compile(
    r"^\s*from\s+pydantic(?!\.v1)[\w.]*\s+import\s+(\([^)]*\)|[^\n]*)", re.MULTILINE
)
USE = re.compile(rf"pydantic(?<!\wpydantic)\.(?:\w+\.)?({GONE})\b")
NAME = re.compile(rf"\b({GONE})\b")
# Code that can do with either version asks for one of these first.
EITHER = ("pydantic_settings", "pydantic.v1", "pydantic.VERSION", "PYDANTIC_V2", "IS_PYDANTIC")


def find_legacy(sources: Sources) -> tuple[str, ...]:
    """Where the application uses what only pydantic 1 has, the files in their order."""
    return tuple(_old_files(sources))


def _old_files(sources: Sources) -> Iterator[str]:
    for path in sources.mentioning(rb"\bpydantic\b", b"pydantic", aside=False):
        text = sources.text(path)
        if any(word in text for word in EITHER):
            continue
        names = [name for given in IMPORT.findall(text) for name in NAME.findall(given)]
        for name in [*names, *USE.findall(text)][:1]:
            yield f"`{path}` uses `pydantic.{name}`"
