"""Apply: a plan is written into a project, all or nothing, and recorded there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path, PurePosixPath

from filelock import FileLock, Timeout
from platformdirs import user_cache_path

from chatkit_agent.apply.writing import content_of, put_back, write_all
from chatkit_agent.errors import (
    CannotWrite,
    DirtyTree,
    NeedsManualSteps,
    PlanOutdated,
    Refused,
)
from chatkit_agent.plan.plan import DISTRIBUTION, Plan
from chatkit_agent.project.git import states
from chatkit_agent.project.journal import UNFINISHED, journal_here
from chatkit_agent.project.locating import located
from chatkit_agent.project.manifest import (
    KEPT,
    MANIFEST,
    Manifest,
    Place,
    Touched,
    manifest_of,
    without_chat,
)
from chatkit_agent.project.text.merging import marked_lines


def apply(plan: Plan, *, allow_dirty: bool = False) -> None:
    """Write what is planned, all or nothing, and record it in the project.

    Raises:
        NeedsManualSteps: something in the plan has to be done by hand first.
        DirtyTree: files in the project have changes that are not committed.
        PlanOutdated: a file is not as it was when the plan was made.
        CannotWrite: a file could not be written; everything is as it was.
    """
    root = plan.project.root
    earlier = manifest_of(root, plan.manifest)
    earlier = located(root, earlier).manifest if earlier else None
    if earlier and (marked := markers_in(root, earlier)):
        raise NeedsManualSteps(unresolved_message(marked, "do this"))
    if plan.manual_steps:
        raise NeedsManualSteps(manual_steps(plan))
    if not plan.changes and not plan.untouched:
        return
    with locked(root):
        if not allow_dirty:
            require_clean(root, [change.path for change in plan.changes])
        for change in plan.changes:
            if content_of(root, change.path) != change.before:
                raise PlanOutdated(f"`{change.path}` changed since the plan was made. Plan again.")
        contents: dict[str, bytes | None] = {each.path: each.after for each in plan.changes}
        manifest = _manifest_of(plan, earlier)
        if (root / KEPT).is_file() and plan.manifest == MANIFEST:
            contents[KEPT] = None
        known = {each.path: each.before for each in plan.changes}
        write_all(root, {plan.manifest: manifest.as_json(), **contents}, UNFINISHED, known=known)


def restore_unfinished(root: Path) -> tuple[str, ...]:
    """Put back what an earlier run was killed in the middle of; the files that it was to write.

    Raises:
        CannotWrite: a file could not be put back.
    """
    if journal_here(root) is None:
        return ()
    with locked(root) as unfinished:
        return unfinished


def markers_in(root: Path, manifest: Manifest) -> list[Place]:
    """The first conflict marker, of ours or of git's, in each file that has any."""
    contents = {each.path: content_of(root, each.path) or b"" for each in manifest.files}
    found = {path: marked_lines(each) for path, each in contents.items()}
    return [Place(path, lines[0]) for path, lines in found.items() if lines]


def conflict_message(overlaps: Sequence[Place], operation: str) -> str:
    return (
        f"Your later edits changed lines that were added: {'; '.join(map(str, overlaps))}. "
        f"Nothing was written. Take the added lines out there by hand, then {operation} again; or "
        f"{operation} with --markers to get both versions in the file, between conflict markers."
    )


def unresolved_message(marked: Sequence[Place], operation: str) -> str:
    return (
        f"Conflict markers are still there: {'; '.join(map(str, marked))}. Nothing was written. "
        f"Keep one version of what they enclose, take the markers out, then {operation} again."
    )


def manual_steps(plan: Plan) -> str:
    return "\n\n".join(f"{each.reason}\n{each.snippet}" for each in plan.manual_steps)


def _manifest_of(plan: Plan, earlier: Manifest | None) -> Manifest:
    """The manifest of a plan, with what an earlier one knew of how files were before."""
    root = plan.project.root
    files = {each.path: each for each in earlier.files} if earlier else {}
    restored = without_chat(root, earlier).contents if earlier else {}
    for change in (*plan.changes, *plan.untouched):
        if change.delivered is not None:
            files[change.path] = Touched(change.path, None, change.delivered)
            continue
        known = change.path in files
        before = restored.get(change.path, change.before) if known else change.before
        files[change.path] = Touched(change.path, before, change.after)
    folders = [*(earlier.folders if earlier else ()), *new_folders(root, [plan.manifest, *files])]
    return Manifest(
        version=version(DISTRIBUTION),
        plan_id=plan.id,
        options=plan.options.as_manifest(),
        files=tuple(files.values()),
        folders=tuple(dict.fromkeys(folders)),
    )


def new_folders(root: Path, paths: list[str]) -> list[str]:
    above = {str(each) for path in paths for each in PurePosixPath(path).parents}
    return sorted(each for each in above if not (root / each).exists())


@contextmanager
def locked(root: Path) -> Iterator[tuple[str, ...]]:
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
        yield unfinished
    finally:
        lock.release()


def require_clean(root: Path, planned: Sequence[str]) -> None:
    dirty = [path for state, path in states(root) if state != "??" or path in planned]
    if dirty:
        shown = ", ".join(f"`{path}`" for path in dirty[:5]) + (", ..." if dirty[5:] else "")
        raise DirtyTree(
            f"These files have changes that are not committed: {shown}. "
            "Commit or stash them, or pass --allow-dirty."
        )
