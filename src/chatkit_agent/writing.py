"""Writing: contents put in place in a folder, all of them or none, and never outside of it."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from chatkit_agent.errors import CannotWrite

Contents = Mapping[str, bytes | None]
"""What files are to hold, by their paths below the folder; None takes a file away."""


def content_of(root: Path, path: str) -> bytes | None:
    target = _target(root, path)
    return target.read_bytes() if target.is_file() else None


def _target(root: Path, path: str) -> Path:
    """Where a file of the project really is.

    Raises:
        CannotWrite: that is outside of the project.
    """
    target = (root / path).resolve()
    if not target.is_relative_to(root.resolve()):
        raise CannotWrite(f"`{path}` leads out of the project, to `{target}`. Nothing was written.")
    return target


@dataclass(frozen=True)
class _Swap:
    """A file's place, what goes there, and the names beside it for its new and old content."""

    target: Path
    content: bytes | None
    token: str

    @property
    def new(self) -> Path:
        return self.target.with_name(f".{self.target.name}.{self.token}.new")

    @property
    def old(self) -> Path:
        return self.target.with_name(f".{self.target.name}.{self.token}.old")

    def prepare(self) -> None:
        if self.target.is_dir():
            raise IsADirectoryError(errno.EISDIR, "there is a folder of that name", self.target)
        if self.target.exists():
            shutil.copy2(self.target, self.old)
        if self.content is not None:
            self.new.write_bytes(self.content)
            if self.target.exists():
                _like(self.target, self.new)

    def put(self) -> None:
        if self.content is None:
            self.target.unlink()
        else:
            self.new.replace(self.target)

    def put_back(self) -> None:
        if self.old.exists():
            self.old.replace(self.target)
        else:
            self.target.unlink(missing_ok=True)

    def discard(self) -> None:
        self.new.unlink(missing_ok=True)
        self.old.unlink(missing_ok=True)


def _like(file: Path, new: Path) -> None:
    """Give a new file the rights and the owner of the file that it replaces."""
    known = file.stat()
    new.chmod(stat.S_IMODE(known.st_mode))
    if (known.st_uid, known.st_gid) != (new.stat().st_uid, new.stat().st_gid):
        os.chown(new, known.st_uid, known.st_gid)


def write_all(root: Path, contents: Contents) -> None:
    """Put all contents in place, or none of them.

    Everything is written beside its place first, so that a full disk or a missing right is met
    before any file has changed; then renamed. The record goes first: whatever kills the process
    in between, `undo` can still put everything back.
    """
    token = secrets.token_hex(4)
    swaps = [_Swap(_target(root, path), content, token) for path, content in contents.items()]
    folders: list[Path] = []
    started: list[_Swap] = []
    try:
        for swap in swaps:
            _make_folders(swap.target.parent, folders)
            swap.prepare()
        for swap in swaps:
            started.append(swap)
            swap.put()
    except BaseException as error:
        _roll_back(swaps, started, folders)
        if not isinstance(error, OSError):
            raise
        raise CannotWrite(
            f"`{error.filename}` could not be written: {error.strerror}. "
            "Everything was put back as it was."
        ) from error
    for swap in swaps:
        swap.discard()


def _make_folders(folder: Path, made: list[Path]) -> None:
    """Make a folder and those above it, and note each that was not there."""
    for each in [*reversed(folder.parents), folder]:
        if not each.exists():
            made.append(each)
            each.mkdir()


def _roll_back(swaps: list[_Swap], started: list[_Swap], folders: list[Path]) -> None:
    for swap in reversed(started):
        swap.put_back()
    for swap in swaps:
        with suppress(OSError):
            swap.discard()
    for folder in reversed(folders):
        with suppress(OSError):
            folder.rmdir()
