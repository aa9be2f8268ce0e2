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
from chatkit_agent.project.journal import left_beside, of_killed_run
from chatkit_agent.project.read import Project
from chatkit_agent.project.source.python_ranges import allows
from chatkit_agent.project.tree import Tree


def notes_of(project: Project, options: Options, before: Tree) -> Iterator[str]:
    """What the owner has to know; `before` is the tree without the chat."""
    special = _notes_beside if options.is_sidecar else _notes_inside
    yield from special(project, options)
    for problem in project.unreadable:
        yield f"Not read: {problem}"
    if left := left_beside(before):
        yield of_killed_run(left)
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
    yield from _notes_of_start(project)
    yield from _notes_of_dependencies(project, options)
    yield from _notes_of_copies(project, options)
    yield from _notes_of_python(project)
    if hiding := shadows(project):
        yield f"{hiding[:1].upper()}{hiding[1:]}. Rename it, or the chat cannot start."
    for each in project.middlewares:
        yield f"`{each.name}` in `{each.file}` {each.effect}"
    yield from _notes_of_tokens(options)
    if project.global_dependencies:
        named = ", ".join(f"`{each}`" for each in project.global_dependencies)
        yield (
            f"Every request to this application has to pass {named}, the chat's too. "
            "Let the chat's page send what that asks for."
        )


def _notes_of_start(project: Project) -> Iterator[str]:
    app = project.app
    declared_in = (project.packaging.file or "").rpartition("/")[0]
    if app and app.perhaps and declared_in != app.directory:
        yield (
            f"Nothing here says from where `{app.file}` is started, so it is taken for "
            f"`{app.ref}`, started in `{app.directory}`. If you start it as `{app.perhaps}`, "
            f"give `--app {app.perhaps}`, or the chat's imports fail there."
        )


def _notes_of_dependencies(project: Project, options: Options) -> Iterator[str]:
    missing = missing_requirements(project, options)
    if missing and project.packaging.file is None:
        yield f"No file declares this project's dependencies. Install: {install_line(missing)}"
    elif missing and project.packaging.is_above:
        yield (
            f"`{project.packaging.file}` declares this project's dependencies, and is above the "
            f"folder that you gave, where nothing is written. Add there: "
            f"{', '.join(f'`{each}`' for each in missing)}."
        )
    if project.packaging.manager == "setuptools":
        kinds = (
            "`*.sql`" if options.page == "none" else "`*.sql`, `*.html`, `*.css`, `*.js`, `*.svg`"
        )
        yield f"Where setuptools builds a wheel of this project, add {kinds} to its package data."


def _notes_of_copies(project: Project, options: Options) -> Iterator[str]:
    for copies in (each.copies for each in project.images if each.copies):
        if not copies.hold(str(PurePosixPath(options.home, "chatkit_store", "schema.sql"))):
            yield (
                f"`{copies.where}` copies some of the project's files, and the chat's in "
                f"`{options.home}` are not among them. Copy that folder too, or the image does not "
                "start."
            )


def _notes_of_python(project: Project) -> Iterator[str]:
    requires = project.python.requires
    if requires and allows(requires, "3.9"):
        advice = "Raise it, or a resolver may refuse them."
        if is_locked_for_older_pythons(project):
            advice = "They are declared for those only; on older ones it does not start any more."
        yield (
            f"`{project.python.source}` allows Python `{requires}`, and the chat's libraries need "
            f"3.10 or newer. {advice}"
        )


def _notes_of_tokens(options: Options) -> Iterator[str]:
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


NAME_IT = "name the dependency that gives the signed-in user with `--current-user MODULE:NAME`"
NOBODY = "let everybody in on this machine with `--auth none`"


def sign_in_notes(project: Project, options: Options) -> Iterator[str]:
    if options.tokens and not options.is_sidecar:
        yield _of_their_tokens(project, options)
    if options.auth != "jwt":
        return
    if project.auth.best is not None:
        yield _of_a_second_sign_in(project, options)
    elif project.auth.not_used:
        yield (
            f"The application's sign-in was not recognised: {_not_used(project)}. The chat "
            "verifies JSON Web Tokens of its own instead, and those who signed in to the "
            f"application are unknown to it. Two ways on: {_name_it(options)}, or {NOBODY}."
        )
    if told := _one_secret(project, options):
        yield told


def _name_it(options: Options) -> str:
    if not options.is_sidecar:
        return NAME_IT
    return (
        f"{NAME_IT}, which needs `--mode in-process` (until then, give "
        f"`{options.env_prefix}JWT_SECRET` or `{options.env_prefix}JWKS_URL` what verifies the "
        "application's tokens)"
    )


def _not_used(project: Project) -> str:
    return "; ".join(project.auth.not_used)


def _of_their_tokens(project: Project, options: Options) -> str:
    tokens = options.tokens
    assert tokens is not None
    seen = f" ({_not_used(project)})" if project.auth.not_used else ""
    return (
        f"No dependency of the application gives a user whose id can be told{seen}, so the chat "
        f"verifies the application's own tokens, with its `{tokens.key_variable}` and as in "
        f"`{tokens.file}`. What the application looks up beyond that, such as a blocked account, "
        f"is not seen. Two other ways: {NAME_IT}, or {NOBODY}."
    )


def _of_a_second_sign_in(project: Project, options: Options) -> str:
    best = project.auth.best
    assert best is not None
    if options.is_sidecar and project.tokens is None:
        return (
            f"The application's own sign-in, `{best.name}`, was not seen to verify a JSON Web "
            "Token: the service verifies tokens of its own, and those who signed in to the "
            "application are unknown to it. Two ways on: `--mode in-process`, where the chat asks "
            f"`{best.name}` itself, or tokens of yours, by `{options.env_prefix}JWT_SECRET` or "
            f"`{options.env_prefix}JWKS_URL`."
        )
    return (
        f"The application has a sign-in of its own, `{best.name}` in `{best.file}`, and the chat "
        "another one: `--auth existing` lets that say who the user is."
    )


def _one_secret(project: Project, options: Options) -> str | None:
    """Two secrets for the same tokens have to be equal, and nobody sees that by looking."""
    tokens = project.tokens
    if tokens is None or tokens.is_jwks:
        return None
    theirs = f"`{tokens.key_variable}`" if tokens.key_variable else f"`{tokens.key}`"
    return (
        f"The application verifies its tokens with {theirs} (`{tokens.file}`), and the chat with "
        f"`{options.env_prefix}JWT_SECRET`: give both one value, or the chat lets nobody in."
    )
