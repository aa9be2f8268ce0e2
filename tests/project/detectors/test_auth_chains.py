"""Auth: dependencies that are made elsewhere, by objects, by other modules and by fastapi-users."""

from __future__ import annotations

import pytest

from chatkit_agent.project.detectors.auth import find_auth
from chatkit_agent.project.facts import App

from .conftest import MakeSources
from .signing_in import HEAD, ROUTE, find


def test_one_that_passes_on_what_it_was_given(sources: MakeSources) -> None:
    text = (
        f"{HEAD}def get_current_user(token = Depends(scheme)):\n    return load()\n"
        "def get_active_user(user: User = Depends(get_current_user)):\n    return user\n"
        "def me(user = Depends(get_active_user)): ...\n"
    )
    best = find(sources({"app.py": text})).best
    assert best is not None
    assert (best.name, best.user_id) == ("get_active_user", "user.id")


def test_two_of_the_same_name(sources: MakeSources) -> None:
    def auth(model: str) -> str:
        return (
            f"{HEAD}class {model}:\n    {model.lower()}_id: int\n    id: int\n"
            f"def get_current_user(token = Depends(scheme)) -> {model}:\n    return load()\n"
        )

    use = "from fastapi import Depends\nfrom {0} import get_current_user\n"
    one = f"{use.format('old')}def a(u = Depends(get_current_user)): ...\n"
    two = f"{use.format('new')}def a(u = Depends(get_current_user)): ...\n" * 2
    files = {"old.py": auth("Person"), "new.py": auth("Member"), "one.py": one, "two.py": two}
    files["app.py"] = ""
    assert [each.module for each in find(sources(files)).dependencies] == ["new", "old"]


def test_an_object_that_is_called(sources: MakeSources) -> None:
    text = (
        f"{HEAD}class Guard:\n    def __call__(self, token = Depends(scheme)) -> User:\n"
        "        return load()\n"
        f"get_current_user = Guard()\n{ROUTE}"
    )
    best = find(sources({"app.py": text})).best
    assert best is not None
    assert (best.form, best.user_id) == ("instance", "user.id")


@pytest.mark.parametrize("name", ["current_user", "active"])
@pytest.mark.parametrize(
    ("options", "is_found"),
    [("", True), ("active=True", True), ("optional=True", False), ("superuser=True", False)],
)
def test_fastapi_users(sources: MakeSources, name: str, options: str, is_found: bool) -> None:
    users = (
        "import uuid\nfrom fastapi import Depends\nfrom fastapi_users import FastAPIUsers\n"
        "from fastapi_users.db import SQLAlchemyBaseUserTableUUID\n"
        "class User(SQLAlchemyBaseUserTableUUID, Base): ...\n"
        "fastapi_users = FastAPIUsers[User, uuid.UUID](manager, [backend])\n"
        f"{name} = fastapi_users.current_user({options})\n"
        f"def me(user = Depends({name})): ...\n"
    )
    found = find(sources({"users.py": users})).best
    assert (found is not None) == is_found
    assert found is None or (found.form, found.user_id) == ("instance", "user.id")


def test_the_module_is_named_from_the_import_root(sources: MakeSources) -> None:
    text = (
        f"{HEAD}def get_current_user(token = Depends(scheme)) -> User:\n    return load()\n{ROUTE}"
    )
    app = App("main:app", "module", "back/main.py", "back", "back/main.py", None, "app")
    made = sources({"back/security/auth.py": text, "elsewhere/auth.py": text})
    assert [each.module for each in find_auth(made, app).dependencies] == ["security.auth"]


FASTAPI_USERS = """
import uuid
from fastapi import Depends
from fastapi_users import BaseUserManager, FastAPIUsers, UUIDIDMixin
from models import User
class UserManager(UUIDIDMixin, BaseUserManager[User, uuid.UUID]): ...
async def get_user_manager(user_db = Depends(get_user_db)):
    yield UserManager(user_db)
fastapi_users = FastAPIUsers[User, uuid.UUID](get_user_manager, [auth_backend])
"""
USER_TABLE = (
    "from fastapi_users.db import SQLAlchemyBaseUserTableUUID\n"
    "class User(SQLAlchemyBaseUserTableUUID, Base): ...\n"
)


@pytest.mark.parametrize(
    ("made", "name"),
    [
        (
            "current_active_user = fastapi_users.current_user(active=True)\n",
            "current_active_user",
        ),
        (
            "current_active_user = fastapi_users.current_user(active=True)\n"
            "def user_in_tenant(user: User = Depends(current_active_user)) -> User:\n"
            "    return user\n",
            "user_in_tenant",
        ),
        ("maybe_user = fastapi_users.current_user(active=True, optional=True)\n", None),
        ("editing_user = fastapi_users.current_user(active=True, superuser=True)\n", None),
        ("user_token = fastapi_users.authenticator.current_user_token(active=True)\n", None),
    ],
)
def test_fastapi_users_over_three_modules(
    sources: MakeSources, made: str, name: str | None
) -> None:
    asked = made.strip().split(" = ")[0] if name is None else name
    route = (
        f"from typing import Annotated\nfrom fastapi import Depends\nfrom users import {asked}\n"
        f"from models import User\nSignedIn = Annotated[User, Depends({asked})]\n"
        "def me(user: SignedIn): ...\n"
    )
    files = {"app.py": route, "users.py": f"{FASTAPI_USERS}{made}", "models.py": USER_TABLE}
    best = find(sources(files)).best
    assert (best and best.name) == name
    assert best is None or best.user_id == "user.id"


@pytest.mark.parametrize(
    ("inner", "outer"),
    [
        ("Depends(security.get_current_user)", "Depends(get_current_active_user)"),
        ("Security(security.get_current_user, scopes=['me'])", "Depends(get_current_active_user)"),
        (
            "Depends(security.get_current_user)",
            "Security(get_current_active_user, scopes=['items'])",
        ),
    ],
)
def test_a_chain_over_modules(sources: MakeSources, inner: str, outer: str) -> None:
    security = (
        "from typing import Annotated\nfrom fastapi import Depends\n"
        "from fastapi.security import OAuth2PasswordBearer, SecurityScopes\n"
        "TokenDep = Annotated[str, Depends(OAuth2PasswordBearer(tokenUrl='token'))]\n"
        "async def get_current_user(scopes: SecurityScopes, token: TokenDep, db: Db):\n"
        "    user = await load(token)\n    if user is None:\n        raise Refused\n"
        "    return user\n"
    )
    deps = (
        "from typing import Annotated\nfrom fastapi import Depends, Security\nimport security\n"
        "from models import User\n"
        f"async def get_current_active_user(user: Annotated[User, {inner}]):\n"
        "    if user.disabled:\n        raise Refused\n    return user\n"
        f"CurrentUser = Annotated[User, {outer}]\n"
    )
    models = "class User(BaseModel):\n    username: str\n    disabled: bool\n"
    files = {"security.py": security, "deps.py": deps, "models.py": models}
    files["app.py"] = "from deps import CurrentUser\ndef me(user: CurrentUser): ...\n"
    best = find(sources(files)).best
    assert best is not None
    assert (best.name, best.module, best.user_id) == (
        "get_current_active_user",
        "deps",
        "user.username",
    )
    assert "OAuth2PasswordBearer" in best.evidence


@pytest.mark.parametrize(
    ("made", "expression"),
    [
        ("Guard(sessions)", "user.id"),
        ("Guard(settings=settings)", "user.id"),
        ('Guard(roles=["editor"])', None),
        ("Guard(Permission.WRITE)", None),
    ],
)
def test_an_object_for_everybody_or_for_some(
    sources: MakeSources, made: str, expression: str | None
) -> None:
    text = (
        f"{HEAD}class Guard:\n    def __init__(self, given): ...\n"
        "    async def __call__(self, token: str = Depends(scheme)) -> User:\n"
        f"        return load(token)\nget_current_user = {made}\n{ROUTE}"
    )
    found = find(sources({"app.py": text}))
    assert (found.best and found.best.user_id) == expression
    assert any("only some" in each for each in found.not_used) == (expression is None)


def signing(model: str) -> str:
    return (
        f"{HEAD}class {model}:\n    id: int\n"
        f"def get_current_user(token = Depends(scheme)) -> {model}:\n    return load()\n"
    )


def asking(module: str, times: int) -> str:
    use = f"from fastapi import Depends\nfrom {module} import get_current_user\n"
    return use + "def a(u = Depends(get_current_user)): ...\n" * times


@pytest.mark.parametrize(
    ("imports", "modules"),
    [
        ("import one\n", ["old"]),
        ("from one import *\n", ["old"]),
        ("import one, two\n", ["new", "old"]),
        # What else is imported by its name cannot be told.
        ("import one, importlib\nimportlib.import_module(NAME)\n", ["new", "old"]),
        ("", ["new", "old"]),
    ],
)
def test_one_that_the_application_imports(
    sources: MakeSources, imports: str, modules: list[str]
) -> None:
    files = {"old.py": signing("Person"), "new.py": signing("Member"), "app.py": imports}
    files |= {"one.py": asking("old", 1), "two.py": asking("new", 3)}
    auth = find(sources(files))
    assert [each.module for each in auth.dependencies] == modules
    assert not auth.rivals


@pytest.mark.parametrize(
    ("route", "name"),
    [
        ("user: User = Depends(fastapi_users.current_user())", "fastapi_users.current_user()"),
        (
            "user: Annotated[User, Depends(fastapi_users.current_user(\n    active=True\n))]",
            "fastapi_users.current_user(active=True)",
        ),
        ("user = Depends(fastapi_users.current_user(optional=True))", None),
        ("user = Depends(fastapi_users.current_user(active=True, superuser=True))", None),
        ("", "fastapi_users.current_user(active=True)"),
    ],
)
def test_fastapi_users_asked_for_in_place(
    sources: MakeSources, route: str, name: str | None
) -> None:
    app = (
        "from typing import Annotated\nfrom fastapi import Depends\nfrom models import User\n"
        f"from users import fastapi_users\ndef me({route}): ...\n"
    )
    best = find(sources({"app.py": app, "users.py": FASTAPI_USERS, "models.py": USER_TABLE})).best
    assert (best and best.name) == name
    assert best is None or (best.bound, best.user_id) == ("fastapi_users", "user.id")


@pytest.mark.parametrize(
    ("made", "asked", "name"),
    [
        ("", "Depends(signed_in_user())", "signed_in_user()"),
        ("", "Depends(signed_in_user(active=True))", "signed_in_user(active=True)"),
        ("current_user = signed_in_user()\n", "Depends(current_user)", "current_user"),
        (
            "current_user = partial(load_user, active=True)\n",
            "Depends(current_user)",
            "current_user",
        ),
    ],
)
def test_a_function_that_another_makes(
    sources: MakeSources, made: str, asked: str, name: str
) -> None:
    text = (
        f"from functools import partial\n{HEAD}"
        "def load_user(token = Depends(scheme), active: bool = False) -> User:\n"
        "    return load()\n"
        "def signed_in_user(active=True):\n    def dependency(token = Depends(scheme)) -> User:\n"
        f"        return load()\n    return dependency\n{made}def me(user = {asked}): ...\n"
    )
    best = find(sources({"app.py": text})).best
    assert best is not None
    assert (best.name, best.user_id) == (name, "user.id")


PROVIDER = """
import jwt
from fastapi import Depends
from fastapi.security import HTTPBearer
class VerifyToken:
    def __init__(self):
        self.keys = jwt.PyJWKClient(URL)
    def verify(self, token = Depends(HTTPBearer())):
        key = self.keys.get_signing_key_from_jwt(token.credentials).key
        payload = jwt.decode(token.credentials, key, algorithms=["RS256"]{options})
        return payload
"""


@pytest.mark.parametrize(
    ("options", "user_id"),
    [("", 'user["sub"]'), (', options={"verify_signature": False}', None)],
)
def test_the_claims_of_a_provider_by_a_method_of_another_file(
    sources: MakeSources, options: str, user_id: str | None
) -> None:
    app = (
        "from fastapi import Security\nfrom security import VerifyToken\nauth = VerifyToken()\n"
        "def me(claims = Security(auth.verify)): ...\n"
    )
    security = PROVIDER.replace("{options}", options)
    best = find(sources({"app.py": app, "security.py": security})).best
    assert (best and best.user_id) == user_id
