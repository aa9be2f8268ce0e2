"""Identity: who the user of a chat is, by the application's own sign-in or by the chat's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from chatkit_agent.errors import BadOption, SeveralSignIns
from chatkit_agent.project.facts import Tokens, UserDependency
from chatkit_agent.project.read import Project

Mode = Literal["in-process", "sidecar"]
AuthMode = Literal["existing", "jwt", "none"]
Asked = Literal["auto", "existing", "jwt", "none"]


def theirs(
    project: Project, auth: AuthMode, mode: Mode
) -> tuple[UserDependency | None, Tokens | None]:
    """The application's own dependency; without one, or beside it, how it verifies its tokens."""
    if auth != "existing":
        return None, None
    user = project.auth.best if mode == "in-process" else None
    return user, None if user else project.tokens


def auth_of(project: Project, asked: Asked, current_user: str | None, mode: Mode) -> AuthMode:
    """Who signs the people in.

    Raises:
        SeveralSignIns: it is not clear which dependency gives the signed-in user.
        BadOption: what was asked for cannot be had here.
    """
    if project.auth.rivals and mode == "in-process" and asked in ("auto", "existing"):
        raise SeveralSignIns(
            "Several dependencies give a signed-in user, and routes ask for each as often: "
            f"{_names_of(project.auth.rivals)}. Choose one with --current-user MODULE:NAME."
        )
    known = project.tokens if mode == "sidecar" else project.auth.best or _known_tokens(project)
    if current_user and (asked in ("jwt", "none") or mode == "sidecar"):
        raise BadOption(
            "--current-user: the application's own dependency can be asked only in its process. "
            "Leave out `--auth` and `--mode sidecar`, or this option."
        )
    if asked == "auto":
        return "existing" if known else "jwt"
    if asked == "existing" and known is None and mode == "sidecar":
        raise BadOption(
            "--auth existing: the application was not seen to verify a JSON Web Token, so a "
            "service beside it cannot. Use --auth jwt."
        )
    if asked == "existing" and known is None:
        raise BadOption(
            "--auth existing: no dependency that gives the signed-in user and its id was found. "
            "Name it with --current-user MODULE:NAME, or use --auth jwt."
        )
    return asked


def _known_tokens(project: Project) -> Tokens | None:
    """The application's own tokens, where a variable has what verifies them."""
    return project.tokens if project.tokens and project.tokens.key_variable else None


def _names_of(users: Sequence[UserDependency]) -> str:
    return "; ".join(f"`{each.module}:{each.name}` ({each.evidence})" for each in users)
