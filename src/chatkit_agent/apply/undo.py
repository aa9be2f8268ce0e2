"""Undo: take out again what was added; what the user changed since stays."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from glob import escape
from pathlib import Path, PurePosixPath

from chatkit_agent.apply.apply import (
    conflict_message,
    locked,
    markers_in,
    unresolved_message,
)
from chatkit_agent.apply.dependents import Dependent, dependents
from chatkit_agent.apply.writing import write_all
from chatkit_agent.errors import CannotLocate, NothingToUndo, StillUsed, UndoConflict
from chatkit_agent.project.journal import UNFINISHED, left_beside, of_killed_run
from chatkit_agent.project.locating import Located, located, other_projects, outside
from chatkit_agent.project.manifest import (
    BEFORE,
    FIXED,
    KEPT,
    MANIFEST,
    Manifest,
    Place,
    Restoration,
    Touched,
    manifest_of,
    without_chat,
)
from chatkit_agent.project.scratch import repository_of
from chatkit_agent.project.tree import Tree

CHAT = re.compile(rb"\bChatKitServer\b|\bcreate_chatkit_router\b")
MOST_PLACES = 5


@dataclass(frozen=True)
class Undone:
    """Files put back, files taken away, and added files that stay since the user edited them.

    `conflicts` are where conflict markers were written; the manifest stays until then.
    `missing` are files of the chat that were gone already, `moved` where others were found.
    `used` is where the user's own code uses what goes away.
    """

    restored: tuple[str, ...]
    removed: tuple[str, ...]
    kept: tuple[str, ...]
    conflicts: tuple[Place, ...] = ()
    missing: tuple[str, ...] = ()
    moved: tuple[tuple[str, str], ...] = ()
    used: tuple[Dependent, ...] = ()


@dataclass(frozen=True)
class Undoing:
    """What an undo is going to do."""

    name: str
    located: Located
    restoration: Restoration
    used: tuple[Dependent, ...]

    @property
    def manifest(self) -> Manifest:
        return self.located.manifest

    @property
    def contents(self) -> Mapping[str, bytes | None]:
        """What the files are going to hold."""
        return {**self.restoration.contents, self.name: None}

    @property
    def outcome(self) -> Undone:
        conflicts = self.restoration.overlaps
        unresolved = {each.path for each in conflicts}
        contents = self.restoration.contents.items()
        settled = {path: each for path, each in contents if path not in unresolved}
        return Undone(
            restored=tuple(path for path, content in settled.items() if content is not None),
            removed=tuple(path for path, content in settled.items() if content is None),
            kept=self.restoration.kept,
            conflicts=conflicts,
            missing=self.located.lost,
            moved=tuple(self.located.moved.items()),
            used=self.used,
        )


def undo(root: Path, *, markers: bool = False, force: bool = False) -> Undone:
    """Take out again what was applied last: what the doctor fixed, then the chat.

    Lines and files that the user changed since stay. With `markers`, lines that were added and
    that the user changed are written both ways, between conflict markers. With `force`, modules go
    that the user's own code imports.

    Raises:
        NothingToUndo: no plan was applied here.
        UndoConflict: the user changed the very lines that were added, or has not resolved the
            conflicts that were marked; nothing is written.
        StillUsed: the user's own code uses what would go; nothing is written.
        CannotLocate: files were moved, and it is not clear where to; nothing is written.
        PlanOutdated: a file was changed meanwhile; everything is as it was.
        CannotWrite: a file could not be written; everything is as it was.
    """
    with locked(root) as unfinished:
        if unfinished and not any((root / each).is_file() for each in (FIXED, MANIFEST)):
            return Undone(unfinished, (), ())
        undoing = plan_undo(root, markers=markers)
        if undoing.used and not force:
            raise StillUsed(_still_used(undoing.used))
        _write(root, undoing)
    return undoing.outcome


def plan_undo(root: Path, *, markers: bool = False) -> Undoing:
    """What `undo` would do; writes nothing.

    Raises:
        NothingToUndo, UndoConflict, CannotLocate: as `undo` does.
    """
    name = FIXED if (root / FIXED).is_file() else MANIFEST
    manifest = manifest_of(root, name)
    if manifest is None:
        raise NothingToUndo(_nothing(root))
    found = located(root, manifest)
    if marked := markers_in(root, found.manifest):
        raise UndoConflict(unresolved_message(marked, "undo"))
    require_found(root, found)
    restoration = without_chat(root, found.manifest, BEFORE if markers else None)
    if restoration.overlaps and not markers:
        raise UndoConflict(conflict_message(restoration.overlaps, "undo"))
    restoration = _with_needed_packages(root, found.manifest, restoration)
    app = found.manifest.options.get("app")
    folder = str(app.get("directory") or "") if isinstance(app, Mapping) else ""
    known = tuple(each.path for each in found.manifest.files if each.before is None)
    kept = [each for each in known if restoration.contents.get(each, b"") is not None]
    used = dependents(Tree(root), restoration.contents, kept, folder)
    return Undoing(name, found, restoration, used)


def _write(root: Path, undoing: Undoing) -> None:
    restoration, manifest = undoing.restoration, undoing.manifest
    _remove_compiled(root, restoration)
    left = _left_to_undo(manifest, restoration.overlaps) if restoration.overlaps else None
    contents = {**restoration.contents, undoing.name: left}
    if undoing.name == MANIFEST and (kept := _remains(root, manifest, restoration.kept)):
        contents[KEPT] = kept
    write_all(root, contents, UNFINISHED, _folders_of(manifest), restoration.known)


def _remains(root: Path, manifest: Manifest, paths: Sequence[str]) -> bytes | None:
    """What stays of ours, with what stayed earlier."""
    earlier = manifest_of(root, KEPT)
    files = {each.path: each for each in (earlier.files if earlier else ())}
    files |= {each.path: each for each in manifest.files if each.path in paths}
    still = [each for each in files.values() if (root / each.path).is_file()]
    return replace(manifest, files=tuple(still)).as_json() if still else None


def require_found(root: Path, found: Located) -> None:
    """
    Raises:
        CannotLocate: something of the chat would stay behind, unnoticed.
    """
    if found.unclear:
        places = (f"{path}: {' or '.join(each)}" for path, each in found.unclear.items())
        raise CannotLocate(
            "These files of the chat are not where they were written, and each is in several "
            f"places now: {'; '.join(places)}. Nothing was written. Leave one of each, then undo "
            "again."
        )
    if not found.lost:
        return
    elsewhere = [str(each) for each in outside(root, repository_of(root), found)]
    if elsewhere:
        raise CannotLocate(
            f"Files of the chat were moved out of `{root}`: {', '.join(elsewhere)}. Nothing was "
            f"written. Move `.chatkit-agent` to the folder that holds them all, then undo there."
        )
    strange = _unknown_chat_files(root, found.manifest)
    if strange and any(path.endswith(".py") for path in found.lost):
        raise CannotLocate(
            f"These files of the chat are gone: {', '.join(found.lost)}. And these look like "
            f"parts of it, by other names: {', '.join(strange)}. Nothing was written. Move them "
            "back to where they were, or remove them yourself; then undo again."
        )


def _unknown_chat_files(root: Path, manifest: Manifest) -> list[str]:
    tree = Tree(root)
    known = {each.path for each in manifest.files}
    others = tuple(f"{folder}/" for folder in other_projects(tree))
    left = (path for path in tree.glob(".py") if path not in known)
    return [path for path in left if not path.startswith(others) and CHAT.search(tree.read(path))]


def _with_needed_packages(root: Path, manifest: Manifest, restoration: Restoration) -> Restoration:
    """A package that holds modules of the user's own goes on being one."""
    known = {each.path for each in manifest.files}
    own = [path for path in Tree(root).glob(".py") if path not in known]
    needed = [path for path in _empty_packages(root, restoration.contents) if _holds(path, own)]
    if not needed:
        return restoration
    contents = {path: each for path, each in restoration.contents.items() if path not in needed}
    return replace(restoration, contents=contents, kept=(*restoration.kept, *needed))


def _empty_packages(root: Path, contents: Mapping[str, bytes | None]) -> Iterator[str]:
    for path, content in contents.items():
        if content is None and PurePosixPath(path).name == "__init__.py":
            body = ast.parse((root / path).read_bytes()).body
            if all(isinstance(each, ast.Expr) for each in body):
                yield path


def _holds(path: str, own: Sequence[str]) -> bool:
    return any(each.startswith(f"{PurePosixPath(path).parent}/") for each in own)


def _left_to_undo(manifest: Manifest, conflicts: Sequence[Place]) -> bytes:
    """The manifest of a half-done undo: how the user resolves a file is how it stays."""
    paths = {each.path for each in conflicts}
    files = (each for each in manifest.files if each.path in paths)
    left = tuple(Touched(each.path, each.before, each.before or b"") for each in files)
    return replace(manifest, files=left).as_json()


def _still_used(used: Sequence[Dependent]) -> str:
    listed = "\n".join(f"  {each}" for each in used)
    return (
        f"Your own code uses what would be taken away:\n{listed}\nNothing was written. Change "
        "these lines first, then undo again; or pass --force, and fix them afterwards."
    )


def _nothing(root: Path) -> str:
    """Why there is nothing to undo, and where there is."""
    said = NothingToUndo.__doc__ or ""
    if left := left_beside(Tree(root)):
        return f"{said} {of_killed_run(left)}"
    if kept := manifest_of(root, KEPT):
        stays = ", ".join(each.path for each in kept.files if (root / each.path).is_file())
        if stays:
            return f"{said} What an earlier undo left is yours: {stays}."
    places = [*_records_above(root), *_records_below(root)]
    if not places:
        return said
    told = "; ".join(f"`chatkit-agent undo {place}`" for place in places[:MOST_PLACES])
    more = len(places) - MOST_PLACES
    return f"{said} There is one elsewhere: {told}" + (f"; and {more} more" if more > 0 else "")


def _records_above(root: Path) -> Iterator[str]:
    real, top = root.resolve(), repository_of(root)
    for depth, folder in enumerate(real.parents, 1):
        if (folder / MANIFEST).is_file():
            yield "/".join([".."] * depth) if root == Path() else str(folder)
        if folder == top or real == top:
            return


def _records_below(root: Path) -> Iterator[str]:
    yield from (str(root / each) for each in other_projects(Tree(root)))


def _remove_compiled(root: Path, restoration: Restoration) -> None:
    """Remove what Python made of the files that go away."""
    for path in (root / each for each, content in restoration.contents.items() if content is None):
        folder = path.parent / "__pycache__"
        if folder.resolve() != root.resolve() / folder.relative_to(root):
            continue
        # What another user's Python made, as in a container, stays: nothing imports it alone.
        with suppress(OSError):
            for compiled in folder.glob(f"{escape(path.stem)}.*.pyc"):
                compiled.unlink()


def _folders_of(manifest: Manifest) -> list[str]:
    """The folders that were made for the chat, the outermost first."""
    folders = sorted(manifest.folders, key=len)
    return [each for folder in folders for each in (folder, f"{folder}/__pycache__")]
