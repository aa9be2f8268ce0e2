"""Taking up: what the user had edited of an earlier chat becomes part of the planned one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from chatkit_agent.plan.change import Change
from chatkit_agent.project.leftovers import Leftover
from chatkit_agent.project.read import Project
from chatkit_agent.project.text.forms import Form
from chatkit_agent.project.text.merging import merge
from chatkit_agent.project.tree import Tree


@dataclass(frozen=True)
class TakenUp:
    """Files with the user's edits in them: those that change, and those that are right as they are.

    `conflicts` are a reason and what has to be done by hand.
    """

    changes: tuple[Change, ...] = ()
    untouched: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()
    conflicts: tuple[tuple[str, str], ...] = ()

    @property
    def paths(self) -> frozenset[str]:
        return frozenset(each.path for each in (*self.changes, *self.untouched))


def take_up(project: Project, home: str, planned: Tree) -> TakenUp:
    """What becomes of the files that `undo` left, where the plan has files of their names."""
    taken = TakenUp()
    for left in project.leftovers.files:
        target = left.target(home)
        if planned.exists(target):
            taken = _with(taken, project, left, target, planned.read(target))
        else:
            note = f"`{left.path}` is left of an earlier chat, and this one does not use it."
            taken = replace(taken, notes=(*taken.notes, note))
    return taken


def _with(taken: TakenUp, project: Project, left: Leftover, target: str, ours: bytes) -> TakenUp:
    theirs = (project.root / left.path).read_bytes()
    base = ours if left.base is None else left.base
    form = Form.between(base, theirs)
    merged = merge(form.of(base), theirs, form.of(ours))
    if merged.overlaps:
        lines = ", ".join(f"line {each.first}" for each in merged.overlaps)
        reason = f"`{left.path}`, {lines}: you edited what this chat has otherwise."
        manual = "Make these lines as you want them, or move the file away. It would be:\n"
        manual += ours.decode()
        return replace(taken, conflicts=(*taken.conflicts, (reason, manual)))
    before = theirs if left.path == target else None
    change = Change(target, before, merged.content, delivered=ours)
    note = tuple(_notes(left, target))
    if before == merged.content:
        return replace(taken, untouched=(*taken.untouched, change), notes=(*taken.notes, *note))
    return replace(taken, changes=(*taken.changes, change), notes=(*taken.notes, *note))


def _notes(left: Leftover, target: str) -> Iterator[str]:
    if left.path == target:
        yield f"`{target}` is taken up with your edits in it."
    else:
        yield f"`{target}` gets your edits of `{left.path}`, which nothing uses any more."
