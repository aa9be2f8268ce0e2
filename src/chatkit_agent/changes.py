"""3 Changes: apply a plan, undo it, update it; the only module that writes into a project."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
import stat
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path, PurePosixPath

from filelock import FileLock, Timeout
from platformdirs import user_cache_path

from chatkit_agent.errors import (
    CannotWrite,
    DirtyTree,
    NeedsHands,
    NothingToUndo,
    PlanOutdated,
    Refused,
    UndoConflict,
)
from chatkit_agent.plan import DISTRIBUTION, Plan
from chatkit_agent.record import RECORD, Record, Touched, record_of, without_chat

Contents = Mapping[str, bytes | None]
"""What files are to hold, by their paths in the project; None takes a file away."""


@dataclass(frozen=True)
class Undone:
    """Files put back, files taken away, and added files that stay since the user edited them."""

    restored: tuple[str, ...]
    removed: tuple[str, ...]
    kept: tuple[str, ...]


def apply(plan: Plan, *, allow_dirty: bool = False) -> None:
    """Write what is planned, all or nothing, and record it in the project.

    Raises:
        NeedsHands: something in the plan has to be done by hand first.
        DirtyTree: files in the project have changes that are not committed.
        PlanOutdated: a file is not as it was when the plan was made.
        CannotWrite: a file could not be written; everything is as it was.
    """
    root = plan.project.root
    if plan.by_hand:
        raise NeedsHands("\n\n".join(f"{each.reason}\n{each.by_hand}" for each in plan.by_hand))
    if not plan.changes:
        return
    with _locked(root):
        if not allow_dirty:
            _require_clean(root, plan)
        for change in plan.changes:
            if _now(root, change.path) != change.before:
                raise PlanOutdated(f"`{change.path}` changed since the plan was made. Plan again.")
        contents = {change.path: change.after for change in plan.changes}
        record = _recorded(plan, record_of(root))
        _write(root, {RECORD: record.as_json(), **contents})


def undo(root: Path) -> Undone:
    """Take the chat out again. Lines and files that the user changed since stay.

    Raises:
        NothingToUndo: no plan was applied here.
        UndoConflict: the user changed the very lines that were added; nothing is written.
        CannotWrite: a file could not be written; everything is as it was.
    """
    with _locked(root):
        record = record_of(root)
        if record is None:
            raise NothingToUndo
        restoration = without_chat(root, record)
        if restoration.overlaps:
            raise UndoConflict(_conflict(restoration.overlaps))
        _write(root, {**restoration.contents, RECORD: None})
        _tidy(root, record)
    contents = restoration.contents
    return Undone(
        restored=tuple(path for path, content in contents.items() if content is not None),
        removed=tuple(path for path, content in contents.items() if content is None),
        kept=restoration.kept,
    )


def _conflict(overlaps: tuple[str, ...]) -> str:
    places = "; ".join(overlaps)
    return (
        f"Your later edits changed lines that were added: {places}. Nothing was written. "
        "Take the added lines out there by hand, then undo again."
    )


def _recorded(plan: Plan, earlier: Record | None) -> Record:
    """The record of a plan, with what an earlier one knew of how files were before."""
    root = plan.project.root
    files = {each.path: each for each in earlier.files} if earlier else {}
    restored = without_chat(root, earlier).contents if earlier else {}
    for change in plan.changes:
        known = change.path in files
        before = restored.get(change.path, change.before) if known else change.before
        files[change.path] = Touched(change.path, before, change.after)
    folders = [*(earlier.folders if earlier else ()), *_new_folders(root, [RECORD, *files])]
    return Record(
        version=version(DISTRIBUTION),
        plan_id=plan.id,
        choices=plan.choices.as_record(),
        files=tuple(files.values()),
        folders=tuple(dict.fromkeys(folders)),
    )


def _new_folders(root: Path, paths: list[str]) -> list[str]:
    above = {str(each) for path in paths for each in PurePosixPath(path).parents}
    return sorted(each for each in above if not (root / each).exists())


@contextmanager
def _locked(root: Path) -> Iterator[None]:
    """Hold the project against a second run at the same time."""
    name = hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:16]
    folder = user_cache_path("chatkit-agent") / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / f"{name}.lock")
    try:
        lock.acquire(blocking=False)
    except Timeout as error:
        raise Refused(
            f"Another run is changing `{root}` right now. Wait for it, then try again."
        ) from error
    try:
        yield
    finally:
        lock.release()


def _require_clean(root: Path, plan: Plan) -> None:
    planned = {change.path for change in plan.changes}
    dirty = [path for state, path in _git_status(root) if state != "??" or path in planned]
    if dirty:
        shown = ", ".join(f"`{path}`" for path in dirty[:5]) + (", ..." if dirty[5:] else "")
        raise DirtyTree(
            f"These files have changes that are not committed: {shown}. "
            "Commit or stash them, or pass --allow-dirty."
        )


def _git_status(root: Path) -> Iterator[tuple[str, str]]:
    """The state of each file under `root` that differs from the last commit, and its path."""
    real = root.resolve()
    top = next((each for each in (real, *real.parents) if (each / ".git").exists()), None)
    if top is None:
        return
    command = ["git", "-C", str(real), "-c", "core.fsmonitor=false", "status", "--porcelain=v1"]
    command += ["-z", "--no-renames", "--untracked-files=all", "--", "."]
    try:
        done = subprocess.run(command, capture_output=True, check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", b"").decode(errors="replace").strip() or str(error)
        raise DirtyTree(
            f"git could not say whether `{top}` is clean: {said}. Correct that, "
            "or pass --allow-dirty."
        ) from error
    prefix = real.relative_to(top).as_posix()
    for entry in done.stdout.decode(errors="surrogateescape").split("\0")[:-1]:
        path = PurePosixPath(entry[3:])
        yield entry[:2], str(path.relative_to(prefix))


def _now(root: Path, path: str) -> bytes | None:
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


def _write(root: Path, contents: Contents) -> None:
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


def _tidy(root: Path, record: Record) -> None:
    """Remove the folders that were made for the chat, where nothing of the user's is in them."""
    for touched in record.files:
        path = root / touched.path
        if touched.before is None and path.suffix == ".py" and not path.exists():
            for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
                compiled.unlink()
        for left in path.parent.glob(f".{path.name}.????????.[no][el][wd]"):
            left.unlink()
    for folder in sorted(record.folders, key=len, reverse=True):
        for empty in (root / folder / "__pycache__", root / folder):
            with suppress(OSError):
                empty.rmdir()
