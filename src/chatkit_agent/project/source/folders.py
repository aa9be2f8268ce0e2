"""Folders: where the files of a project are, and which are only for tests, docs or scripts."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import PurePosixPath

SIDE_FOLDERS = re.compile(
    r"(?:e2e|tests?|testing|fixtures|docs?|docs_src|examples?|samples?|demos?|tutorials?"
    r"|bench|benchmarks?|scripts?|tools|migrations|alembic|chat(?:kit)?-sidecar)/",
    re.IGNORECASE,
)
SIDE_FILES = re.compile(r"(?:test_.*|.*_test|conftest|setup|noxfile)\.py")


@lru_cache(maxsize=65536)
def is_side_file(path: str) -> bool:
    """Whether a file is for tests, documentation, examples or scripts."""
    folder, _, name = path.rpartition("/")
    sides = (SIDE_FOLDERS.fullmatch(f"{part}/") for part in folder.split("/"))
    return any(sides) or SIDE_FILES.fullmatch(name) is not None


def upwards(path: str) -> tuple[str, ...]:
    """The folder of a file and those above it, nearest first; the project itself is ''."""
    return folders_from(path.rpartition("/")[0])


def within(folder: str, name: str) -> str:
    """The path of `name` in `folder`; the project itself is ''."""
    if folder.startswith("./") or folder.endswith("/") or "//" in folder:
        folder = str(PurePosixPath(folder))
    if folder in ("", ".") or not name:
        return name or folder.removeprefix(".")
    return f"{folder}/{name}"


@lru_cache(maxsize=65536)
def folders_from(folder: str) -> tuple[str, ...]:
    """A folder and those above it, nearest first."""
    parts = folder.split("/") if folder not in ("", ".") else []
    return tuple("/".join(parts[:length]) for length in range(len(parts), -1, -1))
