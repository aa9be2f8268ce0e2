"""Change: one file before and after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Change:
    """One file, before and after; `before` is None where the file is new."""

    path: str
    before: bytes | None
    after: bytes
    delivered: bytes | None = None
    """What would stand there without the user's own edits, where those were taken up."""

    @property
    def action(self) -> Literal["create", "modify"]:
        return "create" if self.before is None else "modify"
