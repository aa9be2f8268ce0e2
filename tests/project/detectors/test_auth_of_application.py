"""Only the sign-in of the chosen application counts, and what cannot be told is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.errors import BadOption, SeveralSignIns
from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.plan.plan import Plan, make_plan
from chatkit_agent.project.read import read_project

SIGN_IN = """
from typing import Annotated
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer
from pydantic import BaseModel

scheme = OAuth2PasswordBearer(tokenUrl="token")


class {kind}(BaseModel):
    username: str


async def {name}(token: Annotated[str, Depends(scheme)]) -> {kind}:
    if token != "{word}":
        raise HTTPException(401)
    return {kind}(username="{word}")
"""
ROUTE = """
@app.get("/me")
async def me(user: Annotated[{kind}, Depends({name})]) -> {kind}:
    return user
"""


def sign_in(word: str, name: str = "get_current_user", kind: str = "User") -> str:
    return SIGN_IN.format(word=word, name=name, kind=kind)


def application(word: str, name: str = "get_current_user") -> str:
    route = ROUTE.format(name=name, kind="User")
    return f"{sign_in(word, name)}\napp = FastAPI()\n{route}"


def planned(root: Path, files: dict[str, str], app: str | None = None, **asked: str) -> Plan:
    for path, text in {"requirements.txt": "fastapi\nuvicorn\n", **files}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    user = asked.get("current_user")
    project = read_project(root, app=app, current_user=user)
    return make_plan(project, RequestedOptions(app=app, **asked))  # type: ignore[arg-type]


def main_of(plan: Plan, path: str) -> str:
    return next(each.after.decode() for each in plan.changes if each.path == path)


@pytest.mark.parametrize("chosen", ["alpha", "beta"])
def test_another_applications_sign_in_is_never_taken(tmp_path: Path, chosen: str) -> None:
    files = {"alpha.py": application("alpha"), "beta.py": application("beta")}
    plan = planned(tmp_path, files, app=f"{chosen}:app")
    assert plan.options.user is not None
    assert plan.options.user.file == f"{chosen}.py"
    assert "import get_current_user" not in main_of(plan, f"{chosen}.py")


def test_a_sign_in_that_only_another_application_imports_is_not_ours(tmp_path: Path) -> None:
    uses = "from typing import Annotated\nfrom fastapi import Depends, FastAPI\n"
    other = f"{uses}from staff.auth import User, get_current_user\napp = FastAPI()\n"
    files = {
        "staff/__init__.py": "",
        "staff/auth.py": sign_in("staff"),
        "staff/main.py": other + ROUTE.format(kind="User", name="get_current_user"),
        "shop.py": "from fastapi import FastAPI\napp = FastAPI()\n",
    }
    assert planned(tmp_path, files, app="shop:app").options.user is None
    (tmp_path / "shop.py").unlink()
    theirs = planned(tmp_path, files, app="staff.main:app").options.user
    assert theirs is not None
    assert theirs.file == "staff/auth.py"


def test_what_both_import_belongs_to_both(tmp_path: Path) -> None:
    uses = "from typing import Annotated\nfrom fastapi import Depends, FastAPI\nimport auth\n"
    one = f"{uses}from auth import User, get_current_user\napp = FastAPI()\n"
    one += ROUTE.format(kind="User", name="get_current_user")
    files = {"auth.py": sign_in("both"), "alpha.py": one, "beta.py": one}
    user = planned(tmp_path, files, app="beta:app").options.user
    assert user is not None
    assert user.file == "auth.py"


def rivals() -> dict[str, str]:
    main = "from typing import Annotated\nfrom fastapi import Depends, FastAPI\n"
    main += "from customers import Customer, current_customer\n"
    main += "from members import Member, current_member\n"
    main += "app = FastAPI()\n" + ROUTE.format(kind="Customer", name="current_customer")
    main += ROUTE.format(kind="Member", name="current_member")
    return {
        "customers.py": sign_in("customer", "current_customer", "Customer"),
        "members.py": sign_in("member", "current_member", "Member"),
        "main.py": main,
    }


def test_two_kinds_of_users_are_asked_about_and_chosen(tmp_path: Path) -> None:
    with pytest.raises(SeveralSignIns, match=r"customers:current_customer.*members:current_member"):
        planned(tmp_path, rivals())
    plan = planned(tmp_path, rivals(), current_user="members:current_member")
    assert plan.options.user is not None
    assert plan.options.user.name == "current_member"
    assert "current_user=current_member" in main_of(plan, "main.py")


def test_a_current_user_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="no such name"):
        planned(tmp_path, rivals(), current_user="members:nobody")


def test_a_name_that_would_be_shadowed_is_never_imported(tmp_path: Path) -> None:
    main = f"{application('alpha')}\n"
    files = {"main.py": main, "auth.py": sign_in("other", "get_current_user")}
    plan = planned(tmp_path, files, current_user="auth:get_current_user")
    (blocked,) = [each for each in plan.manual_steps if each.edit == "mount_router"]
    assert "already uses the name `get_current_user`" in blocked.reason
    assert not [each for each in plan.changes if each.path == "main.py"]
