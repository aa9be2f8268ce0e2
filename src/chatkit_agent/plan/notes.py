"""Notes: what a plan says beside its changes, since no change can say it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from chatkit_agent.edits.declare_dependencies import (
    is_locked_for_older_pythons,
    locked_images,
    missing_requirements,
)
from chatkit_agent.options.blockers import shadows
from chatkit_agent.options.options import Options
from chatkit_agent.options.requirements import install_line
from chatkit_agent.options.resolver import Resolution
from chatkit_agent.plan.sign_in_notes import sign_in_notes
from chatkit_agent.project.read import Project
from chatkit_agent.project.source.python_ranges import allows
from chatkit_agent.project.tree import Tree


def notes_of(project: Project, options: Options, before: Tree) -> Iterator[str]:
    """What the owner has to know; `before` is the tree without the chat."""
    special = _notes_beside if options.is_sidecar else _notes_inside
    yield from special(project, options)
    for problem in project.unreadable:
        yield f"Not read: {problem}"
    yield from sign_in_notes(project, options)
    if options.auth == "none":
        yield "Everybody who reaches the chat shares one user; it is refused beyond this machine."
    for edit in options.edits:
        yield f"Proposed in place of `{edit.resolves}`, so read it well: the edit of `{edit.path}`."
    if options.token == "prompt":  # noqa: S105
        yield "The user's token is shown to the model and its provider (--token prompt)."
    yield from _notes_of_images(project, options, before)


def notes_of_lock(project: Project, resolution: Resolution) -> Iterator[str]:
    if project.lock and resolution.moved:
        moved = ", ".join(f"`{each}`" for each in resolution.moved)
        yield f"Of what `{project.lock.file}` holds, at most this moves for the chat: {moved}."


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
    if user and not user.tokens and user.credentials and options.tools == "mcp":
        yield (
            f"`{user.name}` knows its user by {user.credentials[0]}, so no token of the person can "
            "reach the MCP tools. Give `create_chatkit_router` a `token=` that finds one, such as "
            '`token=lambda request: request.session.get("access_token")`; or have the '
            "application's own routes as tools, with `--tools routes`."
        )
    if user and user.tokens and not user.tokens[0].is_usual:
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


def _notes_of_images(project: Project, options: Options, tree: Tree) -> Iterator[str]:
    for install in locked_images(project, options, tree):
        yield (
            f"`{install.where}` installs `{install.file}`, which is a lock file without the chat's "
            "libraries. Make it anew, or the image has none of them."
        )
