"""What was put in place, put back, and brought up to date."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chatkit_agent.output.documents.base import Document, Part
from chatkit_agent.plugin.placing import Placed

if TYPE_CHECKING:
    from chatkit_agent.apply.undo import Undone
    from chatkit_agent.apply.update import Updated


class ConflictPart(Part):
    """Where conflict markers that were written into a file begin."""

    path: str
    line: int


class DependentPart(Part):
    """A line of the user's own that uses what goes away."""

    path: str
    line: int
    what: str


class MovedPart(Part):
    """Where a file of the chat was written, and where it is now."""

    before: str
    now: str


class UndoDocument(Document):
    """`undo`: what was put back, or (where `undone` is false) would be.

    `stays` says in sentences what is left outside of the files, and how to remove it.
    """

    NAME = "undo"
    restored: tuple[str, ...]
    removed: tuple[str, ...]
    kept: tuple[str, ...]
    conflicts: tuple[ConflictPart, ...] = ()
    missing: tuple[str, ...] = ()
    moved: tuple[MovedPart, ...] = ()
    used: tuple[DependentPart, ...] = ()
    stays: tuple[str, ...] = ()
    undone: bool = True

    @classmethod
    def of(cls, outcome: Undone, *, undone: bool, stays: Sequence[str]) -> UndoDocument:
        moved = [{"before": before, "now": now} for before, now in outcome.moved]
        parts = {**vars(outcome), "moved": moved, "undone": undone, "stays": stays}
        return cls.model_validate(parts)


class UpdateDocument(Document):
    """`update`: which version the delivered code had and has, and what was changed for it.

    Where `updated` is false, that is what would be changed, and `diff` shows it.
    """

    NAME = "update"
    before: str
    after: str
    changed: tuple[str, ...]
    kept: tuple[str, ...]
    conflicts: tuple[ConflictPart, ...] = ()
    merged: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    updated: bool = True
    diff: str = ""

    @classmethod
    def of(cls, outcome: Updated, *, updated: bool) -> UpdateDocument:
        diff = "" if updated else outcome.diff
        return cls.model_validate({**vars(outcome), "updated": updated, "diff": diff})


class InstallDocument(Document):
    """`install`: what was put where a coding agent looks for it, or taken away again."""

    NAME = "install"
    agent: str
    base: str
    written: tuple[str, ...]
    removed: tuple[str, ...]
    kept: tuple[str, ...]
    command: str | None

    @classmethod
    def of(cls, placed: Placed) -> InstallDocument:
        return cls.model_validate(vars(placed))
