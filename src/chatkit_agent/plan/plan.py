"""2 Plan: the edits folded over the tree, as a diff with an id."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import PurePosixPath

from chatkit_agent.edits import FIXES, INTEGRATION, Edit
from chatkit_agent.edits.declare_dependencies import (
    is_locked_for_older_pythons,
    locked_images,
    missing_requirements,
)
from chatkit_agent.errors import CannotEdit
from chatkit_agent.options.blockers import shadows
from chatkit_agent.options.env_vars import Variable, variables
from chatkit_agent.options.options import Options, RequestedOptions, choose
from chatkit_agent.options.patches import proposed, resolved_by
from chatkit_agent.options.requirements import install_line
from chatkit_agent.options.resolver import Resolution
from chatkit_agent.options.template import following, read_template, report
from chatkit_agent.plan.change import Change
from chatkit_agent.plan.taking_up import take_up
from chatkit_agent.project.git import ignored
from chatkit_agent.project.manifest import MANIFEST, MENDED
from chatkit_agent.project.read import Project
from chatkit_agent.project.source.python_ranges import allows
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
    notes = (*plan.notes, *not_asked, *_notes_of_lock(project, resolution))
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
    after, manual_steps = _folded(project, options, before)
    taken = take_up(project, options.home, after)
    changes = (*_changes(before, after, taken.paths), *taken.changes)
    manual_steps += [Blocked("take_up", reason, manual) for reason, manual in taken.conflicts]
    return Plan(
        id=_id(options, changes),
        project=project,
        options=options,
        changes=changes,
        dependencies=tuple(missing_requirements(project, options)),
        environment=variables(options),
        manual_steps=tuple(manual_steps),
        untouched=taken.untouched,
        notes=(
            *taken.notes,
            *_notes(project, options),
            *_notes_of_images(project, options, before),
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
        manifest=MENDED,
    )


def unified_diff(plan: Plan) -> str:
    """The plan's changes as a diff that `git apply` accepts in the project's folder."""
    return git_diff((each.path, each.before, each.after) for each in plan.changes)


def _folded(project: Project, options: Options, tree: Tree) -> tuple[Tree, list[Blocked]]:
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


def _notes(project: Project, options: Options) -> Iterator[str]:
    special = _notes_beside if options.is_sidecar else _notes_inside
    yield from special(project, options)
    for problem in project.unreadable:
        yield f"Not read: {problem}"
    for each in project.auth.not_used if options.auth == "jwt" else ():
        yield f"The chat verifies a JSON Web Token, not the application's sign-in: {each}."
    tokens = project.tokens
    if options.auth == "jwt" and tokens and tokens.key_variable and not tokens.is_jwks:
        yield (
            f"The application verifies its tokens with `{tokens.key_variable}`, and the chat with "
            f"`{options.env_prefix}JWT_SECRET`: give both one value, or the chat lets nobody in."
        )
    if options.auth == "none":
        yield "Everybody who reaches the chat shares one user; it is refused beyond this machine."
    for edit in options.edits:
        yield f"Proposed in place of `{edit.resolves}`, so read it well: the edit of `{edit.path}`."
    if options.token == "prompt":  # noqa: S105
        yield "The user's token is shown to the model and its provider (--token prompt)."


def _notes_inside(project: Project, options: Options) -> Iterator[str]:
    missing = missing_requirements(project, options)
    if missing and project.packaging.file is None:
        yield f"No file declares this project's dependencies. Install: {install_line(missing)}"
    elif missing and project.packaging.is_above:
        yield (
            f"`{project.packaging.file}` declares this project's dependencies, and is above the "
            f"folder that you gave, where nothing is written. Add there: "
            f"{', '.join(f'`{each}`' for each in missing)}."
        )
    for copies in (each.copies for each in project.images if each.copies):
        if not copies.hold(str(PurePosixPath(options.home, "chatkit_store", "schema.sql"))):
            yield (
                f"`{copies.where}` copies some of the project's files, and the chat's in "
                f"`{options.home}` are not among them. Copy that folder too, or the image does not "
                "start."
            )
    if project.packaging.manager == "setuptools":
        kinds = (
            "`*.sql`" if options.page == "none" else "`*.sql`, `*.html`, `*.css`, `*.js`, `*.svg`"
        )
        yield f"Where setuptools builds a wheel of this project, add {kinds} to its package data."
    requires = project.python.requires
    if requires and allows(requires, "3.9"):
        advice = "Raise it, or a resolver may refuse them."
        if is_locked_for_older_pythons(project):
            advice = "They are declared for those only; on older ones it does not start any more."
        yield (
            f"`{project.python.source}` allows Python `{requires}`, and the chat's libraries need "
            f"3.10 or newer. {advice}"
        )
    if hiding := shadows(project):
        yield f"{hiding[:1].upper()}{hiding[1:]}. Rename it, or the chat cannot start."
    for each in project.middlewares:
        yield f"`{each.name}` in `{each.file}` {each.effect}"
    user = options.user
    if user and not user.tokens and user.credentials:
        yield (
            f"`{user.name}` knows its user by {user.credentials[0]}, so no token of the person can "
            "reach the MCP tools. Give `create_chatkit_router` a `token=` that finds one, such as "
            '`token=lambda request: request.session.get("access_token")`, or serve tools that need '
            "none."
        )
    elif user and user.tokens and not user.tokens[0].is_usual:
        places = " or ".join(map(str, user.tokens))
        yield f"The tools get the user's token from {places}, where `{user.name}` finds it."
    if project.global_dependencies:
        named = ", ".join(
            f"`{global_dependency}`" for global_dependency in project.global_dependencies
        )
        yield (
            f"Every request to this application has to pass {named}, the chat's too. "
            "Let the chat's page send what that asks for."
        )


def _notes_beside(project: Project, options: Options) -> Iterator[str]:
    if options.obstacle:
        yield f"The application cannot have the chat in its own process: {options.obstacle}."
    tokens = options.tokens
    if tokens is not None and tokens.key_variable is None:
        yield (
            f"The key of the tokens in `{tokens.file}` is in no variable that could be found: give "
            "it to the service, as its `.env.example` says."
        )
    if options.auth == "jwt" and project.tokens is None and project.auth.best is not None:
        yield (
            f"The application's own sign-in, `{project.auth.best.name}`, was not seen to verify a "
            "JSON Web Token: the service verifies tokens of its own."
        )


def _notes_of_images(project: Project, options: Options, tree: Tree) -> Iterator[str]:
    for install in locked_images(project, options, tree):
        yield (
            f"`{install.where}` installs `{install.file}`, which is a lock file without the chat's "
            "libraries. Make it anew, or the image has none of them."
        )


def _notes_of_lock(project: Project, resolution: Resolution) -> Iterator[str]:
    if project.lock and resolution.moved:
        moved = ", ".join(f"`{each}`" for each in resolution.moved)
        yield f"Of what `{project.lock.file}` holds, this has to move for the chat: {moved}."


def _notes_of_git(project: Project, changes: Sequence[Change]) -> Iterator[str]:
    left_out = ignored(project.root, [each.path for each in changes])
    if 0 < len(left_out) < len(changes):  # or the project itself is in a folder that is ignored
        yield (
            "git ignores what will be written, so a commit leaves it out and a deploy lacks it: "
            f"add it with `git add --force {shlex.join(left_out)}`."
        )
