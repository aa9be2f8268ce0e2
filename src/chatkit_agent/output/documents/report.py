"""What was found in a chat: checks and their findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit_agent.output.documents.parts import Document, Part

if TYPE_CHECKING:
    from chatkit_agent.checks.verification import Report


class FindingPart(Part):
    what: str
    where: str
    evidence: str
    fix: str
    severity: str
    edit: str | None
    command: str | None = None
    more: tuple[str, ...] = ()


class CheckPart(Part):
    """`outcome` is `passed`, `failed` or `inconclusive`: nothing was seen that could be judged."""

    code: str
    name: str
    title: str
    ok: bool
    outcome: str
    findings: tuple[FindingPart, ...]


class SpanPart(Part):
    """In seconds after the question was sent."""

    lane: str
    what: str
    begin: float
    end: float


class VerifyDocument(Document):
    """`verify`: every check over one body of evidence."""

    NAME = "verify"
    ok: bool
    """The outcome is `passed`."""
    outcome: str
    checks: tuple[CheckPart, ...]
    notes: tuple[str, ...]
    timeline: tuple[SpanPart, ...] = ()
    """Of the first turn: what the person saw, and what the model and the tools did."""

    @classmethod
    def of(cls, report: Report) -> VerifyDocument:
        return cls.model_validate(report)
