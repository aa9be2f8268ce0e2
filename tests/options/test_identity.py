"""Who the user is: decided by what is here and what was asked, and never by a guess."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from chatkit_agent.errors import BadOption, SeveralSignIns
from chatkit_agent.options.identity import Asked, Mode, auth_of, theirs
from chatkit_agent.project.facts import Auth, Named, Tokens, UserDependency
from chatkit_agent.project.read import Project, read_project

USER = UserDependency("current_user", "auth.py", "auth", "function", "user.id", "2 routes")
OTHER = replace(USER, name="current_admin")
TOKENS = Tokens(
    "auth.py", "SECRET", "JWT_SECRET", False, Named(default="HS256"), "sub", "auth.py:3"
)
UNNAMED_KEY = replace(TOKENS, key_variable=None)


@pytest.fixture
def bare(tmp_path: Path) -> Project:
    (tmp_path / "main.py").write_text("from fastapi import FastAPI\n\napp = FastAPI()\n")
    return read_project(tmp_path)


def having(
    bare: Project, user: UserDependency | None = None, tokens: Tokens | None = None
) -> Project:
    return replace(bare, auth=Auth((user,) if user else ()), tokens=tokens)


@pytest.mark.parametrize(
    ("user", "tokens", "mode", "found"),
    [
        (USER, None, "in-process", "existing"),
        (USER, TOKENS, "in-process", "existing"),
        (None, TOKENS, "in-process", "existing"),
        (None, UNNAMED_KEY, "in-process", "jwt"),
        (None, None, "in-process", "jwt"),
        (None, TOKENS, "sidecar", "existing"),
        (None, UNNAMED_KEY, "sidecar", "existing"),
        (USER, None, "sidecar", "jwt"),
    ],
)
def test_by_itself_it_is_the_applications_where_it_can_be(
    user: UserDependency | None, tokens: Tokens | None, mode: Mode, found: str, bare: Project
) -> None:
    project = having(bare, user, tokens)
    assert auth_of(project, "auto", None, mode) == found


@pytest.mark.parametrize("asked", ["jwt", "none"])
@pytest.mark.parametrize("mode", ["in-process", "sidecar"])
def test_what_was_asked_for_is_done(asked: Asked, mode: Mode, bare: Project) -> None:
    assert auth_of(having(bare, USER, TOKENS), asked, None, mode) == asked


def test_nobody_is_let_in_without_a_sign_in_by_itself(bare: Project) -> None:
    assert auth_of(bare, "auto", None, "in-process") != "none"
    assert auth_of(bare, "auto", None, "sidecar") != "none"


@pytest.mark.parametrize(
    ("user", "tokens", "mode"),
    [(None, None, "in-process"), (None, UNNAMED_KEY, "in-process"), (USER, None, "sidecar")],
)
def test_an_existing_one_that_is_not_there_is_refused(
    user: UserDependency | None, tokens: Tokens | None, mode: Mode, bare: Project
) -> None:
    with pytest.raises(BadOption, match="--auth existing"):
        auth_of(having(bare, user, tokens), "existing", None, mode)


@pytest.mark.parametrize("asked", ["auto", "existing"])
def test_of_rivals_none_is_guessed(asked: Asked, bare: Project) -> None:
    project = replace(bare, auth=Auth(rivals=(USER, OTHER)), tokens=TOKENS)
    with pytest.raises(SeveralSignIns, match="--current-user") as told:
        auth_of(project, asked, None, "in-process")
    assert "`auth:current_user`" in str(told.value)
    assert "`auth:current_admin`" in str(told.value)
    assert auth_of(project, "jwt", None, "in-process") == "jwt"
    assert auth_of(project, asked, None, "sidecar") == "existing"


@pytest.mark.parametrize(
    ("asked", "mode"),
    [("jwt", "in-process"), ("none", "in-process"), ("auto", "sidecar"), ("existing", "sidecar")],
)
def test_a_dependency_is_asked_in_its_process_only(asked: Asked, mode: Mode, bare: Project) -> None:
    with pytest.raises(BadOption, match="--current-user"):
        auth_of(having(bare, USER, TOKENS), asked, "auth:current_user", mode)


def test_tokens_are_taken_where_no_dependency_is(bare: Project) -> None:
    both = having(bare, USER, TOKENS)
    assert theirs(both, "existing", "in-process") == (USER, None)
    assert theirs(both, "existing", "sidecar") == (None, TOKENS)
    assert theirs(having(bare, None, TOKENS), "existing", "in-process") == (None, TOKENS)
    assert theirs(both, "jwt", "in-process") == (None, None)
    assert theirs(both, "none", "sidecar") == (None, None)
