"""Check: a function over evidence, declared with all that is told of it, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from inspect import getdoc, getmodule
from typing import Any, Generic, Literal, TypeVar

from chatkit_agent.evidence.run import Run
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.evidence.symptoms import Symptom
from chatkit_agent.project.source.anatomy import Anatomy

Severity = Literal["error", "inconclusive", "warning", "info"]
"""`inconclusive`: a check could not see what it has to judge, so it neither passed nor failed."""

Outcome = Literal["passed", "failed", "inconclusive"]

AS_DECLARED: Any = None
"""Filled in from the check's declaration before anybody reads it."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong. `fix` is an instruction; `edit` names the edit that does it.

    Findings with the same `cause` are one: the first is told, the others are its evidence.
    """

    what: str
    where: str
    evidence: str
    fix: str
    severity: Severity = AS_DECLARED
    edit: str | None = None
    command: str | None = None
    """A command that fixes it, or shows more of it."""
    cause: str | None = None
    explains: tuple[Symptom, ...] = AS_DECLARED
    """What a person would see of it."""
    is_sign: bool = False
    """It says what was seen and not why, and is the evidence of whatever explains it."""
    more: tuple[str, ...] = ()
    """Where else the same was seen."""


Part = TypeVar("Part")
Kind = Literal["source", "settings", "log", "wire", "boot", "run"]


@dataclass(frozen=True)
class Need(Generic[Part]):
    """A part of the evidence, which a check is given once for each that is there."""

    kind: Kind
    parts: Callable[[Evidence], Iterable[Part]]

    @property
    def is_seen(self) -> bool:
        """Whether it was seen to happen, and not only read in files."""
        return self.kind not in ("source", "settings")


def _logs(evidence: Evidence) -> Iterator[Evidence]:
    for log in filter(None, (evidence.log, *evidence.more_logs)):
        yield replace(evidence, log=log)


SOURCE = Need[Anatomy]("source", lambda seen: [seen.chat] if seen.has_chat else [])
PROJECT = Need[Evidence]("settings", lambda seen: [seen] if seen.has_chat else [])
LOG = Need[Evidence]("log", _logs)
WIRE = Need[Evidence]("wire", lambda seen: [seen] if seen.running or seen.trace else [])
BOOT = Need[Evidence]("boot", lambda seen: [seen] if seen.trial else [])
RUN = Need[Run]("run", lambda seen: [seen.run] if seen.run else [])


@dataclass(frozen=True, eq=False)
class Check(Generic[Part]):
    """One rule. Its page in the docs, its code and its words come from its file alone."""

    code: str
    need: Need[Part]
    severity: Severity
    """Of its findings that say nothing else."""
    symptoms: tuple[Symptom, ...]
    find: Callable[[Part], Iterator[Finding]]
    also: tuple[Check[Any], ...] = ()
    """The same, as other evidence shows it."""

    @property
    def name(self) -> str:
        return self.find.__name__

    @property
    def title(self) -> str:
        """The healthy state, as the first line of its file has it."""
        return (getdoc(getmodule(self.find)) or "").partition("\n")[0].removesuffix(".")

    @property
    def topic(self) -> str:
        return self.find.__module__.split(".")[-2]

    @property
    def about(self) -> str:
        """Why it matters, and where it stays silent."""
        own = " ".join((getdoc(self.find) or f"{self.title}.").split())
        return "\n\n".join((own, *(each.about for each in self.also)))

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Of the evidence that it can judge."""
        inner = (kind for each in self.also for kind in each.kinds)
        return tuple(dict.fromkeys((self.need.kind, *inner)))

    def __call__(self, part: Part) -> Iterator[Finding]:
        for each in self.find(part):
            severity = self.severity if each.severity is AS_DECLARED else each.severity
            explains = self.symptoms if each.explains is AS_DECLARED else each.explains
            yield replace(each, severity=severity, explains=explains)

    def has_evidence(self, evidence: Evidence) -> bool:
        own = any(True for _ in self.need.parts(evidence))
        return own or any(each.has_evidence(evidence) for each in self.also)

    def kind(self, evidence: Evidence) -> Kind:
        """Of the evidence that it has."""
        if any(True for _ in self.need.parts(evidence)):
            return self.need.kind
        return next((each.kind(evidence) for each in self.also), self.need.kind)

    def over(self, evidence: Evidence) -> Iterator[Finding]:
        """What it finds in each part that is there."""
        for part in self.need.parts(evidence):
            yield from self(part)
        for each in self.also:
            yield from each.over(evidence)


def check(
    code: str,
    *,
    needs: Need[Part],
    severity: Severity = "error",
    symptoms: tuple[Symptom, ...] = (),
    also: tuple[Check[Any], ...] = (),
) -> Callable[[Callable[[Part], Iterator[Finding]]], Check[Part]]:
    def declared(find: Callable[[Part], Iterator[Finding]]) -> Check[Part]:
        return Check(code, needs, severity, symptoms, find, also)

    return declared


def inconclusive(
    what: str,
    why: str,
    fix: str = "Fix what is named here, then run `chatkit-agent verify` again.",
) -> Finding:
    """A check has no evidence to judge; it must say so and never pass in silence.

    `fix` says what would settle it.
    """
    return Finding(
        what=f"It was not seen that {what}.",
        where="the verification",
        evidence=f"Not seen, because {why}",
        fix=fix,
        severity="inconclusive",
    )


def not_applicable(why: str) -> Finding:
    """A check has nothing to judge here, and nothing is wrong with that."""
    return Finding(
        what=why,
        where="the verification",
        evidence="There is nothing to check.",
        fix="Nothing has to be done.",
        severity="info",
    )


def outcome_of(findings: Iterable[Finding]) -> Outcome:
    """What became of a check that found these; a warning or an info does not fail it."""
    severities = {each.severity for each in findings}
    if "error" in severities:
        return "failed"
    return "inconclusive" if "inconclusive" in severities else "passed"
