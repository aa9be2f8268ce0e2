"""Tree: the files of a project as one immutable value, read on demand, changed only in memory."""

from __future__ import annotations

import codecs
import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType

from chatkit_agent.project.paths import is_below, real_below
from chatkit_agent.project.text.visible import is_plain, visible

SKIPPED_DIRECTORIES = frozenset({"__pycache__", "node_modules", "site-packages"})
SKIPPED_UNLESS_PACKAGES = frozenset({"venv", "env", "dist", "build", "htmlcov"})
LARGEST = 8_000_000
"""Bytes: what is larger is data, and no source or configuration."""
LARGEST_SOURCE = 1_000_000
MOST_FILES = 100_000
ENV_FILE = re.compile(r"\.env[\w.-]*|[\w.-]+\.env")
DECLARES = re.compile(
    r"(?:^|/)(?:pyproject\.toml|setup\.(?:cfg|py)|Pipfile(?:\.lock)?|(?:uv|poetry|pdm|pixi)\.lock|pylock\.toml"
    r"|pixi\.toml|environment\.ya?ml|\.python-version|runtime\.txt"
    r"|(?:[\w.-]*(?:requirement|constraint)s?[\w.-]*|(?:requirements?|reqs|deps)/[\w.-]+)"
    r"\.(?:txt|in|pip|piptools))$",
    re.IGNORECASE,
)
LISTS = re.compile(r"[/\\](?:requirements?|reqs|deps)$", re.IGNORECASE)
DEEPEST = 64
# A database's data folder, say, that a container left here; or a path that the system cannot take.
UNREADABLE = frozenset({errno.EACCES, errno.EPERM, errno.ENAMETOOLONG, errno.ENOENT, errno.ELOOP})


@dataclass(frozen=True)
class Tree:
    """The files under `root` but for `removed`, plus `writes` that exist only in this value.

    Paths are relative to `root` with forward slashes. Hidden folders (such as `.git` and `.venv`),
    virtual environments, build folders, `node_modules` and links are not part of a tree, nor is
    what is `skipped`. Nothing outside of `root` is ever read, by a link or by `..`, but what its
    repository declares above it: dependencies, and the environment files that are named.
    """

    root: Path
    writes: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))
    removed: frozenset[str] = frozenset()
    _known: _Disk | None = field(default=None, repr=False, compare=False)

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Every file, sorted."""
        return tuple(sorted({*self._disk.walk.paths, *self.writes} - self.removed))

    @property
    def skipped(self) -> Mapping[str, str]:
        """What is there and is not read, with the reason."""
        return self._disk.walk.skipped

    @cached_property
    def _disk(self) -> _Disk:
        return self._known or _Disk(self.root)

    def glob(self, *suffixes: str) -> tuple[str, ...]:
        """The paths whose names end with one of `suffixes`."""
        return tuple(path for path in self.paths if path.endswith(suffixes))

    def exists(self, path: str) -> bool:
        """Whether there is such a file in the project, and not somewhere that it leads to."""
        if path in self.removed:
            return False
        if path in self.writes or path in self._disk.contents or self._disk.has_walked(path):
            return True
        return self._place(path) is not None

    def folder(self, path: str) -> Path | None:
        """A folder of the project on the disk, hidden ones too; None where it is elsewhere."""
        found = self.root / path
        return found if found.is_dir() and not self.leads_out(path) else None

    def leads_out(self, path: str) -> bool:
        """Whether a path, or a link on it, leads out of what may be read."""
        real = os.path.realpath(self.root / path.replace("\0", ""))
        return not Path(real).is_relative_to(self._boundary(path))

    def _place(self, path: str) -> Path | None:
        """The regular file that a path stands for; None where that is outside, or too large."""
        if "\0" in path or os.path.isabs(path):
            return None
        try:
            real = real_below(str(self._disk.real_root), path)
            known = os.stat(real)
        except (OSError, ValueError):
            return None
        is_inside = is_below(str(self._boundary(path)), real)
        is_read = stat.S_ISREG(known.st_mode) and known.st_size <= largest(path)
        return Path(real) if is_inside and is_read else None

    def _boundary(self, path: str) -> Path:
        """The project; for what may be read above it, its repository."""
        name = path.rpartition("/")[2]
        is_read = ENV_FILE.fullmatch(name) or DECLARES.search(path)
        return (
            self._disk.repository if ".." in path.split("/") and is_read else self._disk.real_root
        )

    @cached_property
    def above(self) -> tuple[str, ...]:
        """The folders of its repository above the project, the nearest first: `..`, `../..`."""
        depth = len(self._disk.real_root.relative_to(self._disk.repository).parts)
        return tuple("/".join([".."] * (number + 1)) for number in range(depth))

    def declaring_in(self, folder: str) -> tuple[str, ...]:
        """What may declare dependencies in a folder above the project, and directly below that."""
        top = str(self.root / folder)
        inner = [each.path for each in _entries(top) if LISTS.search(each.path) and each.is_dir()]
        found = [
            os.path.relpath(entry.path, self.root).replace(os.sep, "/")
            for place in (top, *inner)
            for entry in _entries(place)
        ]
        return tuple(sorted(path for path in found if DECLARES.search(path) and self.exists(path)))

    def fitting(self, pattern: str) -> tuple[str, ...]:
        """The files that `../packages/*/pyproject.toml` stands for, of those that may be read."""
        found = [Path()]
        for part in pattern.split("/"):
            inner = (each for place in found for each in self._inside(place, part))
            found = list(inner) if "*" in part else [each / part for each in found]
        return tuple(sorted(path for path in map(Path.as_posix, found) if self.exists(path)))

    def _inside(self, place: Path, pattern: str) -> Iterator[Path]:
        folder = os.path.realpath(self.root / place)
        for each in _entries(folder) if is_below(str(self._disk.repository), folder) else ():
            if fnmatchcase(each.name, pattern) and _is_searched(each):
                yield place / each.name

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
            FileNotFoundError: there is no such file in the project.
        """
        if path in self.writes:
            return self.writes[path]
        if path in self.removed:
            raise FileNotFoundError(path)
        disk = self._disk
        if path not in disk.contents:
            # What was walked is no link, and no larger than what is read.
            place = self.root / path if disk.has_walked(path) else self._place(path)
            if place is None:
                raise FileNotFoundError(errno.ENOENT, "it is no file of the project", path)
            disk.contents[path] = place.read_bytes()
        return disk.contents[path]

    def write(self, path: str, content: bytes) -> Tree:
        """A tree in which `path` holds `content`; the disk is left alone."""
        if self.exists(path) and self.read(path) == content:
            return self
        writes = MappingProxyType({**self.writes, path: content})
        return Tree(self.root, writes, self.removed - {path}, self._disk)

    def with_contents(self, contents: Mapping[str, bytes | None]) -> Tree:
        """A tree in which these files hold that; None: they are not there."""
        gone = {path for path, content in contents.items() if content is None}
        new = {path: content for path, content in contents.items() if content is not None}
        kept = {path: each for path, each in self.writes.items() if path not in gone}
        removed = (self.removed | gone) - set(new)
        return Tree(self.root, MappingProxyType({**kept, **new}), removed, self._disk)

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


@lru_cache(maxsize=1 << 11)
def text_of(content: bytes) -> str:
    """A file as text, whatever its bytes are."""
    return content.decode(encoding_of(content), errors="replace")


@dataclass(eq=False)
class _Disk:
    """What lies in a folder, as all trees that begin there see it: looked at once."""

    root: Path
    contents: dict[str, bytes] = field(default_factory=dict)

    @cached_property
    def walk(self) -> _Found:
        return _walk(self.root)

    @cached_property
    def _walked(self) -> frozenset[str]:
        return frozenset(self.walk.paths)

    def has_walked(self, path: str) -> bool:
        return "walk" in self.__dict__ and path in self._walked

    @cached_property
    def real_root(self) -> Path:
        return Path(os.path.realpath(self.root))

    @cached_property
    def repository(self) -> Path:
        root = self.real_root
        return next((each for each in (root, *root.parents) if (each / ".git").exists()), root)


@dataclass(frozen=True)
class _Found:
    paths: tuple[str, ...]
    skipped: Mapping[str, str]


def _walk(root: Path) -> _Found:
    paths: list[str] = []
    skipped: dict[str, str] = {}
    waiting = [(str(root), "", 0)]
    while waiting:
        folder, prefix, depth = waiting.pop()
        for entry in _entries(folder):
            is_folder = entry.is_dir(follow_symlinks=False)
            if not is_folder and not entry.is_file(follow_symlinks=False):
                continue
            if is_folder and not _is_searched(entry):
                continue
            if reason := _unread(entry, depth, len(paths)):
                skipped[visible(f"{prefix}{entry.name}")] = reason
            elif is_folder:
                waiting.append((entry.path, f"{prefix}{entry.name}/", depth + 1))
            else:
                paths.append(prefix + entry.name)
    return _Found(tuple(paths), MappingProxyType(skipped))


def _unread(entry: os.DirEntry[str], depth: int, found: int) -> str | None:
    if not is_plain(entry.name):
        return "its name is not UTF-8, or has control characters in it"
    if found >= MOST_FILES:
        return f"the project has more than {MOST_FILES:,} files"
    if entry.is_dir(follow_symlinks=False):
        if not os.access(entry.path, os.R_OK | os.X_OK):
            return "it may not be read"
        return f"it is more than {DEEPEST} folders deep" if depth >= DEEPEST else None
    size, most = entry.stat(follow_symlinks=False).st_size, largest(entry.name)
    return f"it has {size:,} bytes, and at most {most:,} are read" if size > most else None


def largest(path: str) -> int:
    """How many bytes a file may have to be read."""
    return LARGEST_SOURCE if path.endswith(".py") else LARGEST


def _entries(folder: Path | str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError as error:
        if error.errno not in UNREADABLE:
            raise
        return []


def _is_searched(folder: os.DirEntry[str]) -> bool:
    if folder.name.startswith(".") or folder.name in SKIPPED_DIRECTORIES:
        return False
    if folder.name in SKIPPED_UNLESS_PACKAGES:
        return os.path.exists(os.path.join(folder.path, "__init__.py"))
    return not os.path.exists(os.path.join(folder.path, "pyvenv.cfg"))
