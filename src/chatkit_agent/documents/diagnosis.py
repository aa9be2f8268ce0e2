"""What the doctor found: each cause once, the most likely first."""

from __future__ import annotations

from chatkit_agent.diagnosis import Diagnosed, Diagnosis
from chatkit_agent.documents.parts import Document
from chatkit_agent.documents.report import FindingPart


class DiagnosedPart(FindingPart):
    check: str
    title: str
    explains: tuple[str, ...]

    @classmethod
    def of(cls, found: Diagnosed) -> DiagnosedPart:
        return cls.model_validate(
            {**vars(found.finding), "check": found.check, "title": found.title}
        )


class DoctorDocument(Document):
    """`doctor`: what is wrong, where, by which evidence, and how to mend it."""

    NAME = "doctor"
    healthy: bool
    findings: tuple[DiagnosedPart, ...]
    passed: tuple[str, ...]
    symptoms: tuple[str, ...]
    looked_at: tuple[str, ...]
    notes: tuple[str, ...]

    @classmethod
    def of(cls, diagnosis: Diagnosis) -> DoctorDocument:
        return cls(
            healthy=diagnosis.healthy,
            findings=tuple(map(DiagnosedPart.of, diagnosis.findings)),
            passed=diagnosis.passed,
            symptoms=diagnosis.symptoms,
            looked_at=diagnosis.looked_at,
            notes=diagnosis.notes,
        )
