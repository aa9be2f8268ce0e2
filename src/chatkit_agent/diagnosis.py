"""Diagnosis: every check over one body of observations, one finding for each cause."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from chatkit_agent.diagnoses import BOOT, LOG, SETTINGS, SOURCE, WIRE
from chatkit_agent.evidence.static import Check, Observations
from chatkit_agent.evidence.static.gathering import Looking, observe
from chatkit_agent.findings import Finding
from chatkit_agent.symptoms import Symptom

SERVER = rb"\bclass\s+\w+\(\s*ChatKitServer\b"
RANKS = {"error": 0, "warning": 1, "info": 2}


@dataclass(frozen=True)
class Diagnosed:
    """A finding, and the check that found it."""

    check: str
    title: str
    finding: Finding
    is_seen: bool
    """Whether it was seen to happen, in a log or over the wire, and not only in the source."""


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong, the most likely cause first. It is healthy where nothing but remarks is."""

    findings: tuple[Diagnosed, ...]
    passed: tuple[str, ...]
    symptoms: tuple[Symptom, ...]
    looked_at: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def healthy(self) -> bool:
        return all(each.finding.severity == "info" for each in self.findings)


def diagnose(
    path: Path, looking: Looking | None = None, progress: Callable[[str], None] = lambda _: None
) -> Diagnosis:
    """Look at the project at `path` and whatever else was given, and name what is wrong.

    Raises:
        BadOption, NoApplication, CannotRead: as `observe` does.
    """
    return judge(observe(path, looking or Looking(), progress))


def judge(observations: Observations) -> Diagnosis:
    """Every check that has something to look at, over one body of observations."""
    checks = list(_checks(observations))
    found, broken = _judged(checks, observations)
    failed = {each.check for each in found} | broken.keys()
    observed = observations.symptoms | {
        symptom for each in found if each.is_seen for symptom in each.finding.explains
    }
    findings = _ordered(_explained(_one_for_each_cause(found)), observations.symptoms, observed)
    return Diagnosis(
        findings=tuple(findings),
        passed=tuple(each.__name__ for each, _ in checks if each.__name__ not in failed),
        symptoms=tuple(sorted(observed)),
        looked_at=tuple(_looked_at(observations)),
        notes=(*broken.values(), *_notes(observations, findings)),
    )


def _checks(observations: Observations) -> Iterator[tuple[Check, bool]]:
    if observations.has_chat:
        yield from ((check, False) for check in (*SOURCE, *SETTINGS))
    if observations.log or observations.more_logs:
        yield from ((check, True) for check in LOG)
    if observations.running or observations.trace:
        yield from ((check, True) for check in WIRE)
    if observations.trial:
        yield from ((check, True) for check in BOOT)


def _judged(
    checks: Sequence[tuple[Check, bool]], observations: Observations
) -> tuple[list[Diagnosed], dict[str, str]]:
    """What the checks found, and of each that broke down what it says: the others go on."""
    found, broken = [], {}
    for check, is_seen in checks:
        name = check.__name__
        try:
            found += list(_found(check, is_seen, observations))
        except Exception as error:
            broken[name] = (
                f"The check `{name}` broke down over this project ({type(error).__name__}: "
                f"{error}). That is a fault of chatkit-agent: please report it."
            )
    return found, broken


def _found(check: Check, is_seen: bool, observations: Observations) -> Iterator[Diagnosed]:
    title = (sys.modules[check.__module__].__doc__ or "").strip().rstrip(".")
    logs = (observations.log, *observations.more_logs) if check in LOG else (observations.log,)
    for log in logs:
        for finding in check(replace(observations, log=log)):
            yield Diagnosed(check.__name__, title, finding, is_seen)


def _one_for_each_cause(found: Sequence[Diagnosed]) -> list[Diagnosed]:
    """The first finding of a cause stands, with the others as its further evidence."""
    kept: dict[object, Diagnosed] = {}
    for number, each in enumerate(found):
        key = each.finding.cause or number
        kept[key] = _with_evidence(kept[key], each) if key in kept else each
    return list(kept.values())


def _explained(found: Sequence[Diagnosed]) -> list[Diagnosed]:
    """What was merely seen becomes the evidence of what explains it."""
    causes = [each for each in found if not each.finding.is_sign]
    for sign in found:
        if not sign.finding.is_sign or _is_told(sign, causes):
            continue
        cause = next((n for n, each in enumerate(causes) if _explains(each, sign)), None)
        if cause is None:
            causes.append(sign)
        else:
            causes[cause] = _with_evidence(causes[cause], sign)
    return causes


def _is_told(sign: Diagnosed, causes: Sequence[Diagnosed]) -> bool:
    """Whether the very line is the evidence of something else already."""
    where = sign.finding.where
    told = (line for each in causes for line in (each.finding.where, *each.finding.more))
    return any(line == where or line.startswith(f"{where}: ") for line in told)


def _explains(cause: Diagnosed, sign: Diagnosed) -> bool:
    # Where nothing says why an exception was raised, it is still why an answer failed.
    is_raised = cause.check == "no_exception_left" != sign.check
    is_cause = (is_raised or not cause.finding.is_sign) and cause.finding.severity == "error"
    return is_cause and bool(set(cause.finding.explains) & set(sign.finding.explains))


def _with_evidence(root: Diagnosed, other: Diagnosed) -> Diagnosed:
    line = f"{other.finding.where}: {other.finding.evidence.splitlines()[0]}"
    first = root.finding
    worst = min(first.severity, other.finding.severity, key=RANKS.__getitem__)
    finding = replace(
        first,
        severity=worst,
        edit=first.edit or other.finding.edit,
        command=first.command or other.finding.command,
        explains=tuple(dict.fromkeys([*first.explains, *other.finding.explains])),
        more=(*first.more, line, *other.finding.more),
    )
    return replace(root, finding=finding, is_seen=root.is_seen or other.is_seen)


def _ordered(
    found: Sequence[Diagnosed], told: frozenset[Symptom], observed: frozenset[Symptom]
) -> list[Diagnosed]:
    """First what explains the person's words, then by severity; among equals what was seen."""

    def rank(each: Diagnosed) -> tuple[bool, int, bool, bool]:
        explains = set(each.finding.explains)
        severity = RANKS[each.finding.severity]
        is_answer = bool(explains & told) and each.finding.severity != "info"
        return not is_answer, severity, not each.is_seen, not explains & observed

    return sorted(found, key=rank)


def _looked_at(observations: Observations) -> Iterator[str]:
    if observations.has_chat:
        yield f"{len(observations.chat.code.files)} source files"
    if observations.settings:
        files = {each.where.rpartition(":")[0] for each in observations.settings}
        yield ", ".join(sorted(files))
    if observations.log:
        lines, raised = len(observations.log.lines), len(observations.log.raised)
        yield f"{observations.log.name} ({lines} lines, exceptions: {raised})"
    if observations.trace:
        yield f"{observations.trace.name} ({len(observations.trace.passed)} entries)"
    if observations.trial:
        yield f"the application in the sandbox (started in {observations.trial.seconds:.1f} s)"
    yield from dict.fromkeys(
        f"the {service.kind} at {service.variable}" for service in observations.services
    )
    if observations.running and not observations.trial:
        yield f"{observations.running.url} ({len(observations.running.probes)} requests)"


def _notes(observations: Observations, found: Sequence[Diagnosed]) -> Iterator[str]:
    project = observations.project
    if not observations.has_chat:
        aside = observations.sources.mentioning(SERVER, b"ChatKitServer")
        there = f"{aside[0]} has one; give the folder of its application." if aside else ""
        none = "There is no ChatKit chat in this project's source."
        yield f"{none} {there or '`chatkit-agent add` adds one.'}"
    if project.app is None and project.candidates:
        refs = ", ".join(each.ref for each in project.candidates[:5])
        yield f"Several applications were looked at together: {refs}. Choose one with --app."
    for problem in project.unreadable:
        yield f"Not read: {problem}"
    if observations.trial and observations.trial.is_stranger:
        yield (
            "In the sandbox nobody could sign in, so no question was asked. Start the application "
            "yourself, and let it be asked with --url and --token."
        )
    if observations.trial and observations.trial.lacks_tables:
        yield (
            "The tables are made by migrations, which are not run in the sandbox, so nothing was "
            "asked there. Start the application yourself, and let it be asked with --url."
        )
    unexplained = observations.symptoms - {s for each in found for s in each.finding.explains}
    if unexplained:
        yield (
            "Nothing that was looked at explains what you see. Give the log of the application "
            "with --log, let it be asked with --url and --token, or try a copy of it with --boot."
        )
