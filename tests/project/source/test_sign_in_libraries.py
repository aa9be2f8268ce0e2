"""Providers: a scheme and a user's id that only a library's own documentation tells."""

from __future__ import annotations

import pytest

from chatkit_agent.project.source.sign_in_libraries import provided
from tests.project.source.conftest import Project

LOGIN = "from fastapi_login import LoginManager\n"
CLERK = "from fastapi_clerk_auth import ClerkConfig, ClerkHTTPBearer\n"
PROPEL = "from propelauth_fastapi import init_auth\nauth = init_auth('url', 'key')\n"
CLOAK = "from fastapi_keycloak import FastAPIKeycloak\nidp = FastAPIKeycloak(server_url='url')\n"
CLERKS = ("HTTPBearer", 'user.decoded["sub"]')


def known(project: Project, source: str, name: str) -> tuple[str, str] | None:
    code = project({"auth.py": source, "main.py": "import auth\nfrom auth import *\n"})
    sources = code.sources
    here, there = sources.resolve("auth.py", name), sources.resolve("main.py", f"auth.{name}")
    found = provided(sources, here)
    assert provided(sources, there) == found
    return found


@pytest.mark.parametrize(
    ("source", "name", "given"),
    [
        (f"{CLERK}guard = ClerkHTTPBearer(config=ClerkConfig())\n", "guard", CLERKS),
        (f"{CLERK}guard = ClerkHTTPBearer(ClerkConfig(), auto_error=True)\n", "guard", CLERKS),
        ("import fastapi_clerk_auth as c\nguard = c.ClerkHTTPBearer(1)\n", "guard", CLERKS),
        (f"{CLERK}made = ClerkHTTPBearer(1)\nguard = made\n", "guard", CLERKS),
        (
            f"{LOGIN}manager = LoginManager('s', '/login')\n",
            "manager",
            ("OAuth2PasswordBearer", ""),
        ),
        (PROPEL, "auth.require_user", ("HTTPBearer", "user.user_id")),
        (f"{PROPEL}user = auth.require_user\n", "user", ("HTTPBearer", "user.user_id")),
        (f"{CLOAK}user = idp.get_current_user()\n", "user", ("OAuth2PasswordBearer", "user.sub")),
    ],
)
def test_what_an_instance_gives(
    project: Project, source: str, name: str, given: tuple[str, str]
) -> None:
    assert known(project, source, name) == given


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (f"{CLERK}guard = ClerkHTTPBearer(1, auto_error=False)\n", "guard"),
        (f"{CLERK}guard = ClerkHTTPBearer\n", "guard"),
        (f"{CLERK}guard = ClerkConfig()\n", "guard"),
        ("class ClerkHTTPBearer: ...\nguard = ClerkHTTPBearer()\n", "guard"),
        ("from own import ClerkHTTPBearer\nguard = ClerkHTTPBearer(1)\n", "guard"),
        (f"{CLERK}# guard = ClerkHTTPBearer(1)\nguard = 'ClerkHTTPBearer(1)'\n", "guard"),
        (PROPEL, "auth.optional_user"),
        (PROPEL, "auth"),
        (f"{CLOAK}user = idp.get_current_user(required_roles=['a'])\n", "user"),
        (CLOAK, "idp.get_current_user"),
        ("", "nobody"),
    ],
)
def test_what_gives_nobody_or_something_else(project: Project, source: str, name: str) -> None:
    """A scheme that lets anybody through is none; a role refuses most of those who sign in."""
    assert known(project, source, name) is None
