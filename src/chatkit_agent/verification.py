"""4 Report: every check over one body of evidence."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dotenv import dotenv_values

from chatkit_agent.checks import Check, checks_for
from chatkit_agent.errors import CannotBoot
from chatkit_agent.evidence.run import Evidence, Span
from chatkit_agent.evidence.run.gathering import gather
from chatkit_agent.evidence.run.staging import Subject
from chatkit_agent.findings import Finding
from chatkit_agent.options.options import RequestedOptions, choose
from chatkit_agent.project.manifest import manifest_of, without_chat
from chatkit_agent.project.read import Project, read_project


@dataclass(frozen=True)
class CheckResult:
    """What one check found. It is `ok` where that is proved: no error, and no warning either."""

    name: str
    title: str
    ok: bool
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Report:
    """`ok` where no check found an error: a warning says what could not be proved, and why.

    `notes` say under which conditions the rest was proved.
    """

    ok: bool
    checks: tuple[CheckResult, ...]
    notes: tuple[str, ...] = ()
    timeline: tuple[Span, ...] = ()
    """Of the first turn."""


def verify(
    path: Path,
    requested: RequestedOptions | None = None,
    *,
    python: Path | None = None,
    env_file: Path | None = None,
    progress: Callable[[str], None] = lambda _: None,
    live: bool = False,
) -> Report:
    """Boot the project at `path` as it stands, talk to its chat, and judge what was seen.

    Raises:
        NoApplication, SeveralApplications: it is not clear what to boot.
        CannotBoot: there is no Python to run it with.
    """
    requested = requested or RequestedOptions()
    project = read_project(path, app=requested.app)
    manifest = manifest_of(project.root)
    before = None if manifest is None else without_chat(project.root, manifest).contents
    named = None if python is None else str(python)
    options = choose(project, requested)
    if live and manifest is None:
        raise CannotBoot("--live is for a chat that `chatkit-agent add` added; there is none here.")
    others = {} if manifest else _named_by_others(project)
    subject = Subject(project, options, before, named, env_file, progress, others, live)
    return judge(gather(subject))


def _named_by_others(project: Project) -> dict[str, str]:
    """What a chat that somebody else wrote may read, by its environment files, examples first."""
    files = sorted(project.env_files, key=lambda each: not each.is_example)
    found = [dotenv_values(project.root / each.path) for each in files]
    return {name: value or "" for each in found for name, value in each.items()}


def judge(evidence: Evidence) -> Report:
    """Every check over one body of evidence."""
    results = tuple(_result(check, evidence) for check in checks_for(evidence))
    found = [finding.severity for result in results for finding in result.findings]
    turn = evidence.conversation.alice.timeline if evidence.conversation else ()
    return Report("error" not in found, results, tuple(_notes(evidence)), turn)


def _result(check: Check, evidence: Evidence) -> CheckResult:
    findings = tuple(_masked(finding, evidence.secrets) for finding in check(evidence))
    ok = all(finding.severity == "info" for finding in findings)
    title = (sys.modules[check.__module__].__doc__ or "").strip().rstrip(".")
    return CheckResult(check.__name__, title, ok, findings)


def _masked(finding: Finding, secrets: Sequence[str]) -> Finding:
    """What an application answered may hold a token of the run; a report is passed on."""
    what, shown = finding.what, finding.evidence
    for secret in secrets:
        what, shown = what.replace(secret, "[hidden]"), shown.replace(secret, "[hidden]")
    return replace(finding, what=what, evidence=shown)


def _notes(evidence: Evidence) -> Iterator[str]:
    environment, application = evidence.environment, evidence.application
    yield f"Ran on Python {environment.version} of {environment.source}."
    if application:
        yield f"The application itself ran on Python {application.version} of {application.source}."
    if evidence.stand_in_key:
        yield "A secret of this run took the place of the key of the application's own tokens."
    if environment.added:
        yield (
            f"That environment lacks the chat's packages; {len(environment.added)} came from a "
            "folder in your cache. Install the dependencies before you start it yourself."
        )
    if environment.moved:
        yield (
            f"For this run another version took the place of {', '.join(environment.moved)}; "
            "installing the dependencies will replace it too."
        )
    if evidence.is_live:
        yield (
            "Live: the project's own model, MCP server and database, there in a schema of this run "
            "alone. What has to watch or to disturb these was left out; run it without --live, too."
        )
    if evidence.mounting == "alone":
        yield "The application did not boot by itself: these proofs are of the chat mounted alone."
    if evidence.global_dependencies:
        yield (
            "Every request to this application, the chat's too, has to pass "
            f"{_listed(evidence.global_dependencies)}; here a stand-in took its place. "
            "Let the chat's page send what it asks for."
        )
    if evidence.sign_in:
        met = " Strangers met the real one." if evidence.strangers else ""
        yield f"For these users a stand-in took the place of `{evidence.sign_in}`.{met}"
    if evidence.before and evidence.before.openapi_error:
        yield f"Without the chat its OpenAPI document fails too: {evidence.before.openapi_error}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
