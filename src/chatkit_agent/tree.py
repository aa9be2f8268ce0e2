"""Tree: the files of a project as one immutable value, read on demand, changed only in memory."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

SKIPPED_DIRECTORIES = frozenset(
    {
        "__pycache__",
        "node_modules",
        "site-packages",
        "venv",
        "env",
        "dist",
        "build",
        "htmlcov",
    }
)


@dataclass(frozen=True)
class Tree:
    """The files under `root`, plus `writes` that exist only in this value.

    Paths are relative to `root` with forward slashes. Hidden folders (such as `.git` and `.venv`),
    virtual environments, `node_modules` and links that lead out of `root` are not part of a tree.
    """

    root: Path
    writes: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))
    _cache: dict[str, bytes] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Every file, sorted."""
        return tuple(sorted({*_walk(self.root), *self.writes}))

    def glob(self, *suffixes: str) -> tuple[str, ...]:
        """The paths whose names end with one of `suffixes`."""
        return tuple(path for path in self.paths if path.endswith(suffixes))

    def exists(self, path: str) -> bool:
        return path in self.writes or (self.root / path).is_file()

    def is_taken(self, path: str) -> bool:
        """Whether a file, folder or link of that name is there."""
        prefix = f"{path}/"
        on_disk = self.root / path
        return (
            on_disk.exists()
            or on_disk.is_symlink()
            or any(write == path or write.startswith(prefix) for write in self.writes)
        )

    def read(self, path: str) -> bytes:
        """The content of one file.

        Raises:
            FileNotFoundError: there is no such file.
        """
        if path in self.writes:
            return self.writes[path]
        if path not in self._cache:
            self._cache[path] = (self.root / path).read_bytes()
        return self._cache[path]

    def write(self, path: str, content: bytes) -> Tree:
        """A tree in which `path` holds `content`; the disk is left alone."""
        if self.exists(path) and self.read(path) == content:
            return self
        return Tree(self.root, MappingProxyType({**self.writes, path: content}), self._cache)

    def changed_from(self, before: Tree) -> Iterable[str]:
        """The paths that differ between `before` and this tree, sorted."""
        for path in sorted({*self.writes, *before.writes}):
            old = before.read(path) if before.exists(path) else None
            new = self.read(path) if self.exists(path) else None
            if old != new:
                yield path


def _walk(root: Path) -> Iterable[str]:
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if _is_searched(folder, name))
        relative = Path(folder).relative_to(root).as_posix()
        prefix = "" if relative == "." else f"{relative}/"
        for name in files:
            if not os.path.islink(os.path.join(folder, name)):
                yield prefix + name


def _is_searched(folder: str, name: str) -> bool:
    if name.startswith(".") or name in SKIPPED_DIRECTORIES:
        return False
    path = os.path.join(folder, name)
    return not os.path.islink(path) and not os.path.exists(os.path.join(path, "pyvenv.cfg"))
