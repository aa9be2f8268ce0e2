"""Update: what was added becomes what this version, or another option, makes of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from chatkit_agent.apply.apply import (
    conflict_message,
    locked,
    manual_steps,
    markers_in,
    new_folders,
    require_clean,
    unresolved_message,
)
from chatkit_agent.apply.undo import require_found
from chatkit_agent.apply.writing import content_of, write_all
from chatkit_agent.errors import (
    NeedsManualSteps,
    NothingToUpdate,
    PlanOutdated,
    UpdateConflict,
)
from chatkit_agent.options.env_vars import variables
from chatkit_agent.options.options import Options, changed, recalled, with_present_app
from chatkit_agent.options.runtime_package import runtime_files_here, written_anew
from chatkit_agent.plan.change import Change
from chatkit_agent.plan.plan import DISTRIBUTION, Plan, plan_for
from chatkit_agent.project.journal import UNFINISHED
from chatkit_agent.project.locating import located
from chatkit_agent.project.manifest import (
    AFTER,
    MANIFEST,
    Manifest,
    Place,
    Touched,
    in_form_of,
    is_unedited,
    manifest_of,
)
from chatkit_agent.project.read import read_tree
from chatkit_agent.project.text.diffing import git_diff
from chatkit_agent.project.text.forms import Form, likeness
from chatkit_agent.project.text.merging import merge
from chatkit_agent.project.tree import Tree

ALIKE = 0.5


@dataclass(frozen=True)
class Updated:
    """Both versions, what changed, and what this version lacks but stays as the user edited it.

    `conflicts` are where conflict markers were written, `merged` the files that have changes of
    both sides now, `notes` what is left to do, and `diff` is of what is changed.
    """

    before: str
    after: str
    changed: tuple[str, ...]
    kept: tuple[str, ...]
    conflicts: tuple[Place, ...] = ()
    merged: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    diff: str = ""


@dataclass(frozen=True)
class _Planned:
    before: Manifest
    after: Manifest
    contents: Mapping[str, bytes | None]
    known: Mapping[str, bytes | None]
    told: Updated


@dataclass
class _Merged:
    contents: dict[str, bytes | None] = field(default_factory=dict)
    known: dict[str, bytes | None] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    overlaps: list[Place] = field(default_factory=list)


def plan_update(
    root: Path, asked: Mapping[str, Any] | None = None, *, markers: bool = False
) -> Updated:
    """What `update` would do, and what it would refuse. Nothing is written.

    Raises:
        As `update` does, but for DirtyTree and CannotWrite.
    """
    return _plan(root, asked or {}, markers).told


def update(
    root: Path,
    asked: Mapping[str, Any] | None = None,
    *,
    allow_dirty: bool = False,
    markers: bool = False,
    shown: str | None = None,
) -> Updated:
    """Bring what was added up to this version, and to the options in `asked`; edits survive.

    What was not asked for stays as it was chosen. With `markers`, lines that both sides changed
    are written both ways, between conflict markers. `shown` is the diff of `plan_update` that was
    agreed to.

    Raises:
        PlanOutdated: it would be another diff by now, or a file was changed meanwhile; nothing is
            written.
        BadOption: an option has a value that cannot be used, or cannot be changed in place.
        NothingToUpdate: no plan was applied here.
        UpdateConflict: the user changed the lines that differ now, or has not resolved the
            conflicts that were marked; nothing is written.
        CannotLocate: files were moved, and it is not clear where to; nothing is written.
        DirtyTree, NeedsManualSteps, CannotWrite: as `apply` does.
    """
    with locked(root):
        planned = _plan(root, asked or {}, markers)
        if shown not in (None, planned.told.diff):
            raise PlanOutdated
        if planned.contents and not allow_dirty:
            require_clean(root, list(planned.contents))
        if planned.contents or planned.after != planned.before:
            contents = {MANIFEST: planned.after.as_json(), **planned.contents}
            folders = sorted(planned.before.folders)
            write_all(root, contents, UNFINISHED, folders, planned.known)
    return planned.told


def _plan(root: Path, asked: Mapping[str, Any], markers: bool) -> _Planned:
    manifest = manifest_of(root)
    if manifest is None:
        raise NothingToUpdate
    found = located(root, manifest)
    manifest = found.manifest
    if marked := markers_in(root, manifest):
        raise UpdateConflict(unresolved_message(marked, "update"))
    require_found(root, found)
    old = {each.path: _as_now(root, each) for each in manifest.files}
    before = recalled(manifest.options)
    plan = _planned_anew(root, old, before, asked)
    if plan.manual_steps:
        raise NeedsManualSteps(manual_steps(plan))
    here = runtime_files_here(Tree(root.resolve()), before.home)
    unedited = {path for path, is_whole in here.items() if is_whole}
    unedited |= written_anew(before.home)
    merged = _merge_all(root, old, plan, unedited, AFTER if markers else None)
    if merged.overlaps and not markers:
        raise UpdateConflict(conflict_message(merged.overlaps, "update"))
    contents = merged.contents
    renewed = _new_manifest(manifest, plan, old, new_folders(root, list(contents)))
    told = Updated(
        manifest.version,
        renewed.version,
        tuple(path for path, content in contents.items() if content is not None),
        tuple(merged.kept),
        tuple(merged.overlaps),
        tuple(merged.merged),
        (*_runtime_notes(here, plan), *_notes(before, plan.options)),
        tuple(path for path, content in contents.items() if content is None),
        git_diff(
            (path, content_of(root, path), content)
            for path, content in contents.items()
            if content is not None
        ),
    )
    return _Planned(manifest, renewed, contents, merged.known, told)


def _as_now(root: Path, touched: Touched) -> Touched:
    now = content_of(root, touched.path)
    return touched if now is None else in_form_of(now, touched)


def _planned_anew(
    root: Path, old: Mapping[str, Touched], options: Options, asked: Mapping[str, Any]
) -> Plan:
    """What this version would do to the project as it was, with the options that are wanted."""
    before = {MANIFEST: None, **{path: each.before for path, each in old.items()}}
    tree = Tree(root.resolve()).with_contents(before)
    project = read_tree(tree, current_user=asked.get("current_user"))
    options = changed(with_present_app(project, options), project, asked)
    return plan_for(project, options)


def _merge_all(
    root: Path,
    old: Mapping[str, Touched],
    plan: Plan,
    unedited: Collection[str],
    ours_is: str | None,
) -> _Merged:
    """The merge of each file: base is the old rendering, theirs is now, ours is the new one.

    Machinery that is `unedited` by its checksum is replaced whole.
    """
    new = {change.path: change for change in plan.changes}
    done = _Merged()
    for path in {**old, **new}:
        theirs = done.known[path] = content_of(root, path)
        base, ours = _sides(old.get(path), new.get(path), theirs)
        if theirs == ours or (path in old and theirs is None):
            continue
        if path in unedited:
            done.contents[path] = ours
        elif ours == base:
            continue
        elif theirs == base or (base is not None and theirs and _is_ours(path, base, theirs)):
            done.contents[path] = ours
        elif ours is None:
            done.kept.append(path)
        elif theirs is None or (base is None and likeness(theirs, ours) < ALIKE):
            raise UpdateConflict(
                f"`{path}` is there already, and this version adds a file of that name. "
                "Nothing was written. Move yours away, then update again."
            )
        elif base is not None:
            merged = merge(base, theirs, ours, ours_is)
            if merged.content != theirs:
                done.contents[path] = merged.content
                done.merged.append(path)
            done.overlaps += [Place(path, place.first) for place in merged.overlaps]
    return done


def _sides(
    was: Touched | None, now: Change | None, theirs: bytes | None
) -> tuple[bytes | None, bytes | None]:
    """The old and the new rendering of a file, in the form that it has."""
    base = was.after if was else now.before if now else None
    ours = now.after if now else was.before if was else None
    if was and ours is not None and theirs is not None:
        ours = Form.between(now.after if now else was.after, theirs).of(ours)
    return base, ours


def _is_ours(path: str, base: bytes, theirs: bytes) -> bool:
    return is_unedited(theirs, Touched(path, None, base))


def _new_manifest(
    manifest: Manifest, plan: Plan, old: Mapping[str, Touched], folders: list[str]
) -> Manifest:
    """The manifest of the new rendering; a file that did not change stays as it was noted."""
    noted = {each.path: each for each in manifest.files}
    files = [
        noted[change.path]
        if change.path in old and old[change.path].after == change.after
        else Touched(
            change.path,
            old[change.path].before if change.path in old else change.before,
            change.after,
        )
        for change in plan.changes
    ]
    return Manifest(
        version=version(DISTRIBUTION),
        plan_id=plan.id,
        options=plan.options.as_manifest(),
        files=tuple(files),
        folders=tuple(dict.fromkeys([*manifest.folders, *folders])),
    )


def _runtime_notes(here: Mapping[str, bool], plan: Plan) -> Iterator[str]:
    """What of the machinery is not as it was delivered: later versions may not go with it."""
    planned = {change.path for change in plan.changes}
    if edited := [path for path, is_whole in here.items() if not is_whole and path in planned]:
        yield (
            f"You changed or removed machinery: {', '.join(edited)}. It stays so, and the next "
            "version may change the same lines. See CHATKIT.md for how to do it in `services`."
        )


def _notes(before: Options, after: Options) -> Iterator[str]:
    """What a change of options leaves to be done."""
    if before.schema != after.schema:
        yield (
            f"Conversations stay in the schema {before.schema}. To take them along, run: "
            f'ALTER SCHEMA "{before.schema}" RENAME TO "{after.schema}";'
        )
    old = {each.name: each for each in variables(before)}
    new = {each.name: each for each in variables(after)}
    if gone := [name for name in old if name not in new]:
        yield f"Nothing reads these variables any more: {', '.join(gone)}."
    needed = [
        each
        for each in new.values()
        if each.required and (each.name not in old or old[each.name] != each)
    ]
    for each in needed:
        example = f", such as {each.example}" if each.example else ""
        yield f"Set {each.name}{example}: {each.purpose}."
