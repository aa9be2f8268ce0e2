"""The operations of the product, once for every front end: values in, one document out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatkit_agent import guide as guiding
from chatkit_agent.apply import apply as applying
from chatkit_agent.apply import install as installing
from chatkit_agent.apply import saved_test
from chatkit_agent.apply import undo as undoing
from chatkit_agent.apply import update as updating
from chatkit_agent.apply.next_steps import next_steps
from chatkit_agent.apply.remains import remains
from chatkit_agent.checks import diagnosis, policy, sidecar_advice
from chatkit_agent.errors import CannotBoot, ChatKitAgentError, Interrupted, PlanOutdated
from chatkit_agent.evidence.static.gathering import Looking
from chatkit_agent.inspection import inspect_project
from chatkit_agent.options.interpreters import environment_python
from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.options.proposed_edits import ProposedEdit
from chatkit_agent.options.uv_process import clean_cache
from chatkit_agent.output.documents import (
    AddDocument,
    DoctorDocument,
    FixesPart,
    GuideDocument,
    InstallDocument,
    PlanDocument,
    RuleDocument,
    UndoDocument,
    UpdateDocument,
    VerifyDocument,
    proposed_edits,
)
from chatkit_agent.plan import plan as planning
from chatkit_agent.plan.answered import answered_plan, ask_again
from chatkit_agent.plan.plan import Plan
from chatkit_agent.plugin import placing
from chatkit_agent.plugin.files import Agent
from chatkit_agent.project import read as reading
from chatkit_agent.project.manifest import MANIFEST
from chatkit_agent.project.text.line_numbers import in_own_lines

if TYPE_CHECKING:
    from chatkit_agent.development.session import Development as Development

__all__ = [
    "OWN_SERVICES",
    "Looking",
    "Progress",
    "ProposedEdit",
    "RequestedOptions",
    "Running",
    "apply_fixes",
    "apply_plan",
    "clean_cache",
    "develop",
    "diagnose",
    "environment_python",
    "get_guide",
    "inspect_project",
    "install_plugin",
    "plan_fixes",
    "plan_integration",
    "plan_undo",
    "plan_update",
    "proposed_edits",
    "restore_unfinished",
    "save_conversation",
    "undo_integration",
    "unheard",
    "update_integration",
    "verify_integration",
]

Progress = Callable[[str], None]

TAKEN_BACK = (
    "Everything was taken back, because the checks did not pass with the proposed edits. "
    "Read what they found, propose something else, and plan again."
)
FAILED_CHECKS = (
    "Everything was taken back, because the checks did not pass. Fix what they found and run "
    "`add` again; with `--keep` it stays, for you to look at."
)
NOTHING_TO_CHANGE = (
    "Nothing to change: the chat is here already, with these options. Change one in place with "
    "`chatkit-agent update`, such as `chatkit-agent update --mcp-url URL`."
)
NOT_CHECKED = (
    "The files are written and stay; the checks could not be made. Correct what the note says, "
    "then run `chatkit-agent verify`; or take the chat out with `chatkit-agent undo`."
)
PROVES_PROPOSALS = {"app_boots", "route_mounted"}
"""What has to be seen in the application itself, and not of a chat that is mounted alone."""

OWN_SERVICES = (
    "With --own-services the application is booted several times with your own {names}, and may "
    "reach them: whatever it does when it starts and answers (migrations, seeds, jobs, mails, "
    "charges) is done there for real. Everything else of yours stays out of its reach."
)


def unheard(_message: str) -> None:
    """Where nobody listens to what is going on."""


@dataclass(frozen=True)
class Running:
    """How the owner of an application wants it to be run, and who hears what is going on."""

    python: Path | None = None
    env_file: Path | None = None
    progress: Progress = unheard
    own_services: tuple[str, ...] = ()
    """What it may reach for real of what is the owner's: variables, or hosts with ports."""


def plan_integration(path: Path, requested: RequestedOptions) -> PlanDocument:
    """What would be changed, as a diff with an id. Writes nothing."""
    ask_again()
    return PlanDocument.of(answered_plan(path, requested))


def apply_plan(
    path: Path,
    plan_id: str,
    requested: RequestedOptions,
    running: Running,
    *,
    agree: Callable[[PlanDocument], None] = lambda _: None,
    allow_dirty: bool = False,
    install_packages: bool = False,
    check: bool = True,
    keep: bool = True,
) -> AddDocument:
    """Write the plan that `plan_integration` gave for the same `requested`, then check the chat.

    Where the checks fail, all of it is taken back if somebody proposed edits, or unless `keep`.
    Where the application may have caused that and nobody asked for the mode, the chat becomes a
    service beside it; `agree` is given that plan before anything of it is written.

    Raises:
        PlanOutdated: the same request makes another plan by now; nothing is written.
        NeedsManualSteps, DirtyTree, CannotWrite: as `apply` does; nothing is written.
        CannotInstall: the code is written, the packages are not installed.
    """
    plan = answered_plan(path, requested)
    _require(plan, plan_id)

    def applied(plan: Plan, requested: RequestedOptions) -> AddDocument:
        applying.apply(plan, allow_dirty=allow_dirty)
        with _telling_what_stays(plan):
            if install_packages:
                installing.install(plan, running.python, running.progress)
            checks = _verified_or_told(path, requested, running) if check else None
        return _kept_or_taken_back(plan, requested, checks, keep, install_packages)

    inside = applied(plan, requested)
    if not _could_be_beside(inside, requested):
        return inside
    beside = replace(requested, mode="sidecar")
    failed = inside.verification.checks if inside.verification else ()
    notes = (sidecar_advice.MODE_CHANGED, sidecar_advice.why_beside(failed))
    try:
        plan = answered_plan(path, beside)
        planned = PlanDocument.of(plan)
        agree(planned.model_copy(update={"notes": (*notes, *planned.notes)}))
    except ChatKitAgentError as problem:
        return inside.model_copy(update={"next_steps": (*inside.next_steps, str(problem))})
    document = applied(plan, beside)
    return document.model_copy(update={"notes": (*notes, *document.notes)})


def _could_be_beside(inside: AddDocument, requested: RequestedOptions) -> bool:
    """Whether the chat was taken out of the application again, which had a part in that."""
    checks = inside.verification
    if inside.options.mode != "in-process" or inside.applied or checks is None:
        return False
    return sidecar_advice.may_be_beside(requested) and sidecar_advice.is_of_the_host(checks.checks)


def _kept_or_taken_back(
    plan: Plan,
    requested: RequestedOptions,
    checks: VerifyDocument | None,
    keep: bool,
    is_installed: bool,
) -> AddDocument:
    is_new = bool(plan.changes) and not plan.project.chat.applied
    back = ""
    if checks and requested.edits and not _proves_proposals(checks):
        back = TAKEN_BACK
    # What could not be seen speaks against nothing, so it is no reason to take anything back.
    elif checks and checks.outcome == "failed" and is_new and not keep:
        back = FAILED_CHECKS
    if checks and back:
        undoing.undo(plan.project.root, force=True)
        checks = _in_own_lines(checks, plan)
        return AddDocument.after(plan, applied=False, verification=checks, next_steps=(back,))
    steps = next_steps(plan, installed=is_installed)
    if not plan.changes and not plan.untouched:
        steps = (NOTHING_TO_CHANGE,)
    elif checks and not checks.checks:
        steps = (NOT_CHECKED, *steps)
    return AddDocument.after(plan, applied=True, verification=checks, next_steps=steps)


def _in_own_lines(checks: VerifyDocument, plan: Plan) -> VerifyDocument:
    """The same, with the lines of the files as they are again."""
    files = {each.path: (each.after, each.before) for each in plan.changes if each.before}
    return VerifyDocument.model_validate_json(in_own_lines(checks.model_dump_json(), files))


def _require(plan: Plan, plan_id: str) -> None:
    if plan.id != plan_id:
        raise PlanOutdated(
            f"Plan {plan_id} does not fit any more: the project or the options changed, and the "
            f"plan is {plan.id} now. Look at it, then apply that one."
        )


def verify_integration(
    path: Path,
    requested: RequestedOptions,
    running: Running,
    *,
    live: bool = False,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
) -> VerifyDocument:
    """Boot the application at `path` and check its chat. Writes nothing into the project."""
    # It brings the sandbox, whose import costs more than reading a project.
    from chatkit_agent.checks import verification

    report = verification.verify(
        path,
        requested,
        python=running.python,
        env_file=running.env_file,
        progress=running.progress,
        live=live,
        own_services=running.own_services,
        select=select,
        ignore=ignore,
    )
    return VerifyDocument.of(report)


def develop(
    path: Path, running: Running, fresh: bool, app_port: int = 0
) -> AbstractContextManager[Development]:
    """Run the application at `path` with all that its chat needs, while the block runs."""
    from chatkit_agent.development import session

    return session.develop(
        path, running.python, running.env_file, running.progress, fresh=fresh, app_port=app_port
    )


def save_conversation(path: Path, title: str, saved: Mapping[str, Any]) -> tuple[str, ...]:
    """Write a conversation of a development session into the project's tests; what was written.

    Raises:
        CannotWrite: nothing was written.
    """
    return saved_test.save_conversation(path, title, saved)


def get_guide(path: Path, requested: RequestedOptions, task: str = "") -> GuideDocument:
    """How to do `task`, in words, in this very project: from its plan, without a model."""
    return GuideDocument.of(guiding.make_guide(path, requested, task, answered_plan))


def diagnose(path: Path, looking: Looking, progress: Progress = unheard) -> DoctorDocument:
    """What is wrong with the chat at `path`, whoever wrote it. Writes nothing, boots nothing."""
    return DoctorDocument.of(diagnosis.diagnose(path, looking, progress))


def explain_rules(codes: Sequence[str] = ()) -> RuleDocument:
    """The rules that have one of these codes, beginnings of codes or names; else all of them.

    Raises:
        BadOption: a code that no rule has.
    """
    return RuleDocument.of(policy.rules_of(codes))


def plan_fixes(path: Path, edits: Sequence[str], app: str | None = None) -> FixesPart:
    """What the edits that findings name would change, as a diff with an id. Writes nothing."""
    return FixesPart.of(_fixing(path, edits, app), edits)


def apply_fixes(
    path: Path, plan_id: str, edits: Sequence[str], app: str | None, *, allow_dirty: bool = False
) -> FixesPart:
    """Write the plan that `plan_fixes` gave for the same edits. What is by hand stays to be done.

    Raises:
        PlanOutdated: the same edits make another plan by now; nothing is written.
        DirtyTree, CannotWrite: as `apply` does; nothing is written.
    """
    plan = _fixing(path, edits, app)
    _require(plan, plan_id)
    applying.apply(replace(plan, manual_steps=()), allow_dirty=allow_dirty)
    return FixesPart.of(plan, edits, applied=bool(plan.changes))


def _fixing(path: Path, edits: Sequence[str], app: str | None) -> Plan:
    return planning.plan_fixed_chat(reading.read_project(path, app=app), edits)


def restore_unfinished(path: Path) -> bool:
    """Put back what an earlier run was killed in the middle of; whether there was one."""
    return bool(applying.restore_unfinished(path))


def plan_undo(path: Path, *, markers: bool = False) -> UndoDocument:
    """What `undo_integration` would do, and what of the chat would stay. Writes nothing."""
    planned = undoing.plan_undo(path, markers=markers)
    return UndoDocument.of(planned.outcome, undone=False, stays=_staying(path, planned))


def undo_integration(path: Path, *, markers: bool = False, force: bool = False) -> UndoDocument:
    """Take the chat out again; later edits of the user stay.

    Raises:
        StillUsed: the user's own code uses what would go, and there is no `force`.
    """
    before = None
    with suppress(ChatKitAgentError):
        before = undoing.plan_undo(path, markers=markers)
    stays = _staying(path, before)  # It reads what may be damaged: before anything is written.
    undone = undoing.undo(path, markers=markers, force=force)
    return UndoDocument.of(undone, undone=True, stays=stays)


def _staying(path: Path, planned: undoing.Undoing | None) -> tuple[str, ...]:
    is_chat = planned is not None and planned.name == MANIFEST
    return remains(path, planned.manifest, planned.contents) if planned and is_chat else ()


def plan_update(path: Path, asked: Mapping[str, Any], *, markers: bool) -> UpdateDocument:
    """What `update_integration` would change. Writes nothing."""
    return UpdateDocument.of(updating.plan_update(path, asked, markers=markers), updated=False)


def update_integration(
    path: Path,
    asked: Mapping[str, Any] | None = None,
    *,
    allow_dirty: bool = False,
    markers: bool = False,
    shown: str | None = None,
) -> UpdateDocument:
    """Bring the delivered code up to this version, and to the options in `asked`; edits stay."""
    done = updating.update(path, asked, allow_dirty=allow_dirty, markers=markers, shown=shown)
    return UpdateDocument.of(done, updated=True)


def install_plugin(agent: Agent, base: Path, *, user: bool, remove: bool) -> InstallDocument:
    """Put the plugin where a coding agent looks for it below `base`, or take it away again."""
    place = placing.remove_plugin if remove else placing.install_plugin
    return InstallDocument.of(place(agent, base, user=user))


def _proves_proposals(checks: VerifyDocument) -> bool:
    seen = {check.name for check in checks.checks if check.ok}
    return checks.outcome != "failed" and seen >= PROVES_PROPOSALS


@contextmanager
def _telling_what_stays(plan: Plan) -> Iterator[None]:
    """
    Raises:
        Interrupted: somebody ended the work after the files were written.
    """
    try:
        yield
    except KeyboardInterrupt as problem:
        number = len(plan.changes)
        written = f"The {number} files of the chat are written and stay" if number else "Nothing"
        written += "." if number else " was written: the chat was here already."
        raise Interrupted(
            f"Interrupted before the checks had ended. {written} Run `chatkit-agent verify` to "
            "make the checks, or `chatkit-agent undo` to take the chat out."
        ) from problem


def _verified_or_told(path: Path, requested: RequestedOptions, running: Running) -> VerifyDocument:
    """The checks of a chat that was just added; where nothing can be booted, the reason."""
    try:
        return verify_integration(path, requested, running)
    except CannotBoot as problem:
        return VerifyDocument(ok=False, outcome="inconclusive", checks=(), notes=(str(problem),))
