"""Notes on the sign-in: one that was not recognised is told, with the ways on."""

from __future__ import annotations

from pathlib import Path

from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.plan.plan import Plan, make_plan, unified_diff
from chatkit_agent.project.read import read_project

HEAD = """
import os
import jwt
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Request
from fastapi.security import APIKeyHeader, HTTPBearer, OAuth2PasswordBearer
app = FastAPI()
scheme = OAuth2PasswordBearer(tokenUrl="token")
"""
DECODE = 'jwt.decode(token, {key}, algorithms=["HS256"])["sub"]'


def planned(root: Path, text: str, asked: RequestedOptions | None = None) -> Plan:
    (root / "main.py").write_text(HEAD + text)
    (root / "requirements.txt").write_text("fastapi\nuvicorn\npyjwt\n")
    return make_plan(read_project(root), asked)


SECRET = """
def verify_secret(given = Depends(HTTPBearer())) -> None:
    if given.credentials != os.environ["SECRET"]:
        raise HTTPException(403)
router = APIRouter(dependencies=[Depends(verify_secret)])
"""
KEY = """
def verify_key(x_api_key: str = Header(...)) -> None:
    if x_api_key != os.environ["SECRET"]:
        raise HTTPException(403)
router = APIRouter(dependencies=[Depends(verify_key)])
"""


def test_what_was_not_recognised_is_told_with_the_ways_on(tmp_path: Path) -> None:
    plan = planned(tmp_path, SECRET)
    (note,) = [each for each in plan.notes if "sign-in was not recognised" in each]
    assert "`verify_secret` in `main.py` asks for a credential (HTTPBearer)" in note
    assert "--current-user MODULE:NAME" in note
    assert "--auth none" in note
    assert plan.options.auth == "jwt"


def test_beside_the_application_a_dependency_cannot_be_asked(tmp_path: Path) -> None:
    plan = planned(tmp_path, SECRET, RequestedOptions(mode="sidecar"))
    (note,) = [each for each in plan.notes if "sign-in was not recognised" in each]
    assert "--mode in-process" in note
    assert "_CHATKIT_JWKS_URL" in note


def test_beside_the_application_a_key_is_unknown_and_that_is_told(tmp_path: Path) -> None:
    plan = planned(tmp_path, KEY, RequestedOptions(mode="sidecar"))
    assert (plan.options.auth, plan.options.user) == ("jwt", None)
    (note,) = [each for each in plan.notes if "`verify_key`" in each]
    assert "are unknown to it" in note
    assert "--mode in-process" in note
    assert "_CHATKIT_JWT_SECRET" in note


def test_what_is_named_is_asked_whatever_its_form(tmp_path: Path) -> None:
    made = (
        "def require_user(role = None):\n    def inner(token = Depends(scheme)): ...\n"
        "    return inner\nsigned_in = require_user()\n"
        "class Auth:\n    @classmethod\n    def who(cls, token = Depends(scheme)): ...\n"
        "@app.get('/me')\ndef me(user = Depends(require_user())): ...\n"
    )
    (note,) = [each for each in planned(tmp_path, made).notes if "not recognised" in each]
    assert "`signed_in = require_user()`" in note
    for name in ("signed_in", "Auth.who"):
        (tmp_path / "main.py").write_text(HEAD + made)
        project = read_project(tmp_path, current_user=f"main:{name}")
        plan = make_plan(project, RequestedOptions(current_user=f"main:{name}"))
        assert plan.options.user is not None
        assert f"current_user={name}" in unified_diff(plan)


def test_without_a_sign_in_nothing_is_told(tmp_path: Path) -> None:
    assert not any("sign-in" in note for note in planned(tmp_path, "").notes)


MIDDLEWARE = (
    "@app.middleware('http')\nasync def auth(request: Request, call_next):\n"
    "    token = request.headers['Authorization'].removeprefix('Bearer ')\n"
    f"    request.state.user = {DECODE}\n    return await call_next(request)\n"
)


def test_the_chat_uses_the_applications_own_variable(tmp_path: Path) -> None:
    plan = planned(tmp_path, MIDDLEWARE.format(key='os.environ["OUR_KEY"]'))
    assert (plan.options.auth, plan.options.user) == ("existing", None)
    assert plan.options.verifies_tokens
    (note,) = [each for each in plan.notes if "application's own tokens" in each]
    assert "`OUR_KEY`" in note
    assert "the middleware `auth`" in note
    assert "--current-user MODULE:NAME" in note
    required = [each.name for each in plan.environment if each.required]
    assert "OUR_KEY" in required
    assert not any(name.endswith("JWT_SECRET") for name in required)


def test_a_secret_in_the_code_and_the_chats_have_to_be_equal(tmp_path: Path) -> None:
    plan = planned(tmp_path, MIDDLEWARE.format(key='"written down here"'))
    assert plan.options.auth == "jwt"
    (note,) = [each for each in plan.notes if "one value" in each]
    assert "JWT_SECRET" in note
    assert "written down here" not in "".join(plan.notes)


def test_a_second_verifier_that_was_asked_for(tmp_path: Path) -> None:
    text = (
        "def get_current_user(token: str = Depends(scheme)) -> str:\n"
        f"    return {DECODE.format(key='os.environ[OURS]')}\n"
        "@app.get('/me')\ndef me(user = Depends(get_current_user)): ...\n"
    )
    text = text.replace("OURS", '"OUR_KEY"')
    plan = planned(tmp_path, text, RequestedOptions(auth="jwt"))
    told = " ".join(plan.notes)
    assert "`get_current_user` in `main.py`" in told
    assert "--auth existing" in told
    assert "`OUR_KEY`" in told
    assert "one value" in told
    assert not any("sign-in" in each for each in planned(tmp_path, text).notes)


def test_a_place_of_start_that_nothing_tells_is_told(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_text(HEAD)
    (tmp_path / "requirements.txt").write_text("fastapi\n")
    (note,) = [each for each in make_plan(read_project(tmp_path)).notes if "started" in each]
    assert "taken for `main:app`" in note
    assert "`--app app.main:app`" in note
    named = make_plan(read_project(tmp_path, app="app.main:app"))
    assert not [each for each in named.notes if "started" in each]
    (tmp_path / "requirements.txt").rename(tmp_path / "app" / "requirements.txt")
    assert not [n for n in make_plan(read_project(tmp_path)).notes if "started" in n]


def test_what_a_killed_run_left_in_a_clone_is_told(tmp_path: Path) -> None:
    assert not [each for each in planned(tmp_path, "").notes if "killed" in each]
    (tmp_path / ".main.py.0a0b0c0d.old").write_text("before")
    (note,) = [each for each in planned(tmp_path, "").notes if "killed" in each]
    assert "left `.main.py.0a0b0c0d.old`" in note
