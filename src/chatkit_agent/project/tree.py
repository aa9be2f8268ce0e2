"""Tree: the files of a project as one immutable value, read on demand, changed only in memory."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

SKIPPED_DIRECTORIES = frozenset({"__pycache__", "node_modules", "site-packages"})
SKIPPED_UNLESS_PACKAGES = frozenset({"venv", "env", "dist", "build", "htmlcov"})


@dataclass(frozen=True)
class Tree:
    """The files under `root` but for `removed`, plus `writes` that exist only in this value.

    Paths are relative to `root` with forward slashes. Hidden folders (such as `.git` and `.venv`),
    virtual environments, build folders, `node_modules` and links are not part of a tree.
    """

    root: Path
    writes: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))
    removed: frozenset[str] = frozenset()
    _cache: dict[str, bytes] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Every file, sorted."""
        return tuple(sorted({*_walk(self.root, ""), *self.writes} - self.removed))

    def glob(self, *suffixes: str) -> tuple[str, ...]:
        """The paths whose names end with one of `suffixes`."""
        return tuple(path for path in self.paths if path.endswith(suffixes))

    def exists(self, path: str) -> bool:
        """Whether there is such a file; one that a link leads to outside of the project is none."""
        if path in self.removed:
            return False
        if path in self.writes or path in self._cache or self._has_walked(path):
            return True
        on_disk = self.root / path
        return on_disk.is_file() and not self._leads_out(on_disk)

    def _leads_out(self, path: Path) -> bool:
        real = os.path.realpath(path)
        is_straight = real == os.path.normpath(os.path.join(self._real_root, path))
        return not is_straight and not real.startswith(self._real_root + os.sep)

    def _has_walked(self, path: str) -> bool:
        return "paths" in self.__dict__ and path in self._walked

    @cached_property
    def _walked(self) -> frozenset[str]:
        return frozenset(self.paths)

    @cached_property
    def _real_root(self) -> str:
        return os.path.realpath(self.root)

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
        if path in self.removed:
            raise FileNotFoundError(path)
        if path not in self._cache:
            self._cache[path] = (self.root / path).read_bytes()
        return self._cache[path]

    def write(self, path: str, content: bytes) -> Tree:
        """A tree in which `path` holds `content`; the disk is left alone."""
        if self.exists(path) and self.read(path) == content:
            return self
        writes = MappingProxyType({**self.writes, path: content})
        return Tree(self.root, writes, self.removed - {path}, self._cache)

    def with_contents(self, contents: Mapping[str, bytes | None]) -> Tree:
        """A tree in which these files hold that; None: they are not there."""
        gone = {path for path, content in contents.items() if content is None}
        new = {path: content for path, content in contents.items() if content is not None}
        kept = {path: each for path, each in self.writes.items() if path not in gone}
        removed = (self.removed | gone) - set(new)
        return Tree(self.root, MappingProxyType({**kept, **new}), removed, self._cache)

    def changed_from(self, before: Tree) -> Iterable[str]:
        """The paths that differ between `before` and this tree, sorted."""
        for path in sorted({*self.writes, *before.writes}):
            old = before.read(path) if before.exists(path) else None
            new = self.read(path) if self.exists(path) else None
            if old != new:
                yield path


def encoding_of(content: bytes) -> str:
    """The encoding that a text file says it has by its first bytes, else UTF-8, else Latin-1."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if content.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    try:
        content.decode()
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def _walk(folder: Path | str, prefix: str) -> Iterable[str]:
    for entry in _entries(folder):
        if entry.is_file(follow_symlinks=False):
            yield prefix + entry.name
        elif entry.is_dir(follow_symlinks=False) and _is_searched(entry):
            yield from _walk(entry.path, f"{prefix}{entry.name}/")


def _entries(folder: Path | str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except PermissionError:
        # A database's data folder, say, that a container left here: not the project's source.
        return []


def _is_searched(folder: os.DirEntry[str]) -> bool:
    if folder.name.startswith(".") or folder.name in SKIPPED_DIRECTORIES:
        return False
    if folder.name in SKIPPED_UNLESS_PACKAGES:
        return os.path.exists(os.path.join(folder.path, "__init__.py"))
    return not os.path.exists(os.path.join(folder.path, "pyvenv.cfg"))
