"""Notes on the sign-in: whose users the chat's are, and what to do where they are not the same."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.options.options import Options
from chatkit_agent.project.read import Project

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
