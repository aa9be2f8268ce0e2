"""Diagnosis: every check over one body of evidence, one finding for each cause."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from chatkit_agent.checks.check import Check, Finding, Outcome
from chatkit_agent.checks.judge import Result, results, unused_ignores
from chatkit_agent.checks.policy import Policy, policy_of
from chatkit_agent.checks.rules import CHECKS
from chatkit_agent.checks.rules.configuration.ignores_used import ignores_used
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.evidence.static.gathering import Looking, observe
from chatkit_agent.evidence.symptoms import Symptom
from chatkit_agent.sandbox.isolation import Isolation

SERVER = rb"\bclass\s+\w+\(\s*ChatKitServer\b"
NAMED = re.compile(r"[\w./-]+\.py:\d+|\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b")
"""A line of the source, or a variable."""
RANKS = {"error": 0, "inconclusive": 1, "warning": 2, "info": 3}


@dataclass(frozen=True)
class Diagnosed:
    """A finding, and the check that found it."""

    check: Check[Any]
    finding: Finding
    also_seen: bool = False
    is_answer: bool = False
    """It explains what the person said that they see."""

    @property
    def is_seen(self) -> bool:
        """Whether it was seen to happen, in a log or over the wire, and not only in the source."""
        return self.also_seen or self.check.need.is_seen


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong, the most likely cause first. It is healthy where nothing but infos is."""

    findings: tuple[Diagnosed, ...]
    passed: tuple[str, ...]
    symptoms: tuple[Symptom, ...]
    looked_at: tuple[str, ...]
    notes: tuple[str, ...]
    unsettled: tuple[str, ...] = ()
    """What was asked for and could not be seen, and what would settle it."""
    isolation: Isolation | None = None
    """Of the application in the sandbox."""
    unexplained: str = ""
    """Said first where somebody told what they see, and no finding explains it."""

    @property
    def outcome(self) -> Outcome:
        severities = {each.finding.severity for each in self.findings}
        if severities & {"error", "warning"}:
            return "failed"
        return "inconclusive" if self.unsettled or "inconclusive" in severities else "passed"

    @property
    def healthy(self) -> bool:
        return self.outcome == "passed"


def diagnose(
    path: Path, looking: Looking | None = None, progress: Callable[[str], None] = lambda _: None
) -> Diagnosis:
    """Look at the project at `path` and whatever else was given, and name what is wrong.

    Raises:
        BadOption, NoApplication, CannotRead: as `observe` does.
    """
    looking = looking or Looking()
    evidence = observe(path, looking, progress)
    return judge(evidence, policy_of(evidence.sources, looking.select, looking.ignore))


def judge(evidence: Evidence, policy: Policy | None = None) -> Diagnosis:
    """Every check that has something to look at, over one body of evidence."""
    judged = _results(evidence, policy or Policy())
    found = [Diagnosed(each.check, one) for each in judged for one in each.findings]
    failed = {each.check for each in judged if each.findings or each.broken}
    observed = evidence.symptoms | {
        symptom for each in found if each.is_seen for symptom in each.finding.explains
    }
    told = evidence.symptoms
    findings = [
        replace(each, is_answer=_answers(each.finding, told))
        for each in _in_order(_with_causes(_one_for_each_cause(found)), told)
    ]
    broken = (each.broken for each in judged if each.broken)
    return Diagnosis(
        findings=tuple(findings),
        passed=tuple(each.check.name for each in judged if each.check not in failed),
        symptoms=tuple(sorted(observed)),
        looked_at=tuple(_looked_at(evidence)),
        notes=(*broken, *_notes(evidence, is_judged=bool(judged))),
        unsettled=tuple(_open_questions(evidence, is_judged=bool(judged))),
        isolation=evidence.trial.isolation if evidence.trial else None,
        unexplained=_no_explanation(evidence, findings),
    )


def _results(evidence: Evidence, policy: Policy) -> list[Result]:
    judged = results(evidence, CHECKS, policy)
    unused = unused_ignores(evidence, judged, CHECKS)
    seen = replace(evidence, ignores=(), unused_ignores=unused)
    told = results(seen, (ignores_used,), policy)
    return [*(each for each in judged if each.check is not ignores_used), *told]


def _one_for_each_cause(found: Sequence[Diagnosed]) -> list[Diagnosed]:
    """The first finding of a cause stands, with the others as its further evidence."""
    kept: dict[object, Diagnosed] = {}
    for number, each in enumerate(found):
        key = each.finding.cause or number
        kept[key] = _with_evidence(kept[key], each) if key in kept else each
    return list(kept.values())


def _with_causes(found: Sequence[Diagnosed]) -> list[Diagnosed]:
    """What was merely seen becomes the evidence of what it names, and else stays by itself."""
    causes = [each for each in found if not each.finding.is_sign]
    for sign in found:
        if not sign.finding.is_sign or _is_told(sign, causes):
            continue
        cause = next((n for n, each in enumerate(causes) if _is_named_by(each, sign)), None)
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


def _is_named_by(cause: Diagnosed, sign: Diagnosed) -> bool:
    """Whether a sign names the line, the variable or the class of a cause that would look like it.

    That both would look alike is not enough: two faults may.
    """
    if cause.finding.severity != "error" or not _looks_like(cause, sign):
        return False
    subject = (cause.finding.cause or "").partition(":")[2]
    is_named = (
        re.search(rf"\b{re.escape(subject)}\b", _all_words(sign.finding)) if subject else None
    )
    return is_named is not None or bool(_files_named(cause.finding) & _files_named(sign.finding))


def _looks_like(cause: Diagnosed, sign: Diagnosed) -> bool:
    return bool(set(cause.finding.explains) & set(sign.finding.explains))


def _all_words(finding: Finding) -> str:
    return " ".join((finding.what, finding.where, finding.evidence, *finding.more))


def _files_named(finding: Finding) -> set[str]:
    return set(NAMED.findall(_all_words(finding)))


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
    return replace(root, finding=finding, also_seen=root.also_seen or other.is_seen)


def _in_order(found: Sequence[Diagnosed], told: frozenset[Symptom]) -> list[Diagnosed]:
    """First what explains the person's words, then by severity; among equals what was seen.

    What was merely seen comes behind the causes that would look like it.
    """
    signs = [each for each in found if each.finding.is_sign]
    causes = [each for each in found if not each.finding.is_sign]

    def rank(each: Diagnosed) -> tuple[bool, int, bool, bool]:
        severity = RANKS[each.finding.severity]
        is_seen = each.is_seen or any(_looks_like(each, sign) for sign in signs)
        is_behind = each.finding.is_sign and any(_looks_like(cause, each) for cause in causes)
        return not _answers(each.finding, told), severity, is_behind, not is_seen

    return sorted(found, key=rank)


def _answers(finding: Finding, told: frozenset[Symptom]) -> bool:
    """Whether a finding explains what the person said that they see."""
    return finding.severity != "info" and bool(told & set(finding.explains))


def _looked_at(evidence: Evidence) -> Iterator[str]:
    if evidence.has_chat:
        yield f"{len(evidence.chat.code.files)} source files"
    if evidence.settings:
        files = {each.where.rpartition(":")[0] for each in evidence.settings}
        yield ", ".join(sorted(files))
    if evidence.log:
        lines, raised = len(evidence.log.lines), len(evidence.log.raised)
        yield f"{evidence.log.name} ({lines} lines, exceptions: {raised})"
    if evidence.trace:
        yield f"{evidence.trace.name} ({len(evidence.trace.passed)} entries)"
    if evidence.trial:
        yield f"the application in the sandbox (started in {evidence.trial.seconds:.1f} s)"
    yield from dict.fromkeys(
        f"the {service.kind} at {service.variable}" for service in evidence.services
    )
    if evidence.running and not evidence.trial:
        yield f"{evidence.running.url} ({len(evidence.running.probes)} requests)"


def _no_chat(evidence: Evidence) -> str:
    aside = evidence.sources.mentioning(SERVER, b"ChatKitServer")
    there = f"{aside[0]} has one; give the folder of its application." if aside else ""
    none = "There is no ChatKit chat in this project's source."
    return f"{none} {there or '`chatkit-agent add` adds one.'}"


def _notes(evidence: Evidence, *, is_judged: bool) -> Iterator[str]:
    project = evidence.project
    if is_judged and not evidence.has_chat:
        yield _no_chat(evidence)
    if project.app is None and project.candidates:
        refs = ", ".join(each.ref for each in project.candidates[:5])
        yield f"Several applications were looked at together: {refs}. Choose one with --app."
    for problem in project.unreadable:
        yield f"Not read: {problem}"
    if evidence.trial:
        yield from evidence.trial.isolation.notes()
    if evidence.trial and evidence.trial.error and evidence.trial.isolation.ways_on:
        yield evidence.trial.isolation.ways_on


def _no_explanation(evidence: Evidence, found: Sequence[Diagnosed]) -> str:
    """What to say first where nothing explains what somebody sees."""
    told = evidence.symptoms
    if not evidence.words or any(_answers(each.finding, told) for each in found):
        return ""
    seen = f"what you see ({', '.join(sorted(told))})" if told else f"`{evidence.words[:120]}`"
    return (
        f"Nothing that was looked at explains {seen}. Give the log of the application with --log, "
        "let it be asked with --url and --token, or try a copy of it with --boot."
    )


def _open_questions(evidence: Evidence, *, is_judged: bool) -> Iterator[str]:
    if not is_judged:
        chosen = (
            "The rules that were chosen need something else to look at, such as --log or --boot."
        )
        yield f"Nothing was there to check. {chosen if evidence.has_chat else _no_chat(evidence)}"
    if evidence.trial and evidence.trial.closed:
        yield (
            f"In the sandbox no question reached the chat: {evidence.trial.closed} Exempt the "
            "chat's route from it, or start the application yourself, and let it be asked with "
            "--url and --token."
        )
        return
    if evidence.trial and evidence.trial.is_unauthenticated:
        yield (
            "In the sandbox nobody could sign in, so no question was asked. Start the application "
            "yourself, and let it be asked with --url and --token."
        )
    if evidence.trial and evidence.trial.lacks_tables:
        yield (
            "The tables are made by migrations, which are not run in the sandbox, so nothing was "
            "asked there. Start the application yourself, and let it be asked with --url."
        )
