"""3 Changes: apply a plan, undo it, update it; the only module that writes into a project."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from filelock import FileLock, Timeout
from platformdirs import user_cache_path

from chatkit_agent.apply.writing import content_of, put_back, write_all
from chatkit_agent.errors import (
    CannotWrite,
    DirtyTree,
    NeedsHands,
    NothingToUndo,
    NothingToUpdate,
    PlanOutdated,
    Refused,
    UndoConflict,
    UpdateConflict,
)
from chatkit_agent.options.features import chosen_extras
from chatkit_agent.options.options import Request, choose
from chatkit_agent.plan.plan import DISTRIBUTION, Plan, plan_for
from chatkit_agent.project.git import states
from chatkit_agent.project.manifest import (
    MENDED,
    RECORD,
    UNFINISHED,
    Place,
    Record,
    Restoration,
    Touched,
    record_of,
    without_chat,
)
from chatkit_agent.project.read import read_project
from chatkit_agent.project.scratch import copy_project
from chatkit_agent.project.text.merging import marked_lines, merge

BEFORE, AFTER = "before the chat", "this version"
"""What our side of a conflict is, in its markers."""


@dataclass(frozen=True)
class Updated:
    """Both versions, what changed, and what this version lacks but stays as the user edited it.

    `conflicts` are where conflict markers were written.
    """

    before: str
    after: str
    changed: tuple[str, ...]
    kept: tuple[str, ...]
    conflicts: tuple[Place, ...] = ()


@dataclass(frozen=True)
class Undone:
    """Files put back, files taken away, and added files that stay since the user edited them.

    `conflicts` are where conflict markers were written; until those are resolved, the record stays.
    """

    restored: tuple[str, ...]
    removed: tuple[str, ...]
    kept: tuple[str, ...]
    conflicts: tuple[Place, ...] = ()


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
        raise NeedsHands(_by_hand(plan))
    if not plan.changes:
        return
    with _locked(root):
        if not allow_dirty:
            _require_clean(root, [change.path for change in plan.changes])
        for change in plan.changes:
            if content_of(root, change.path) != change.before:
                raise PlanOutdated(f"`{change.path}` changed since the plan was made. Plan again.")
        earlier = record_of(root, plan.record)
        if earlier and (marked := _marked(root, earlier)):
            raise NeedsHands(_unresolved(marked, "do this"))
        contents = {change.path: change.after for change in plan.changes}
        record = _recorded(plan, earlier)
        write_all(root, {plan.record: record.as_json(), **contents}, UNFINISHED)


def restore_unfinished(root: Path) -> tuple[str, ...]:
    """Put back what an earlier run was killed in the middle of; the files that it was to write.

    Raises:
        CannotWrite: a file could not be put back.
    """
    if not (root / UNFINISHED).parent.is_dir():
        return ()
    with _locked(root) as unfinished:
        return unfinished


def undo(root: Path, *, markers: bool = False) -> Undone:
    """Take out again what was applied last: what the doctor mended, then the chat.

    Lines and files that the user changed since stay. With `markers`, lines that were added and
    that the user changed are written both ways, between conflict markers.

    Raises:
        NothingToUndo: no plan was applied here.
        UndoConflict: the user changed the very lines that were added, or has not resolved the
            conflicts that were marked; nothing is written.
        CannotWrite: a file could not be written; everything is as it was.
    """
    with _locked(root) as unfinished:
        name = MENDED if (root / MENDED).is_file() else RECORD
        record = record_of(root, name)
        if record is None:
            if unfinished:
                return Undone(unfinished, (), ())
            raise NothingToUndo
        if marked := _marked(root, record):
            raise UndoConflict(_unresolved(marked, "undo"))
        restoration = without_chat(root, record, BEFORE if markers else None)
        conflicts = restoration.overlaps
        if conflicts and not markers:
            raise UndoConflict(_conflict(conflicts, "undo"))
        _remove_compiled(root, restoration)
        left = _left_to_undo(record, conflicts) if conflicts else None
        contents = {**restoration.contents, name: left}
        write_all(root, contents, UNFINISHED, _folders_of(record))
    unresolved = {each.path for each in conflicts}
    settled = {path: each for path, each in restoration.contents.items() if path not in unresolved}
    return Undone(
        restored=tuple(path for path, content in settled.items() if content is not None),
        removed=tuple(path for path, content in settled.items() if content is None),
        kept=restoration.kept,
        conflicts=conflicts,
    )


def update(
    root: Path, *, extras: Sequence[str] = (), allow_dirty: bool = False, markers: bool = False
) -> Updated:
    """Bring what was added up to this version, with the choices made then; edits of it survive.

    `extras` are names of optional modules that are to be there as well. With `markers`, lines that
    this version and the user changed are written both ways, between conflict markers.

    Raises:
        BadOption: there is no such module.
        NothingToUpdate: no plan was applied here.
        UpdateConflict: the user changed the lines that differ now, or has not resolved the
            conflicts that were marked; nothing is written.
        DirtyTree, NeedsHands, CannotWrite: as `apply` does.
    """
    with _locked(root):
        record = record_of(root)
        if record is None:
            raise NothingToUpdate
        if marked := _marked(root, record):
            raise UpdateConflict(_unresolved(marked, "update"))
        plan = _planned_anew(root, record, extras)
        merged = _updated(root, record, plan, AFTER if markers else None)
        if merged.overlaps and not markers:
            raise UpdateConflict(_conflict(merged.overlaps, "update"))
        paths = list(merged.contents)
        if paths and not allow_dirty:
            _require_clean(root, paths)
        renewed = _renewed(record, plan, _new_folders(root, paths))
        if paths or renewed != record:
            write_all(root, {RECORD: renewed.as_json(), **merged.contents}, UNFINISHED)
    return Updated(record.version, renewed.version, tuple(paths), merged.kept, merged.overlaps)


def _planned_anew(root: Path, record: Record, extras: Sequence[str]) -> Plan:
    """What this version would do to the project as it was, with the choices that were made."""
    now = read_project(root, app=record.choices["app"]["ref"])
    choices = choose(now, Request())
    wanted = chosen_extras([*choices.extras, *extras])
    choices = replace(choices, extras=tuple(each.name for each in wanted))
    with TemporaryDirectory() as folder:
        before = {RECORD: None, **{each.path: each.before for each in record.files}}
        copy = copy_project(root, Path(folder), before)
        project = read_project(copy, app=choices.app.ref)
        packaging = replace(project.packaging, manager=now.packaging.manager)
        plan = plan_for(replace(project, packaging=packaging), choices)
    if plan.by_hand:
        raise NeedsHands(_by_hand(plan))
    return plan


def _updated(root: Path, record: Record, plan: Plan, ours_is: str | None) -> Restoration:
    """The merge of each file: base is the old rendering, theirs is now, ours is the new one."""
    old = {each.path: each for each in record.files}
    new = {change.path: change for change in plan.changes}
    contents: dict[str, bytes | None] = {}
    kept: list[str] = []
    overlaps: list[Place] = []
    for path in {**old, **new}:
        base = old[path].after if path in old else new[path].before
        ours = new[path].after if path in new else old[path].before
        theirs = content_of(root, path)
        if ours == base or theirs == ours or (path in old and theirs is None):
            continue
        if theirs == base:
            contents[path] = ours
        elif ours is None:
            kept.append(path)
        elif base is None or theirs is None:
            raise UpdateConflict(
                f"`{path}` is there already, and this version adds a file of that name. "
                "Nothing was written. Move yours away, then update again."
            )
        else:
            merged = merge(base, theirs, ours, ours_is)
            if merged.content != theirs:
                contents[path] = merged.content
            overlaps += [Place(path, place.first) for place in merged.overlaps]
    return Restoration(contents, tuple(kept), tuple(overlaps))


def _left_to_undo(record: Record, conflicts: Sequence[Place]) -> bytes:
    """The record of a half-done undo: how the user resolves a file is how it stays."""
    paths = {each.path for each in conflicts}
    files = (each for each in record.files if each.path in paths)
    left = tuple(Touched(each.path, each.before, each.before or b"") for each in files)
    return replace(record, files=left).as_json()


def _marked(root: Path, record: Record) -> list[Place]:
    """The first conflict marker of ours in each file that has any."""
    contents = {each.path: content_of(root, each.path) or b"" for each in record.files}
    found = {path: marked_lines(each, (BEFORE, AFTER)) for path, each in contents.items()}
    return [Place(path, lines[0]) for path, lines in found.items() if lines]


def _renewed(record: Record, plan: Plan, folders: list[str]) -> Record:
    old = {each.path: each.before for each in record.files}
    return Record(
        version=version(DISTRIBUTION),
        plan_id=plan.id,
        choices={**record.choices, "extras": list(plan.choices.extras)},
        files=tuple(
            Touched(change.path, old.get(change.path, change.before), change.after)
            for change in plan.changes
        ),
        folders=tuple(dict.fromkeys([*record.folders, *folders])),
    )


def _conflict(overlaps: Sequence[Place], verb: str) -> str:
    return (
        f"Your later edits changed lines that were added: {'; '.join(map(str, overlaps))}. "
        f"Nothing was written. Take the added lines out there by hand, then {verb} again; or "
        f"{verb} with --markers to get both versions in the file, between conflict markers."
    )


def _unresolved(marked: Sequence[Place], verb: str) -> str:
    return (
        f"Conflict markers are still there: {'; '.join(map(str, marked))}. Nothing was written. "
        f"Keep one version of what they enclose, take the markers out, then {verb} again."
    )


def _by_hand(plan: Plan) -> str:
    return "\n\n".join(f"{each.reason}\n{each.by_hand}" for each in plan.by_hand)


def _recorded(plan: Plan, earlier: Record | None) -> Record:
    """The record of a plan, with what an earlier one knew of how files were before."""
    root = plan.project.root
    files = {each.path: each for each in earlier.files} if earlier else {}
    restored = without_chat(root, earlier).contents if earlier else {}
    for change in plan.changes:
        known = change.path in files
        before = restored.get(change.path, change.before) if known else change.before
        files[change.path] = Touched(change.path, before, change.after)
    folders = [*(earlier.folders if earlier else ()), *_new_folders(root, [plan.record, *files])]
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
def _locked(root: Path) -> Iterator[tuple[str, ...]]:
    """Hold the project against a second run at the same time, and put back what one left."""
    name = hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:16]
    folder = user_cache_path("chatkit-agent") / "locks"
    lock = FileLock(folder / f"{name}.lock")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(blocking=False)
    except Timeout as error:
        raise Refused(
            f"Another run is changing `{root}` right now. Wait for it, then try again."
        ) from error
    except OSError as error:
        raise CannotWrite(
            f"No lock could be made in `{folder}`: {error.strerror}. Nothing was written. "
            "Make that folder writable, or set XDG_CACHE_HOME to one that is."
        ) from error
    try:
        unfinished = put_back(root, UNFINISHED)
        with suppress(OSError):
            (root / UNFINISHED).parent.rmdir()
        yield unfinished
    finally:
        lock.release()


def _require_clean(root: Path, planned: Sequence[str]) -> None:
    dirty = [path for state, path in states(root) if state != "??" or path in planned]
    if dirty:
        shown = ", ".join(f"`{path}`" for path in dirty[:5]) + (", ..." if dirty[5:] else "")
        raise DirtyTree(
            f"These files have changes that are not committed: {shown}. "
            "Commit or stash them, or pass --allow-dirty."
        )


def _remove_compiled(root: Path, restoration: Restoration) -> None:
    """Remove what Python made of the files that go away."""
    for path in (root / each for each, content in restoration.contents.items() if content is None):
        for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
            compiled.unlink()


def _folders_of(record: Record) -> list[str]:
    """The folders that were made for the chat, the outermost first."""
    folders = sorted(record.folders, key=len)
    return [each for folder in folders for each in (folder, f"{folder}/__pycache__")]
