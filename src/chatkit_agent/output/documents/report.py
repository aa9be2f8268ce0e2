"""What was found in a chat: checks and their findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit_agent.output.documents.base import Document, Part

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


class AttemptPart(Part):
    """What the application tried and was refused: `action` is connect, send, look up, listen or
    write; `variable` is the owner's that named the service, where one did."""

    action: str
    target: str
    by: str
    variable: str | None = None
    kind: str | None = None
    times: int = 1
    text: str


class LentVariablePart(Part):
    """`source` is the file whose value it has; null: the value was made up."""

    name: str
    source: str | None = None
    is_refused: bool = False
    """The application was seen not to take the value."""


class IsolationPart(Part):
    """How the application was kept apart from its owner's services."""

    attempts: tuple[AttemptPart, ...] = ()
    lent: tuple[str, ...] = ()
    """What led to a database of the sandbox instead of the owner's."""
    lent_redis: tuple[str, ...] = ()
    """What led to a Redis of the sandbox."""
    locks: tuple[str, ...] = ()
    """What refused: `python`, `kernel network`, `kernel files`, `macos network`, `macos files`."""
    own: tuple[str, ...] = ()
    """What the owner allowed."""
    unseen: tuple[str, ...] = ()
    """Libraries in C and other programs whose connections this machine cannot tell of."""
    variables: tuple[LentVariablePart, ...] = ()
    """What the application needs and nobody has set, so that the sandbox lent it."""


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
    isolation: IsolationPart = IsolationPart()

    @classmethod
    def of(cls, report: Report) -> VerifyDocument:
        return cls.model_validate(report)
