"""Verification: the checks that need a run, over what was seen of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from chatkit_agent.checks.check import Finding, Outcome, inconclusive, outcome_of
from chatkit_agent.checks.judge import Result, result
from chatkit_agent.checks.policy import Policy, policy_of
from chatkit_agent.checks.required import checks_for
from chatkit_agent.errors import CannotBoot
from chatkit_agent.evidence.run import Run, Span
from chatkit_agent.evidence.run.gathering import gather
from chatkit_agent.evidence.run.subject import Subject
from chatkit_agent.evidence.run.visiting import NO_PAGE
from chatkit_agent.options.options import RequestedOptions, choose
from chatkit_agent.project.manifest import manifest_of, without_chat
from chatkit_agent.project.read import Project, read_project
from chatkit_agent.project.scratch import values_in
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.tree import Tree
from chatkit_agent.sandbox.isolation import Isolation


@dataclass(frozen=True)
class CheckResult:
    """What one check found. It is `ok` where it passed without a warning."""

    code: str
    name: str
    title: str
    ok: bool
    findings: tuple[Finding, ...]

    @property
    def outcome(self) -> Outcome:
        return outcome_of(self.findings)


@dataclass(frozen=True)
class Report:
    """`notes` say under which conditions the checks were made."""

    checks: tuple[CheckResult, ...]
    notes: tuple[str, ...] = ()
    timeline: tuple[Span, ...] = ()
    """Of the first turn."""
    isolation: Isolation = field(default_factory=Isolation)
    """How the application was kept apart from its owner's services, and what it tried."""

    @property
    def outcome(self) -> Outcome:
        """Failed where any check failed, else inconclusive where any did not see what it judges."""
        found = [finding for each in self.checks for finding in each.findings]
        return outcome_of(found) if self.checks else "inconclusive"

    @property
    def ok(self) -> bool:
        return self.outcome == "passed"


def verify(
    path: Path,
    requested: RequestedOptions | None = None,
    *,
    python: Path | None = None,
    env_file: Path | None = None,
    progress: Callable[[str], None] = lambda _: None,
    live: bool = False,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    own_services: Sequence[str] = (),
) -> Report:
    """Boot the project at `path` as it stands, talk to its chat, and judge what was seen.

    Raises:
        NoApplication, SeveralApplications: it is not clear what to boot.
        CannotBoot: there is no Python to run it with.
    """
    requested = requested or RequestedOptions()
    project = read_project(path, app=requested.app, current_user=requested.current_user)
    manifest = manifest_of(project.root)
    before = None if manifest is None else without_chat(project.root, manifest).contents
    named = None if python is None else str(python)
    options = choose(project, requested)
    if live and manifest is None:
        raise CannotBoot("--live is for a chat that `chatkit-agent add` added; there is none here.")
    others = {} if manifest else _named_by_others(project)
    own = tuple(own_services)
    subject = Subject(project, options, before, named, env_file, progress, others, live, own)
    policy = policy_of(Sources(Tree(project.root)), select, ignore)
    return judge(gather(subject), policy)


def _named_by_others(project: Project) -> dict[str, str]:
    """What a chat that somebody else wrote may read, by its environment files, examples first."""
    files = sorted(project.env_files, key=lambda each: not each.is_example)
    found = [values_in(project.root / each.path) for each in files]
    return {name: value for each in found for name, value in each.items()}


def judge(run: Run, policy: Policy | None = None) -> Report:
    """Every check that needs a run, over one of them."""
    chosen = (each for each in checks_for(run) if (policy or Policy()).chooses(each))
    checks = tuple(_result_of(result(each, each(run), run.secrets), run) for each in chosen)
    turn = run.conversation.alice.timeline if run.conversation else ()
    notes = (*_notes(run), *run.isolation.notes())
    return Report(checks, notes, turn, run.isolation)


def _result_of(judged: Result, run: Run) -> CheckResult:
    check, findings = judged.check, judged.findings
    if why := run.isolation.refusing:
        findings = tuple(_without_verdict(each, why) for each in findings)
    if judged.broken:
        findings = (replace(inconclusive(check.title, judged.broken), explains=()),)
    ok = all(finding.severity == "info" for finding in findings)
    return CheckResult(check.code, check.name, check.title, ok, findings)


def _without_verdict(finding: Finding, why: str) -> Finding:
    """What may follow from a value that was lent is no fault that was seen."""
    if finding.severity != "error":
        return finding
    return replace(finding, severity="inconclusive", evidence=f"{why} {finding.evidence}")


def _notes(evidence: Run) -> Iterator[str]:
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
        yield "The application did not boot by itself: these checks are of the chat mounted alone."
    if evidence.global_dependencies:
        yield (
            "Every request to this application, the chat's too, has to pass "
            f"{_in_quotes(evidence.global_dependencies)}; here a stand-in took its place. "
            "Let the chat's page send what it asks for."
        )
    if evidence.conversation and evidence.conversation.no_page not in ("", NO_PAGE):
        yield evidence.conversation.no_page
    yield from _notes_of_door(evidence)
    if evidence.sign_in and not evidence.stood_in and evidence.conversation:
        yield f"`{evidence.sign_in}` itself signed these users in, with tokens of this run."
    if evidence.sign_in and evidence.stood_in:
        met = " Unauthenticated clients met the real one." if evidence.unauthenticated else ""
        yield f"For these users a stand-in took the place of `{evidence.sign_in}`.{met}"
    if evidence.before and evidence.before.openapi_error:
        yield f"Without the chat its OpenAPI document fails too: {evidence.before.openapi_error}"


def _notes_of_door(evidence: Run) -> Iterator[str]:
    if evidence.conversation and "https" in evidence.met:
        yield "Requests were sent as by a proxy that ends TLS: others are redirected or refused."
    if evidence.conversation and "host" in evidence.met:
        yield "Requests were sent for a host that is allowed: others are refused."
    if evidence.conversation and "front" in evidence.met:
        yield (
            "Requests were sent as by a browser, or by one behind a proxy: something in front of "
            "the chat refuses others."
        )
    if evidence.conversation and any(each.limited for each in evidence.replies):
        yield (
            "The application's rate limit refused requests with 429; the sandbox sent them again "
            "from other addresses. A conversation makes dozens: allow them to its route."
        )


def _in_quotes(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
