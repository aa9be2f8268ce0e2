"""Writing: contents put in place in a folder, all of them or none, and never outside of it."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
import stat
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from chatkit_agent.errors import CannotWrite, PlanOutdated
from chatkit_agent.project.journal import (
    Noted,
    Phase,
    Swapped,
    beside,
    journal_here,
    journal_of,
)
from chatkit_agent.project.paths import (
    is_below,
    is_version_control,
    leads_elsewhere,
    not_planned,
    real_below,
)
from chatkit_agent.project.tree import LARGEST

PRIVATE = 0o600
AGAIN = "Do it again, with what is there now."
Contents = Mapping[str, bytes | None]
"""What files are to hold, by their paths below the folder; None takes a file away."""


def content_of(root: Path, path: str) -> bytes | None:
    target = _target(root, path)
    if not target.is_file():
        return None
    if target.stat().st_size > LARGEST:
        raise CannotWrite(f"`{path}` is larger than any file of a plan. Nothing was written.")
    return target.read_bytes()


def _target(root: Path, path: str) -> Path:
    """Where a file of the project really is.

    Raises:
        CannotWrite: that is outside of the project, or belongs to its version control.
    """
    top = os.path.realpath(root)
    target = real_below(top, path)
    if not is_below(top, target):
        raise CannotWrite(f"`{path}` leads out of the project, to `{target}`. Nothing was written.")
    named = {*PurePosixPath(path).parts, *target[len(top) :].split(os.sep)}
    if any(map(is_version_control, named)):
        raise CannotWrite(f"`{path}` belongs to the version control. Nothing was written.")
    return Path(target)


def _require_planned(root: Path, paths: Iterable[str]) -> None:
    for path in paths:
        if reason := not_planned(path) or leads_elsewhere(root, path):
            raise CannotWrite(f"`{path}` is never written here: {reason}. Nothing was written.")


@dataclass(frozen=True)
class _Swap:
    """A file's place, what goes there, and the names beside it for its new and old content."""

    target: Path
    content: bytes | None
    token: str
    known: bytes | None = None
    is_known: bool = False

    def require_known(self) -> None:
        """Nothing that somebody saved since is written over."""
        if self.is_known and _bytes_of(self.target) != self.known:
            raise PlanOutdated(
                f"`{self.target}` was changed meanwhile. Nothing was written. {AGAIN}"
            )

    @property
    def new(self) -> Path:
        return beside(self.target, self.token)[0]

    @property
    def old(self) -> Path:
        return beside(self.target, self.token)[1]

    def prepare(self) -> None:
        self.require_known()
        if self.target.is_dir():
            raise IsADirectoryError(errno.EISDIR, "there is a folder of that name", self.target)
        if self.target.exists():
            _require_writable(self.target)
            # Nobody else reads either before it has the rights of their file.
            self.old.touch(PRIVATE)
            shutil.copy2(self.target, self.old)
        if self.content is not None:
            self.new.touch(PRIVATE if self.target.exists() else 0o666)
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

    @property
    def was(self) -> str | None:
        return _digest(self.target)

    @property
    def becomes(self) -> str | None:
        return None if self.content is None else hashlib.sha256(self.content).hexdigest()

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
    root: Path,
    contents: Contents,
    journal: str | None = None,
    emptied: Sequence[str] = (),
    known: Contents | None = None,
) -> None:
    """Put all contents in place, or none of them; then remove those of `emptied` that are empty.

    Everything is written beside its place first, so that a full disk or a missing right is met
    before any file has changed; then renamed. Where a `journal` is named, only what a plan can
    have is written, and what goes on is noted outside of `root` while it does: whatever kills the
    process in between, `put_back` makes it undone. `known` is what files held when it was decided
    what they shall hold.

    Raises:
        PlanOutdated: one of `known` holds something else by now; everything is as it was.
        CannotWrite: a file could not be written; everything is as it was.
    """
    if journal:
        _require_planned(root, contents)
    token = secrets.token_hex(4)
    before = known or {}
    swaps = [
        _Swap(_target(root, path), content, token, before.get(path), path in before)
        for path, content in contents.items()
    ]
    left = [_target(root, folder) for folder in emptied]
    note = _Journal.of(root, journal, swaps, left) if journal else None
    folders: list[Path] = []
    started: list[_Swap] = []
    at = note.target if note else root
    try:
        if note:
            note.write("preparing")
        for swap in swaps:
            at = swap.target
            _make_folders(swap.target.parent, folders)
            swap.prepare()
        if note:
            note.write("putting")
        for swap in swaps:
            at = swap.target
            swap.require_known()
            started.append(swap)
            swap.put()
        at = note.target if note else root
    except BaseException as error:
        _roll_back(swaps, started, folders, note)
        if not isinstance(error, OSError):
            raise
        raise _cannot_write(at, error) from error
    try:
        # Not above: a run that is killed while it rolls back must not have noted that it is done.
        if note:
            note.write("done")
    except OSError as error:
        _roll_back(swaps, started, folders, note)
        raise _cannot_write(at, error) from error
    # What cannot be cleared away now is by the next run, which finds the journal.
    with suppress(OSError):
        for swap in swaps:
            swap.discard()
        _remove(left)
        if note:
            note.remove()


def _cannot_write(at: Path, error: OSError) -> CannotWrite:
    return CannotWrite(
        f"`{at}` could not be written: {error.strerror}. Everything was put back as it was."
    )


@dataclass(frozen=True)
class _Journal:
    """What a `write_all` is about to do, in a file of this machine's that outlives its process."""

    target: Path
    noted: Noted

    @classmethod
    def of(cls, root: Path, name: str, swaps: list[_Swap], emptied: list[Path]) -> _Journal:
        top = root.resolve()
        above = {each for swap in swaps for each in swap.target.parents}
        missing = sorted(each for each in above if not each.exists())
        noted = Noted(
            root=str(top),
            phase="preparing",
            token=swaps[0].token,
            swapped=tuple(
                Swapped(path=_below(top, each.target), was=each.was, becomes=each.becomes)
                for each in swaps
            ),
            folders=tuple(_below(top, each) for each in missing),
            emptied=tuple(_below(top, each) for each in emptied),
        )
        return cls(journal_of(root, name), noted)

    def write(self, phase: Phase) -> None:
        self.target.parent.mkdir(parents=True, exist_ok=True)
        beside = self.target.with_suffix(".new")
        beside.write_text(self.noted.model_copy(update={"phase": phase}).model_dump_json())
        beside.replace(self.target)

    def remove(self) -> None:
        self.target.with_suffix(".new").unlink(missing_ok=True)
        self.target.unlink(missing_ok=True)


def put_back(root: Path, journal: str) -> tuple[str, ...]:
    """Undo what a `write_all` with this `journal` was killed in; the paths that it was to write.

    Where all of it was in place already, only the remains are cleared away; where nothing of it is
    here any more, only the journal.

    Raises:
        CannotWrite: the journal cannot be read, a file was changed since, or cannot be put back.
    """
    place = journal_here(root, journal)
    if place is None:
        return ()
    try:
        noted = Noted.model_validate_json(place.read_bytes())
        swaps = [(_Swap(_target(root, e.path), None, noted.token), e) for e in noted.swapped]
    except ValueError as error:
        raise CannotWrite(f"`{place}` is damaged. Take it away, then try again.") from error
    if place == journal_of(root, journal) and noted.root != str(root.resolve()):
        raise CannotWrite(f"`{place}` was noted for `{noted.root}`. Take it away, then try again.")
    try:
        return _put_back(root, place, noted, swaps)
    except OSError as error:
        raise CannotWrite(
            "An earlier run was cut off in the middle, and what it left cannot be put back: "
            f"`{error.filename}`: {error.strerror}. Correct that, then try again."
        ) from error


def _put_back(
    root: Path, place: Path, noted: Noted, swaps: Sequence[tuple[_Swap, Swapped]]
) -> tuple[str, ...]:
    is_here = noted.is_left_in(root)
    is_done = noted.phase == "done" or all(s.was == e.becomes for s, e in swaps)
    if noted.phase == "putting" and not is_done:
        is_here = is_here or any(s.was and s.was == e.becomes != e.was for s, e in swaps)
        if is_here:
            _require_ours(swaps, place)
            for swap, each in swaps:
                # Of a file that was not there, there is no old one.
                if _digest(swap.old) == each.was:
                    swap.put_back()
    for swap, _ in swaps:
        swap.discard()
    if is_here or noted.phase == "preparing":
        _remove([_target(root, each) for each in (noted.emptied if is_done else noted.folders)])
    _Journal(place, noted).remove()
    return tuple(each.path for each in noted.swapped) if is_here and not is_done else ()


def _require_ours(swaps: Sequence[tuple[_Swap, Swapped]], place: Path) -> None:
    """Nothing is put back over what is neither as it was nor as it was written.

    Nor is a part of it put back, where somebody took the rest away.
    """
    changed = [
        each.path
        for swap, each in swaps
        if swap.was not in (each.was, each.becomes, None)
        or (each.was not in (None, swap.was, _digest(swap.old)))
    ]
    if changed:
        raise CannotWrite(
            "An earlier run was cut off in the middle, and these files were changed since: "
            f"{', '.join(changed)}. Nothing was put back. Keep the version that you want (the one "
            "before is beside each, with `.old` in its name, unless somebody took that away), then "
            f"take `{place}` away."
        )


def _bytes_of(file: Path) -> bytes | None:
    return file.read_bytes() if file.is_file() else None


def _digest(file: Path) -> str | None:
    if file.is_symlink() or not file.is_file():
        return None
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _below(top: Path, path: Path) -> str:
    return path.relative_to(top).as_posix()


def _make_folders(folder: Path, made: list[Path]) -> None:
    """Make a folder and those above it, and note each that was not there."""
    for each in [*reversed(folder.parents), folder]:
        if not each.exists():
            made.append(each)
            each.mkdir()


def _roll_back(
    swaps: list[_Swap], started: list[_Swap], folders: list[Path], note: _Journal | None
) -> None:
    try:
        for swap in reversed(started):
            swap.put_back()
    except OSError as error:
        raise CannotWrite(
            f"`{error.filename}` could not be written, nor put back: {error.strerror}. Correct "
            "that, then run the command again: it puts everything back first."
        ) from error
    for swap in swaps:
        with suppress(OSError):
            swap.discard()
    with suppress(OSError):
        if note:
            note.remove()
    _remove(folders)


def _remove(folders: list[Path]) -> None:
    """Remove those of the folders that are empty; the outermost is the first."""
    for folder in reversed(folders):
        with suppress(OSError):
            folder.rmdir()
