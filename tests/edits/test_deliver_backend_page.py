"""The page knows where the chat is and how people sign in, or is left out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from chatkit_agent.edits.deliver_backend import REFERENCE, deliver_backend
from chatkit_agent.edits.deliver_service import deliver_service
from chatkit_agent.edits.mount_router import mount_router
from chatkit_agent.project.paths import not_planned

if TYPE_CHECKING:
    from conftest import Edited, Run

MAIN = {"app/__init__.py": "", "app/main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n"}
APPLICATION = """from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Request
from fastapi.security import APIKeyCookie, APIKeyHeader, APIKeyQuery, HTTPBearer
from fastapi.security import OAuth2PasswordBearer
from pydantic import BaseModel

app = FastAPI()
V1 = "/api/v1"


class User(BaseModel):
    id: int


scheme = {scheme}


def get_current_user(token: str = Depends(scheme)) -> User:
    return User(id=1)


@app.get("/me")
def me(user: User = Depends(get_current_user)) -> User:
    return user
"""


def signed_in(scheme: str) -> dict[str, str]:
    return {"app/__init__.py": "", "app/main.py": APPLICATION.replace("{scheme}", scheme)}


def constants(edited: Edited, home: str = "app") -> dict[str, str]:
    text = edited.text(f"{home}/chatkit_page/page.js")
    return dict(re.findall(r'^const ([A-Z_]+) = "(.*)";$', text, re.MULTILINE))


def token(edited: Edited) -> tuple[str, str, str, str]:
    found = constants(edited)
    return found["SIGN_IN"], found["TOKEN_IN"], found["TOKEN_NAME"], found["TOKEN_SCHEME"]


BEARER = ("header", "Authorization", "Bearer")
NONE = ("", "cookie", "", "")


@pytest.mark.parametrize(
    ("scheme", "expected"),
    [
        ('OAuth2PasswordBearer(tokenUrl="token")', ("../../token", *BEARER)),
        ('OAuth2PasswordBearer("/auth/token")', ("../../auth/token", *BEARER)),
        ('OAuth2PasswordBearer(tokenUrl=f"{V1}/login")', ("../../api/v1/login", *BEARER)),
        ('OAuth2PasswordBearer(tokenUrl=V1 + "/login")', ("", *BEARER)),
        ('OAuth2PasswordBearer(tokenUrl="https://id.example.com/token")', ("", *BEARER)),
        ('OAuth2PasswordBearer(tokenUrl="../token")', ("../../token", *BEARER)),
        ("HTTPBearer()", ("", *BEARER)),
        ('APIKeyCookie(name="session_token")', NONE),
        ('APIKeyHeader(name="X-Auth-Token")', ("", "header", "X-Auth-Token", "")),
        ('APIKeyQuery(name="access_token")', ("", "query", "access_token", "")),
    ],
)
def test_the_page_signs_in_as_the_application_does(
    scheme: str, expected: tuple[str, ...], run: Run
) -> None:
    assert token(run(deliver_backend, signed_in(scheme))) == expected


def test_where_nobody_signs_in_nothing_is_sent(run: Run) -> None:
    scheme = 'OAuth2PasswordBearer(tokenUrl="token")'
    assert token(run(deliver_backend, signed_in(scheme), auth="none")) == NONE


def test_where_the_sign_in_is_not_known_a_bearer_token_is_asked_for(run: Run) -> None:
    assert token(run(deliver_backend, MAIN)) == ("", *BEARER)


@pytest.mark.parametrize(
    ("path", "page_path", "expected"),
    [
        ("/chatkit", None, "../../chatkit"),
        ("/api/chatkit", "/support/help", "../../../api/chatkit"),
        ("/api/chatkit", "/api/help", "../../chatkit"),
        ("/help", "/help", "../../help"),
    ],
)
def test_the_page_finds_the_chat_below_any_prefix(
    path: str, page_path: str | None, expected: str, run: Run
) -> None:
    edited = run(deliver_backend, MAIN, path=path, page_path=page_path)
    assert constants(edited)["CHAT"] == expected
    page = edited.text("app/chatkit_page/page.html")
    name = (page_path or "/chat").rpartition("/")[2]
    found = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert found
    assert all(each.startswith(f"{name}/static/") for each in found)


def test_the_page_is_titled_as_the_application(run: Run) -> None:
    project = '[project]\nname = "Fish & <Chips>"\n'
    edited = run(deliver_backend, MAIN | {"pyproject.toml": project})
    assert "<title>Fish &amp; &lt;Chips&gt;</title>" in edited.text("app/chatkit_page/page.html")


LOGIN = """

class Credentials(BaseModel):
    NAMED: str
    password: str


@app.post("/auth/login")
def login(given: Credentials):
    return {"token": "of who is given"}
"""


@pytest.mark.parametrize(("field", "label"), [("email", "Email"), ("username", "User name")])
def test_people_sign_in_by_what_the_login_takes(run: Run, field: str, label: str) -> None:
    files = signed_in("HTTPBearer()")
    files["app/main.py"] += LOGIN.replace("NAMED", field)
    edited = run(deliver_backend, files)
    found = constants(edited)
    assert (found["SIGN_IN"], found["SIGN_IN_NAME"], found["SIGN_IN_TOKEN"]) == (
        "../../auth/login",
        field,
        "token",
    )
    assert f"<label>{label} <input" in edited.text("app/chatkit_page/page.html")


def test_nothing_is_inline(run: Run) -> None:
    page = run(deliver_backend, MAIN).text("app/chatkit_page/page.html")
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*src=)", page)


def test_features_are_switched_on(run: Run) -> None:
    found = constants(run(deliver_backend, MAIN, features=("attachments", "transcription")))
    assert (found["ATTACHMENTS"], found["DICTATION"]) == ("on", "on")
    off = constants(run(deliver_backend, MAIN | {"b/x.txt": ""}))
    assert (off["ATTACHMENTS"], off["DICTATION"]) == ("off", "off")


def test_without_a_page_none_is_delivered_or_served(run: Run) -> None:
    edited = run(deliver_backend, MAIN, page="none")
    assert not [path for path in edited.changed if "chatkit_page" in path]
    line = "app.include_router(create_chatkit_router(current_user=VerifiedUser(), page=None))"
    assert line in run(mount_router, MAIN, page="none").text("app/main.py")


def test_another_route_of_the_page_is_given_to_the_router(run: Run) -> None:
    text = run(mount_router, MAIN, page_path="/help").text("app/main.py")
    assert 'create_chatkit_router(current_user=VerifiedUser(), page="/help")' in text
    assert "page=" not in run(mount_router, MAIN, page_path="/chat").text("app/main.py")


@pytest.mark.parametrize(
    "route",
    [
        '@app.get("/chat")',
        "@app.post('/chat/')",
        '@app.get("/chat/{room}")',
        'router = APIRouter(prefix="/chat")',
    ],
)
def test_a_route_that_the_application_has_is_left_to_it(route: str, run: Run) -> None:
    body = "" if route.startswith("router") else "\ndef own() -> None: ..."
    main = f"from fastapi import APIRouter, FastAPI\n\napp = FastAPI()\n\n{route}{body}\n"
    edited = run(mount_router, {"app/__init__.py": "", "app/main.py": main})
    assert edited.options.page_path == "/chatkit/page"
    assert 'page="/chatkit/page"' in edited.text("app/main.py")


def test_a_route_in_a_test_is_none_of_the_application(run: Run) -> None:
    tests = {"tests/test_it.py": 'PATH = "/chat"\n', "app/names.py": 'NAME = "/chatter"\n'}
    assert run(mount_router, MAIN | tests).options.page_path == "/chat"


def test_a_sidecar_has_the_page_too(run: Run) -> None:
    asked = {"mode": "sidecar", "page_path": "/help"}
    edited = run(deliver_backend, MAIN, **asked)
    assert constants(edited, "chatkit-sidecar/chat")["CHAT"] == "../../chatkit"
    assert 'page="/help"' in run(deliver_service, MAIN, **asked).text(
        "chatkit-sidecar/chat/main.py"
    )


def test_every_file_of_the_page_may_be_planned() -> None:
    files = [path for path in (REFERENCE / "chatkit_page").rglob("*") if path.is_file()]
    named = [path.relative_to(REFERENCE).as_posix() for path in files]
    assert [each for each in named if not_planned(f"app/{each}")] == []
