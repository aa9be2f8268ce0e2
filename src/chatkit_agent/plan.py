"""2 Plan: the edits folded over the tree, as a diff with an id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from chatkit_agent.choices import Choices
from chatkit_agent.project import Project


@dataclass(frozen=True)
class Change:
    """One file, before and after; `before` is None where the file is new."""

    path: str
    before: bytes | None
    after: bytes

    @property
    def action(self) -> Literal["create", "modify"]:
        return "create" if self.before is None else "modify"


@dataclass(frozen=True)
class Blocked:
    """An edit that could not be made safely, and the snippet that a person can paste instead."""

    edit: str
    reason: str
    by_hand: str


@dataclass(frozen=True)
class Variable:
    """An environment variable that the chat reads."""

    name: str
    purpose: str
    required: bool
    example: str


@dataclass(frozen=True)
class Plan:
    """What would be done. `id` names exactly this plan for exactly these files."""

    id: str
    project: Project
    choices: Choices
    changes: tuple[Change, ...]
    dependencies: tuple[str, ...]
    """Requirements that were added to the project's dependency file, or have to be."""
    environment: tuple[Variable, ...]
    by_hand: tuple[Blocked, ...]
    notes: tuple[str, ...] = ()
