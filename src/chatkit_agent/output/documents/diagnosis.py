"""What the doctor found: each cause once, the most likely first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chatkit_agent.output.documents.base import Document, Part
from chatkit_agent.output.documents.plan import BlockedPart, ChangePart
from chatkit_agent.output.documents.report import FindingPart, IsolationPart
from chatkit_agent.plan.plan import Plan, unified_diff

if TYPE_CHECKING:
    from chatkit_agent.checks.diagnosis import Diagnosed, Diagnosis


class DiagnosedPart(FindingPart):
    code: str
    check: str
    title: str
    explains: tuple[str, ...]
    is_answer: bool
    """It explains the symptom that was told."""

    @classmethod
    def of(cls, found: Diagnosed) -> DiagnosedPart:
        return cls.model_validate(
            {
                **vars(found.finding),
                "code": found.check.code,
                "check": found.check.name,
                "title": found.check.title,
                "is_answer": found.is_answer,
            }
        )


class FixesPart(Part):
    """What edits would fix, or have fixed."""

    plan_id: str
    edits: tuple[str, ...]
    changes: tuple[ChangePart, ...]
    diff: str
    manual_steps: tuple[BlockedPart, ...]
    applied: bool

    @classmethod
    def of(cls, plan: Plan, edits: Sequence[str], *, applied: bool = False) -> FixesPart:
        return cls.model_validate(
            {
                "plan_id": plan.id,
                "edits": tuple(edits),
                "changes": plan.changes,
                "diff": unified_diff(plan),
                "manual_steps": plan.manual_steps,
                "applied": applied,
            }
        )


class DoctorDocument(Document):
    """`doctor`: what is wrong, where, by which evidence, and how to fix it."""

    NAME = "doctor"
    healthy: bool
    """The outcome is `passed`."""
    outcome: str
    findings: tuple[DiagnosedPart, ...]
    passed: tuple[str, ...]
    symptoms: tuple[str, ...]
    looked_at: tuple[str, ...]
    notes: tuple[str, ...]
    unsettled: tuple[str, ...] = ()
    """What could not be seen, and what would settle it."""
    unexplained: str = ""
    """Said first where a symptom was told, and no finding explains it."""
    fixes: FixesPart | None = None
    isolation: IsolationPart | None = None
    """Of the application in the sandbox, where it was booted."""

    @classmethod
    def of(cls, diagnosis: Diagnosis) -> DoctorDocument:
        return cls.model_validate(
            {
                **vars(diagnosis),
                "healthy": diagnosis.healthy,
                "outcome": diagnosis.outcome,
                "findings": tuple(map(DiagnosedPart.of, diagnosis.findings)),
            }
        )
