"""What was put back, and what was brought up to date."""

from __future__ import annotations

from chatkit_agent.changes import Undone, Updated
from chatkit_agent.documents.parts import Document


class UndoDocument(Document):
    """`undo`: what was put back."""

    NAME = "undo"
    restored: tuple[str, ...]
    removed: tuple[str, ...]
    kept: tuple[str, ...]

    @classmethod
    def of(cls, undone: Undone) -> UndoDocument:
        return cls.model_validate(
            {"restored": undone.restored, "removed": undone.removed, "kept": undone.kept}
        )


class UpdateDocument(Document):
    """`update`: which version the delivered code had and has, and what was changed for it."""

    NAME = "update"
    before: str
    after: str
    changed: tuple[str, ...]
    kept: tuple[str, ...]

    @classmethod
    def of(cls, updated: Updated) -> UpdateDocument:
        return cls.model_validate(vars(updated))
