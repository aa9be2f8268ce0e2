"""What was put in place, put back, and brought up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit_agent.output.documents.parts import Document, Part
from chatkit_agent.plugin.placing import Placed

if TYPE_CHECKING:
    from chatkit_agent.apply.apply import Undone, Updated


class ConflictPart(Part):
    """Where conflict markers that were written into a file begin."""

    path: str
    line: int


class UndoDocument(Document):
    """`undo`: what was put back."""

    NAME = "undo"
    restored: tuple[str, ...]
    removed: tuple[str, ...]
    kept: tuple[str, ...]
    conflicts: tuple[ConflictPart, ...] = ()

    @classmethod
    def of(cls, undone: Undone) -> UndoDocument:
        return cls.model_validate(vars(undone))


class UpdateDocument(Document):
    """`update`: which version the delivered code had and has, and what was changed for it."""

    NAME = "update"
    before: str
    after: str
    changed: tuple[str, ...]
    kept: tuple[str, ...]
    conflicts: tuple[ConflictPart, ...] = ()

    @classmethod
    def of(cls, updated: Updated) -> UpdateDocument:
        return cls.model_validate(vars(updated))


class InstallDocument(Document):
    """`install`: what was put where a coding agent looks for it, or taken away again."""

    NAME = "install"
    agent: str
    base: str
    written: tuple[str, ...]
    removed: tuple[str, ...]
    kept: tuple[str, ...]
    by_hand: str | None

    @classmethod
    def of(cls, placed: Placed) -> InstallDocument:
        return cls.model_validate(vars(placed))
