"""Judge: checks over one body of evidence, for `verify` and for `doctor`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from chatkit_agent.checks.check import Check, Finding, Kind
from chatkit_agent.checks.policy import Policy, covers
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.evidence.static.ignores import Ignore

CAUSES_FIRST: tuple[Kind, ...] = ("source", "settings", "log", "wire", "boot", "run")
"""What files say comes before what was seen of it."""


@dataclass(frozen=True)
class Result:
    """What one check found and nobody accepted. `broken` says how the check itself failed."""

    check: Check[Any]
    findings: tuple[Finding, ...]
    used: frozenset[Ignore] = frozenset()
    """The comments that accepted something."""
    broken: str = ""


def results(evidence: Evidence, checks: Iterable[Check[Any]], policy: Policy) -> tuple[Result, ...]:
    """Of every check that is chosen and has something to look at."""
    chosen = [each for each in checks if policy.chooses(each) and each.has_evidence(evidence)]
    ordered = sorted(chosen, key=lambda each: CAUSES_FIRST.index(each.kind(evidence)))
    return tuple(result(each, each.over(evidence), ignores=evidence.ignores) for each in ordered)


def result(
    check: Check[Any],
    findings: Iterator[Finding],
    secrets: Sequence[str] = (),
    ignores: Sequence[Ignore] = (),
) -> Result:
    """What a check finds, but for what is accepted, and without the secrets of a run."""
    try:
        found = [_without_secrets(each, secrets) for each in findings]
    except Exception as error:
        broken = (
            f"The check {check.code} `{check.name}` broke down over this project "
            f"({type(error).__name__}: {error}). "
            "That is a fault of chatkit-agent: please report it."
        )
        return Result(check, (), broken=broken)
    accepted = [(each, _ignore_for(check, each, ignores)) for each in found]
    left = tuple(each for each, ignore in accepted if ignore is None)
    return Result(check, left, frozenset(ignore for _, ignore in accepted if ignore))


def _ignore_for(check: Check[Any], finding: Finding, ignores: Sequence[Ignore]) -> Ignore | None:
    for each in ignores:
        is_meant = not each.codes or any(covers(code, check) for code in each.codes)
        if each.where == finding.where and is_meant:
            return each
    return None


def unused_ignores(
    evidence: Evidence, judged: Sequence[Result], checks: Sequence[Check[Any]]
) -> tuple[Ignore, ...]:
    """The comments that accept nothing, as far as the checks that they are for were made."""
    used = {ignore for each in judged for ignore in each.used}
    made = {each.check for each in judged if not each.broken}

    def was_judged(ignore: Ignore) -> bool:
        if not ignore.codes:
            return made.issuperset(each for each in checks if not each.need.is_seen)
        named = (each for each in checks if any(covers(code, each) for code in ignore.codes))
        return made.issuperset(named)

    return tuple(each for each in evidence.ignores if each not in used and was_judged(each))


def _without_secrets(finding: Finding, secrets: Sequence[str]) -> Finding:
    """What an application answered may hold a token of the run; a report is passed on."""
    what, shown = finding.what, finding.evidence
    for secret in secrets:
        what, shown = what.replace(secret, "[hidden]"), shown.replace(secret, "[hidden]")
    return replace(finding, what=what, evidence=shown)
