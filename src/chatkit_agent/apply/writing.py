"""Writing: contents put in place in a folder, all of them or none, and never outside of it."""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
import stat
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

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
            _require_writable(self.target)
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


def _require_writable(file: Path) -> None:
    # A rename over it would succeed, whatever its own rights say, and so would all that root does.
    if not file.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError(errno.EACCES, "it is read-only", str(file))


def _like(file: Path, new: Path) -> None:
    """Give a new file the rights and the owner of the file that it replaces."""
    known = file.stat()
    new.chmod(stat.S_IMODE(known.st_mode))
    if (known.st_uid, known.st_gid) != (new.stat().st_uid, new.stat().st_gid):
        os.chown(new, known.st_uid, known.st_gid)


def write_all(
    root: Path, contents: Contents, journal: str | None = None, emptied: Sequence[str] = ()
) -> None:
    """Put all contents in place, or none of them; then remove those of `emptied` that are empty.

    Everything is written beside its place first, so that a full disk or a missing right is met
    before any file has changed; then renamed. `journal` is a file below `root` that is there only
    while that goes on: whatever kills the process in between, `put_back` makes it undone.
    """
    token = secrets.token_hex(4)
    swaps = [_Swap(_target(root, path), content, token) for path, content in contents.items()]
    left = [_target(root, folder) for folder in emptied]
    note = _Journal.of(root, journal, swaps, left) if journal else None
    folders: list[Path] = []
    started: list[_Swap] = []
    try:
        if note:
            _make_folders(note.target.parent, folders)
            note.write("preparing")
        for swap in swaps:
            _make_folders(swap.target.parent, folders)
            swap.prepare()
        if note:
            note.write("putting")
        for swap in swaps:
            started.append(swap)
            swap.put()
    except BaseException as error:
        _roll_back(swaps, started, folders, note)
        if not isinstance(error, OSError):
            raise
        raise CannotWrite(
            f"`{error.filename}` could not be written: {error.strerror}. "
            "Everything was put back as it was."
        ) from error
    if note:
        note.write("done")
    for swap in swaps:
        swap.discard()
    _remove(left)
    if note:
        note.remove()
        _remove(left)


@dataclass(frozen=True)
class _Journal:
    """What a `write_all` is about to do, in a file that outlives its process."""

    target: Path
    token: str
    paths: tuple[str, ...]
    new: tuple[str, ...]
    folders: tuple[str, ...]
    emptied: tuple[str, ...]

    @classmethod
    def of(cls, root: Path, path: str, swaps: list[_Swap], emptied: list[Path]) -> _Journal:
        top = root.resolve()
        target = _target(root, path)
        above = {each for swap in swaps for each in swap.target.parents} | {*target.parents}
        missing = sorted(each for each in above if not each.exists())
        return cls(
            target,
            swaps[0].token,
            tuple(str(swap.target.relative_to(top)) for swap in swaps),
            tuple(str(swap.target.relative_to(top)) for swap in swaps if not swap.target.exists()),
            tuple(str(each.relative_to(top)) for each in missing),
            tuple(str(each.relative_to(top)) for each in emptied),
        )

    def write(self, phase: Literal["preparing", "putting", "done"]) -> None:
        names = ("token", "paths", "new", "folders", "emptied")
        noted = {"phase": phase, **{name: getattr(self, name) for name in names}}
        beside = self.target.with_suffix(".new")
        beside.write_text(json.dumps(noted))
        beside.replace(self.target)

    def remove(self) -> None:
        self.target.with_suffix(".new").unlink(missing_ok=True)
        self.target.unlink(missing_ok=True)


def put_back(root: Path, journal: str) -> tuple[str, ...]:
    """Undo what a `write_all` with this `journal` was killed in; the paths that it was to write.

    Where all of it was in place already, only the remains are cleared away.

    Raises:
        CannotWrite: the journal cannot be read, or names a file outside of the project.
    """
    content = content_of(root, journal)
    note = _Journal(_target(root, journal), "", (), (), (), ())
    if content is None:
        note.remove()
        return ()
    try:
        noted = json.loads(content)
        swaps = {path: _Swap(_target(root, path), None, noted["token"]) for path in noted["paths"]}
        is_done = noted["phase"] == "done"
        folders = [_target(root, each) for each in noted["emptied" if is_done else "folders"]]
        for path, swap in swaps.items():
            if noted["phase"] == "putting" and (swap.old.exists() or path in noted["new"]):
                swap.put_back()
            swap.discard()
    except (ValueError, KeyError, TypeError) as error:
        raise CannotWrite(f"`{journal}` is damaged. Take it away, then try again.") from error
    _remove(folders)
    note.remove()
    _remove(folders)
    return () if is_done else tuple(swaps)


def _make_folders(folder: Path, made: list[Path]) -> None:
    """Make a folder and those above it, and note each that was not there."""
    for each in [*reversed(folder.parents), folder]:
        if not each.exists():
            made.append(each)
            each.mkdir()


def _roll_back(
    swaps: list[_Swap], started: list[_Swap], folders: list[Path], note: _Journal | None
) -> None:
    for swap in reversed(started):
        swap.put_back()
    for swap in swaps:
        with suppress(OSError):
            swap.discard()
    if note:
        note.remove()
    _remove(folders)


def _remove(folders: list[Path]) -> None:
    """Remove those of the folders that are empty; the outermost is the first."""
    for folder in reversed(folders):
        with suppress(OSError):
            folder.rmdir()
