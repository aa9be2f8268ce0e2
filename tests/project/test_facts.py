"""Facts: what follows from what a detector has said."""

from __future__ import annotations

from typing import Any

import pytest

from chatkit_agent.project.facts import (
    BEARER,
    App,
    Auth,
    Copies,
    Credential,
    Declared,
    Install,
    Named,
    Packaging,
    SettingsClass,
    SignIn,
    Tokens,
    UserDependency,
)


def user(name: str, *credentials: Credential) -> UserDependency:
    return UserDependency(name, "a.py", "a", "function", "user.id", "", credentials)


@pytest.mark.parametrize(
    ("patterns", "path", "holds"),
    [
        (("",), "app/main.py", True),
        (("app",), "app/main.py", True),
        (("app/main.py",), "app/main.py", True),
        (("ap",), "app/main.py", False),
        (("app/main.py/x",), "app/main.py", False),
        (("*.py",), "main.py", True),
        (("*.py",), "app/main.py", False),
        (("*/main.py",), "app/main.py", True),
        (("src", "app*"), "app/main.py", True),
        ((), "app/main.py", False),
    ],
)
def test_copies(patterns: tuple[str, ...], path: str, holds: bool) -> None:
    assert Copies("Dockerfile:3", patterns).hold(path) is holds


@pytest.mark.parametrize(
    ("said", "forbids"),
    [
        ({}, True),
        ({"extra": "forbid"}, True),
        ({"extra": "ignore"}, False),
        ({"extra": "allow"}, False),
        ({"style": "pydantic1", "extra": None}, False),
        ({"style": "pydantic1", "extra": "forbid"}, False),
        ({"reads_env_file": False}, False),
        ({"inherited": True}, False),
    ],
)
def test_settings_that_forbid_what_they_do_not_know(said: dict[str, Any], forbids: bool) -> None:
    usual: dict[str, Any] = {"style": "pydantic-settings", "extra": None, "reads_env_file": True}
    settings = SettingsClass("Settings", "a.py", env_files=(".env",), **{**usual, **said})
    assert settings.forbids_extra is forbids


@pytest.mark.parametrize(
    ("json_name", "asks_for"),
    [("", "User name"), ("username", "User name"), ("email", "Email"), ("mail_address", "Email")],
)
def test_what_a_sign_in_asks_for(json_name: str, asks_for: str) -> None:
    assert SignIn("/token", json_name).asks_for == asks_for


@pytest.mark.parametrize(("json_name", "token"), [("a b", "t"), ("a'", "t"), ("a", "t'] or x['")])
def test_a_field_is_a_plain_name(json_name: str, token: str) -> None:
    with pytest.raises(ValueError, match="letters, digits"):
        SignIn("/token", json_name, token)


@pytest.mark.parametrize(
    ("credential", "is_token", "is_usual", "told"),
    [
        (BEARER, True, True, "the header `Authorization`"),
        (Credential("header", "authorization", "Bearer"), True, True, "the header `authorization`"),
        (
            Credential("header", "Authorization", "Token"),
            True,
            False,
            "the header `Authorization`",
        ),
        (Credential("header", "X-Key"), True, False, "the header `X-Key`"),
        (Credential("cookie", "sid"), True, False, "the cookie `sid`"),
        (Credential("query", "token"), True, False, "the query `token`"),
        (Credential("session", "session"), False, False, "a session of the server"),
        (Credential("basic", "Authorization"), False, False, "a user name and password"),
    ],
)
def test_credentials(credential: Credential, is_token: bool, is_usual: bool, told: str) -> None:
    assert (credential.is_token, credential.is_usual, str(credential)) == (is_token, is_usual, told)


def test_where_one_signs_in_makes_no_other_credential() -> None:
    assert Credential("header", "Authorization", "Bearer", SignIn("/token")) == BEARER


@pytest.mark.parametrize(
    ("name", "bound"),
    [
        ("current_user", "current_user"),
        ("Control.is_authed", "Control"),
        ("users.current_user(active=True)", "users"),
        ("require_user()", "require_user"),
    ],
)
def test_the_name_that_is_imported(name: str, bound: str) -> None:
    assert user(name).bound == bound


def test_tokens_are_what_could_be_handed_on() -> None:
    basic, cookie = Credential("basic", "Authorization"), Credential("cookie", "sid")
    assert user("me", basic, cookie, BEARER).tokens == (cookie, BEARER)


def test_the_best_is_the_first_without_rivals() -> None:
    first, second = user("first"), user("second")
    assert Auth().best is None
    assert Auth((first, second)).best == first
    assert Auth((first, second), rivals=(first, second)).best is None


@pytest.mark.parametrize(
    ("scheme", "carried"),
    [(Named(default="Token"), "Token"), (Named(variable="PREFIX"), ""), (Named(), "")],
)
def test_what_carries_a_token(scheme: Named, carried: str) -> None:
    tokens = Tokens(
        *("a.py", "SECRET", "SECRET"), False, Named(default="HS256"), "sub", "", "X-Token", scheme
    )
    assert tokens.carried == Credential("header", "X-Token", carried)


@pytest.mark.parametrize(
    ("file", "is_above"),
    [("pyproject.toml", False), ("../pyproject.toml", True), ("..x/a.txt", False), (None, False)],
)
def test_what_stands_above_the_project(file: str | None, is_above: bool) -> None:
    assert Packaging("uv", file, "pep621").is_above is is_above


def test_each_package_of_an_image_once() -> None:
    listed = [Declared(name, name, "a.txt") for name in ("fastapi", "mcp", "fastapi")]
    assert Install("Dockerfile:3", "a.txt", tuple(listed)).declared == ("fastapi", "mcp")


def test_an_application_is_named_by_its_module_and_attribute() -> None:
    made = ("app/main.py", "create_app", "app")
    app = App("app.main:create_app", "factory", "app/main.py", "", *made)
    assert (app.module, app.attribute) == ("app.main", "create_app")
