"""The plan: the edits folded over the tree, as a diff with an id."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version

from chatkit_agent.edits import FIXES, INTEGRATION, Edit
from chatkit_agent.edits.declare_dependencies import (
    missing_requirements,
)
from chatkit_agent.errors import CannotEdit
from chatkit_agent.options.env_vars import Variable, stated, variables
from chatkit_agent.options.followed_chat import following, read_template, report
from chatkit_agent.options.options import Options, RequestedOptions, choose
from chatkit_agent.options.proposed_edits import proposed, resolved_by
from chatkit_agent.options.resolver import Resolution
from chatkit_agent.plan.change import Change
from chatkit_agent.plan.notes import notes_of, notes_of_lock
from chatkit_agent.plan.taking_up import take_up
from chatkit_agent.project.git import ignored
from chatkit_agent.project.manifest import FIXED, MANIFEST
from chatkit_agent.project.read import Project
from chatkit_agent.project.text.diffing import git_diff
from chatkit_agent.project.tree import Tree

DISTRIBUTION = "chatkit-agent"


@dataclass(frozen=True)
class Blocked:
    """An edit that could not be made safely, and the snippet that a person can paste instead."""

    edit: str
    reason: str
    snippet: str


@dataclass(frozen=True)
class Plan:
    """What would be done. `id` names exactly this plan for exactly these files."""

    id: str
    project: Project
    options: Options
    changes: tuple[Change, ...]
    dependencies: tuple[str, ...]
    """Requirements that were added to the project's dependency file, or have to be."""
    environment: tuple[Variable, ...]
    manual_steps: tuple[Blocked, ...]
    notes: tuple[str, ...] = ()
    untouched: tuple[Change, ...] = ()
    """Files of an earlier chat that are part of this one as they are."""
    manifest: str = MANIFEST
    """The file in the project that will tell what was applied."""


def make_plan(
    project: Project,
    requested: RequestedOptions | None = None,
    resolution: Resolution | None = None,
) -> Plan:
    """Say what would be done to a project; nothing is written.

    What `resolution` says to be in the way makes the chat a service of its own, or is one more
    thing to be done by hand, where it was asked for in the application's process.

    Raises:
        NoApplication, SeveralApplications, BadOption, Refused: as `choose` does.
    """
    asked = requested or RequestedOptions()
    pattern = read_template(asked.reference) if asked.reference else None
    wanted = following(asked, pattern) if pattern and not project.chat.applied else asked
    plan = plan_for(project, choose(project, wanted, resolution))
    if pattern:
        plan = replace(plan, notes=(*report(pattern, asked, plan.options), *plan.notes))
    if resolution is None or not plan.dependencies or plan.options.is_sidecar:
        return plan
    in_the_way = [_in_the_way(resolution.obstacle, plan)] if resolution.obstacle else []
    not_asked = (
        [f"Whether the new packages go together with yours is not known: {resolution.reason}."]
        if resolution.reason
        else []
    )
    notes = (*plan.notes, *not_asked, *notes_of_lock(project, resolution))
    return replace(plan, manual_steps=(*plan.manual_steps, *in_the_way), notes=notes)


def _in_the_way(obstacle: str, plan: Plan) -> Blocked:
    return Blocked(
        "declare_dependencies",
        f"What the chat needs cannot be installed beside what the project pins: {obstacle}.",
        "Allow a newer version there, then run the command again; or let the chat be a service of "
        "its own with --mode sidecar. The chat needs:\n" + "\n".join(plan.dependencies),
    )


def plan_for(project: Project, options: Options) -> Plan:
    """The plan for choices that are made."""
    before = project.tree
    after, manual_steps = _tree_and_blocks(project, options, before)
    taken = take_up(project, options.home, after)
    changes = (*_changes(before, after, taken.paths), *taken.changes)
    manual_steps += [Blocked("take_up", reason, manual) for reason, manual in taken.conflicts]
    return Plan(
        id=_id(options, changes),
        project=project,
        options=options,
        changes=changes,
        dependencies=tuple(missing_requirements(project, options)),
        environment=stated(variables(options), project),
        manual_steps=tuple(manual_steps),
        untouched=taken.untouched,
        notes=(
            *taken.notes,
            *notes_of(project, options, before),
            *_notes_of_git(project, changes),
        ),
    )


def plan_fixed_chat(project: Project, names: Collection[str]) -> Plan:
    """The plan that fixes a chat which is there, whoever wrote it, with the edits of these names.

    Raises:
        NoApplication, SeveralApplications, Refused: as `choose` does.
    """
    options = choose(project, RequestedOptions())
    before = project.tree
    edits = [edit for edit in FIXES if edit.__name__ in names]
    after, manual_steps = _with(edits, project, options, before)
    changes = tuple(_changes(before, after))
    return Plan(
        id=_id(options, changes),
        project=project,
        options=options,
        changes=changes,
        dependencies=(),
        environment=(),
        manual_steps=tuple(manual_steps),
        manifest=FIXED,
    )


def unified_diff(plan: Plan) -> str:
    """The plan's changes as a diff that `git apply` accepts in the project's folder."""
    return git_diff((each.path, each.before, each.after) for each in plan.changes)


def _tree_and_blocks(project: Project, options: Options, tree: Tree) -> tuple[Tree, list[Blocked]]:
    if project.chat.signs and not project.chat.applied:
        return tree, [_chat_by_hand(project, options)]
    return _with(INTEGRATION, project, options, tree)


def _with(
    edits: Iterable[Edit], project: Project, options: Options, tree: Tree
) -> tuple[Tree, list[Blocked]]:
    manual_steps: list[Blocked] = []
    for edit in edits:
        try:
            tree = edit(project, options, tree)
        except CannotEdit as problem:  # noqa: PERF203
            manual_steps.append(Blocked(edit.__name__, problem.reason, problem.snippet))
    if options.edits:
        return _with_proposals(options, tree, manual_steps)
    return tree, manual_steps


def _with_proposals(
    options: Options, tree: Tree, manual_steps: list[Blocked]
) -> tuple[Tree, list[Blocked]]:
    """The tree with what somebody proposed in place of the edits that it resolves."""
    left = [each for each in manual_steps if each.edit not in resolved_by(options.edits)]
    for each in options.edits:
        try:
            tree = proposed(each, tree)
        except CannotEdit as problem:  # noqa: PERF203
            left.append(Blocked(each.resolves, problem.reason, problem.snippet))
    return tree, left


def _chat_by_hand(project: Project, options: Options) -> Blocked:
    """What exists, and what each part of it would be replaced by."""
    signs = "; ".join(project.chat.signs)
    home = "" if options.home == "." else f"{options.home}/"
    ours = {
        "Store": f"{home}chatkit_store/postgres_store.py",
        "ChatKitServer": f"{home}chatkit_runtime/turn.py",
        "route": f"{home}chatkit_runtime/routes.py and one `include_router` line",
    }
    replaced = [
        f"- {sign}: replaced by {ours[kind]}"
        for sign in project.chat.signs
        if (kind := sign.partition(" ")[0]) in ours
    ]
    added = [f"- {kind}: added, {place}" for kind, place in ours.items() if not _has(project, kind)]
    return Blocked(
        "deliver_backend",
        f"There is a chat here already that was not added by chatkit-agent: {signs}. "
        "Adding another would double it, so nothing is changed.",
        "Keep it as it is, and look at it with `chatkit-agent doctor`; or take these parts out, "
        "then run add again:\n" + "\n".join((*replaced, *added)),
    )


def _has(project: Project, kind: str) -> bool:
    return any(sign.startswith(f"{kind} ") for sign in project.chat.signs)


def _changes(before: Tree, after: Tree, but: Collection[str] = ()) -> Iterator[Change]:
    for path in after.changed_from(before):
        if path in but:
            continue
        old = before.read(path) if before.exists(path) else None
        yield Change(path, old, after.read(path))


def _id(options: Options, changes: tuple[Change, ...]) -> str:
    digest = hashlib.sha256()
    parts = [version(DISTRIBUTION), json.dumps(asdict(options), sort_keys=True)]
    digest.update("\0".join(parts).encode())
    for change in changes:
        digest.update(repr((change.path, change.before, change.after)).encode())
    return digest.hexdigest()[:12]


def _notes_of_git(project: Project, changes: Sequence[Change]) -> Iterator[str]:
    left_out = ignored(project.root, [each.path for each in changes])
    if 0 < len(left_out) < len(changes):  # or the project itself is in a folder that is ignored
        yield (
            "git ignores what will be written, so a commit leaves it out and a deploy lacks it: "
            f"add it with `git add --force {shlex.join(left_out)}`."
        )
