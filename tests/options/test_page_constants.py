"""What the page says and sends is this project's own, and stays text whatever that is."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from chatkit_agent.options.options import AuthMode, Options
from chatkit_agent.options.page_constants import carried, page_constants, page_html, page_js
from chatkit_agent.project.facts import App, Auth, Credential, Named, SignIn, Tokens, UserDependency
from chatkit_agent.project.read import Project, read_project

APP = App("main:app", "module", "main.py", "", "main.py", None, "app")
USER = UserDependency("current_user", "auth.py", "auth", "function", "user.id", "2 routes")
TOKENS = Tokens("auth.py", "S", "JWT_SECRET", False, Named(default="HS256"), "sub", "auth.py:3")
FORM = SignIn("/auth/token")
HEADER = Credential("header", "Authorization", "Bearer")
COOKIE = Credential("cookie", "session_id")
HTML = b'<title>My application</title><script src="chat/static/page.js">\n<b>User name </b>'


def options(auth: AuthMode = "existing", path: str = "/chatkit", page: str = "/chat") -> Options:
    made = Options(APP, "Shop", auth, None, "auto", "S_", "c", path, None, ".", "x", ())
    return replace(made, page_path=page)


def having(*credentials: Credential) -> Options:
    return replace(options(), user=replace(USER, credentials=credentials))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return read_project(tmp_path)


@pytest.mark.parametrize(
    ("credentials", "place"),
    [
        ([HEADER], "header"),
        ([COOKIE], "cookie"),
        ([Credential("session", "")], "cookie"),
        ([Credential("basic", "")], "cookie"),
        ([HEADER, COOKIE], "cookie"),
        ([replace(HEADER, sign_in=FORM), COOKIE], "header"),
        ([COOKIE, replace(HEADER, sign_in=FORM)], "header"),
        ([Credential("query", "token")], "query"),
        ([], "header"),
    ],
)
def test_what_signs_the_user_in(
    credentials: list[Credential], place: str, project: Project
) -> None:
    """What a browser sends by itself is left to it, unless the page can ask for a token."""
    found = carried(project, having(*credentials))
    assert found.place == place
    assert (found.name == "") == (place == "cookie"), "a page knows no cookie by its name"


def test_without_a_sign_in_nothing_is_asked_for(project: Project) -> None:
    assert carried(project, replace(having(replace(HEADER, sign_in=FORM)), auth="none")).name == ""


def test_tokens_are_sent_as_the_application_takes_them(project: Project) -> None:
    tokens = replace(TOKENS, header="X-Token", scheme=Named(default=""))
    found = page_constants(project, replace(options(), tokens=tokens))
    assert (found["TOKEN_IN"], found["TOKEN_NAME"], found["TOKEN_SCHEME"]) == (
        "header",
        "X-Token",
        "",
    )
    by_cookie = replace(options(), tokens=replace(TOKENS, cookie="token"))
    assert page_constants(project, by_cookie)["TOKEN_IN"] == "cookie"


def test_tokens_have_the_form_of_the_dependency_that_is_there(project: Project) -> None:
    user = replace(USER, credentials=(replace(HEADER, sign_in=FORM),))
    signed = replace(project, auth=Auth((user,)))
    found = page_constants(signed, replace(options(), tokens=TOKENS))
    assert found["SIGN_IN"] == "../../auth/token"


@pytest.mark.parametrize(
    ("path", "page", "found"),
    [
        ("/chatkit", "/chat", "../../chatkit"),
        ("/api/v1/chatkit", "/chat", "../../api/v1/chatkit"),
        ("/chatkit", "/chatkit/page", "../../../chatkit"),
        ("/a/chatkit", "/a/chat", "../../chatkit"),
    ],
)
def test_routes_are_found_behind_any_prefix(
    path: str, page: str, found: str, project: Project
) -> None:
    told = page_constants(project, options(path=path, page=page))["CHAT"]
    assert told == found
    for prefix in ("", "/behind/a/proxy"):
        at = Path(f"{prefix}{page}/static") / told
        assert str(at.resolve()) == f"{prefix}{path}"


@pytest.mark.parametrize(
    ("route", "found"),
    [
        ("/auth/token", "../../auth/token"),
        ("token", "../../token"),
        ("https://login.example/token", ""),
        ("//login.example/token", ""),
        ("/auth/token?x=1", ""),
        ("/auth/{tenant}", ""),
        ("", ""),
    ],
)
def test_a_password_goes_to_the_application_only(route: str, found: str, project: Project) -> None:
    asked = having(replace(HEADER, sign_in=SignIn(route, "email", "jwt")))
    told = page_constants(project, asked)
    assert told["SIGN_IN"] == found
    assert (told["SIGN_IN_NAME"], told["SIGN_IN_TOKEN"]) == (
        ("email", "jwt") if found else ("", "access_token")
    )


def test_buttons_are_there_for_what_was_added(project: Project) -> None:
    bare = page_constants(project, options())
    assert (bare["ATTACHMENTS"], bare["DICTATION"]) == ("off", "off")
    both = replace(options(), features=("attachments", "transcription"))
    told = page_constants(project, both)
    assert (told["ATTACHMENTS"], told["DICTATION"]) == ("on", "on")


@pytest.mark.parametrize(
    "name", ["Shop", "Tom & Jerry's", "</title><script>alert(1)</script>", r"\1"]
)
def test_a_name_is_shown_as_text(name: str, project: Project) -> None:
    found = page_html(HTML, project, replace(options(), app_name=name)).decode()
    title = re.search("<title>(.*)</title>", found)
    assert title is not None
    assert "<" not in title[1]
    assert found.count("<script") == 1
    assert 'src="chat/static/page.js"' in found


def test_the_files_of_the_page_are_where_its_route_is(project: Project) -> None:
    found = page_html(HTML, project, options(page="/api/talk")).decode()
    assert 'src="talk/static/page.js"' in found


def test_each_line_of_the_script_is_set_and_no_other(project: Project) -> None:
    names = page_constants(project, options())
    script = "".join(f'const {name} = "old";\n' for name in names) + "const OTHER = 'old';\n"
    found = page_js(script.encode(), project, having(Credential("header", 'X-"\\1', "Töken")))
    assert found.count(b"old") == 1
    assert rb'const TOKEN_NAME = "X-\"\\1";' in found
