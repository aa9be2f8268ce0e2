"""Auth: whose dependency gives the user, by what it does; and which only look like it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from chatkit_agent.facts import App, Auth
from chatkit_agent.finders.auth import find_auth
from chatkit_agent.reading.sources import Sources

MakeSources = Callable[[Mapping[str, str | bytes]], Sources]
HEAD = """
from typing import Annotated, Any, Optional
from dataclasses import dataclass
from fastapi import Cookie, Depends, FastAPI, Header, HTTPException, Request, Security
from fastapi.security import HTTPBearer, OAuth2PasswordBearer
scheme = OAuth2PasswordBearer(tokenUrl="token")
@dataclass
class User:
    name: str
    id: int
"""
ROUTE = "\n@app.get('/me')\ndef me(user = Depends(get_current_user)): ...\n"


def find(made: Sources) -> Auth:
    return find_auth(made, App("app:app", "module", "app.py", "", "app.py", None, "app"))


def test_the_usual_one(sources: MakeSources) -> None:
    text = f"{HEAD}def get_current_user(token: str = Depends(scheme)) -> User: ...\n{ROUTE}"
    text = text.replace("User: ...", "User:\n    return load(token)")
    auth = find(sources({"app.py": text}))
    assert auth.best is not None
    assert (auth.best.name, auth.best.module, auth.best.file) == (
        "get_current_user",
        "app",
        "app.py",
    )
    assert (auth.best.user_id, auth.best.form) == ("user.id", "function")
    assert "OAuth2PasswordBearer" in auth.best.evidence
    assert auth.schemes == ("HTTPBearer", "OAuth2PasswordBearer")


@pytest.mark.parametrize(
    ("returns", "body", "expression"),
    [
        ("-> User", "return load(token)", "user.id"),
        ('-> "User"', "return load(token)", "user.id"),
        ("-> Annotated[User, 'x']", "return load(token)", "user.id"),
        ("-> dict", 'return {"name": "x", "id": 1}', 'user["id"]'),
        ("-> dict[str, Any]", 'found = {"user_id": 1}\n    return found', 'user["user_id"]'),
        ("", 'return {"sub": token}', 'user["sub"]'),
        ("", 'p = decode(token)\n    check(p["sub"])\n    return p', 'user["sub"]'),
        ("", 'p = decode(token)\n    check(p.get("sub"))\n    return p', 'user["sub"]'),
        ("-> str", 'return decode(token)["sub"]', "user"),
        ("", "return User(name=token, id=1)", "user.id"),
        (
            "",
            "user = db.query(User).filter(User.name == token).first()\n    return user",
            "user.id",
        ),
        ("", "found = db.get(User, 1)\n    user = found\n    return user", "user.id"),
        ("", "return by_name(token)", "user.id"),
    ],
)
def test_the_id_is_what_is_really_returned(
    sources: MakeSources, returns: str, body: str, expression: str
) -> None:
    text = (
        f"{HEAD}def by_name(name) -> Optional[User]:\n    return db.get(name)\n"
        f"def get_current_user(token: str = Depends(scheme)) {returns}:\n    {body}\n{ROUTE}"
    )
    best = find(sources({"app.py": text})).best
    assert best is not None
    assert best.user_id == expression


@pytest.mark.parametrize(
    ("model", "expression"),
    [
        ("class User(BaseModel):\n    username: str\n    email: str\n", "user.username"),
        ("class User(BaseModel):\n    email: str\n    user_id: int\n", "user.user_id"),
        (
            "class User(Base):\n    uid = Column(Integer, primary_key=True)\n    id = 1\n",
            "user.uid",
        ),
        (
            "class User(SQLModel, table=True):\n"
            "    key: int | None = Field(default=None, primary_key=True)\n    id: int\n",
            "user.key",
        ),
        ("class Key:\n    id: int\nclass User(Key):\n    name: str\n", "user.id"),
        ("class User:\n    def __init__(self, claims):\n        self.sub = claims\n", "user.sub"),
        ("class User:\n    @property\n    def id(self): ...\n", "user.id"),
        ("class User(Document):\n    name: str\n", "user.id"),
        ("class User(TypedDict):\n    id: int\n", 'user["id"]'),
    ],
)
def test_the_id_is_an_attribute_that_is_there(
    sources: MakeSources, model: str, expression: str
) -> None:
    text = (
        f"{HEAD}{model}def get_current_user(token: str = Depends(scheme)) -> User:\n"
        f"    return load(token)\n{ROUTE}"
    )
    best = find(sources({"app.py": text})).best
    assert best is not None
    assert best.user_id == expression


@pytest.mark.parametrize(
    "function",
    [
        # nobody proves anything
        "def get_current_user(x_user_id: str = Header()) -> User:\n    return load()",
        "def get_current_user(user_id: int) -> User:\n    return load()",
        "def get_current_user(db = Depends(get_db)) -> User:\n    return load()",
        # there may be no user
        "def get_current_user(token = Depends(scheme)) -> User | None:\n    return load()",
        "def get_current_user(token = Depends(scheme)) -> Optional[User]:\n    return load()",
        "def get_current_user(token = Depends(scheme)):\n    if not token:\n        return None\n"
        "    return User()",
        "def get_current_user(token = Depends(scheme)):\n    if not token:\n        return\n"
        "    return User()",
        # nothing tells the id
        "def get_current_user(token = Depends(scheme)):\n    return load(token)",
        "def get_current_user(token = Depends(scheme)) -> dict:\n    return load(token)",
        "def get_current_user(token = Depends(scheme)) -> theirs.User:\n    return load(token)",
        'def get_current_user(token = Depends(scheme)):\n    if x:\n        return {"id": 1}\n'
        '    return {"name": 1}',
        "class Nameless:\n    rank: int\n"
        "def get_current_user(token = Depends(scheme)) -> Nameless:\n    return load(token)",
    ],
)
def test_what_is_left_out(sources: MakeSources, function: str) -> None:
    assert find(sources({"app.py": f"{HEAD}{function}\n{ROUTE}"})).dependencies == ()


@pytest.mark.parametrize(
    "name", ["get_current_admin", "get_optional_user", "require_superuser", "current_user_or_none"]
)
def test_who_is_not_everybody(sources: MakeSources, name: str) -> None:
    text = f"{HEAD}def {name}(token = Depends(scheme)) -> User:\n    return load()\n{ROUTE}"
    made = sources({"app.py": text.replace("Depends(get_current_user)", f"Depends({name})")})
    assert find(made).dependencies == ()


@pytest.mark.parametrize("name", ["get_current_tenant", "login_page", "get_auth_settings"])
def test_what_is_not_a_person(sources: MakeSources, name: str) -> None:
    text = (
        f"{HEAD}class Thing:\n    id: int\n"
        f"def {name}(token = Depends(scheme)) -> Thing:\n    return load()\n{ROUTE}"
    )
    made = sources({"app.py": text.replace("Depends(get_current_user)", f"Depends({name})")})
    assert find(made).dependencies == ()


@pytest.mark.parametrize(
    "parameter",
    [
        "token: str = Depends(scheme)",
        "token: str = Security(scheme, scopes=['me'])",
        "token: Annotated[str, Depends(scheme)]",
        "token: Token",
        "claims = Depends(verified)",
        "credentials = Depends(HTTPBearer())",
        "credentials = Depends(Mine())",
        "authorization: str = Header()",
        "session_id: Annotated[str, Cookie()]",
    ],
)
def test_the_caller_is_proved_by(sources: MakeSources, parameter: str) -> None:
    text = (
        f"{HEAD}Token = Annotated[str, Depends(scheme)]\nclass Mine(HTTPBearer): ...\n"
        "def verified(token: Token): ...\n"
        f"def get_current_user({parameter}) -> User:\n    return load()\n{ROUTE}"
    )
    assert find(sources({"app.py": text})).best is not None


def test_the_one_that_routes_ask_for(sources: MakeSources) -> None:
    auth = (
        f"{HEAD}def get_current_user(token = Depends(scheme)) -> User:\n    return load()\n"
        "def get_active_user(user = Depends(get_current_user)) -> User:\n    return user\n"
        "def get_admin(user = Depends(get_current_user)) -> User:\n    return user\n"
        "ActiveUser = Annotated[User, Depends(get_active_user)]\n"
    )
    routes = (
        "from auth import ActiveUser, get_current_user\nfrom fastapi import Depends\n"
        "def one(user: ActiveUser): ...\ndef two(user: ActiveUser): ...\n"
        "def three(user = Depends(get_current_user)): ...\n"
    )
    found = find(sources({"auth.py": auth, "app.py": routes}))
    assert [each.name for each in found.dependencies] == ["get_active_user", "get_current_user"]
    assert "asked for in 2 places" in found.dependencies[0].evidence


@pytest.mark.parametrize(
    ("function", "route", "expression"),
    [
        # nothing in the function tells, the routes do
        ("(token = Depends(scheme)):", "user: User = Depends(get_current_user)): ...", "user.id"),
        (
            "(token = Depends(scheme)):",
            "user: Annotated[User, Depends(get_current_user)]): ...",
            "user.id",
        ),
        (
            "(token = Depends(scheme)) -> dict[str, Any]:",
            "user: Annotated[dict, Depends(get_current_user)]): return user['id']",
            'user["id"]',
        ),
        # what it says itself is not overruled
        (
            "(token = Depends(scheme)) -> dict:",
            "user: User = Depends(get_current_user)): ...",
            None,
        ),
        ("(token = Depends(scheme)) -> Any:", "user: User = Depends(get_current_user)): ...", None),
        ("(token = Depends(scheme)):", "user: int = Depends(get_current_user)): ...", None),
    ],
)
def test_what_routes_take_the_user_for(
    sources: MakeSources, function: str, route: str, expression: str | None
) -> None:
    text = f"{HEAD}def get_current_user{function}\n    return load(token)\ndef me({route}\n"
    best = find(sources({"app.py": text})).best
    assert (best and best.user_id) == expression


def test_an_annotation_that_the_body_contradicts(sources: MakeSources) -> None:
    text = (
        f"{HEAD}def get_current_user(token = Depends(scheme)) -> User | None:\n"
        f"    if user := load():\n        return user\n    raise Refused\n{ROUTE}"
    )
    best = find(sources({"app.py": text})).best
    assert best is not None
    assert best.user_id == "user.id"


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
    assert [each.module for each in find(sources(files)).dependencies] == ["new", "old"]


def test_one_that_no_route_asks_for_yet(sources: MakeSources) -> None:
    text = f"{HEAD}def get_current_user(token = Depends(scheme)) -> User:\n    return load()\n"
    best = find(sources({"app.py": text})).best
    assert best is not None
    assert "asked for in 0 places" in best.evidence


def test_an_object_that_is_called(sources: MakeSources) -> None:
    text = (
        f"{HEAD}class Guard:\n    def __call__(self, token = Depends(scheme)) -> User:\n"
        "        return load()\n"
        f"get_current_user = Guard()\n{ROUTE}"
    )
    best = find(sources({"app.py": text})).best
    assert best is not None
    assert (best.form, best.user_id) == ("instance", "user.id")


@pytest.mark.parametrize(
    ("options", "is_found"),
    [("", True), ("active=True", True), ("optional=True", False), ("superuser=True", False)],
)
def test_fastapi_users(sources: MakeSources, options: str, is_found: bool) -> None:
    users = (
        "import uuid\nfrom fastapi import Depends\nfrom fastapi_users import FastAPIUsers\n"
        "from fastapi_users.db import SQLAlchemyBaseUserTableUUID\n"
        "class User(SQLAlchemyBaseUserTableUUID, Base): ...\n"
        "fastapi_users = FastAPIUsers[User, uuid.UUID](manager, [backend])\n"
        f"current_user = fastapi_users.current_user({options})\n"
        "def me(user = Depends(current_user)): ...\n"
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


COOKIE = "from fastapi.security import APIKeyCookie\n"
KNOWN = """(request: Request, db = Depends(get_db)):
    user_id = request.session.get("user_id")
    if user_id is None:
        raise HTTPException(401)
    return """


@pytest.mark.parametrize(
    ("function", "expression"),
    [
        # sessions and cookies
        (f"{KNOWN}user_id", "user"),
        (f"{KNOWN}db.get(User, user_id)", "user.id"),
        ('(request: Request):\n    return request.session["user_id"]', "user"),
        ('(request: Request) -> User:\n    return load(request.cookies["sid"])', "user.id"),
        ("(sid: str = Depends(APIKeyCookie(name='sid'))) -> User:\n    return load()", "user.id"),
        (
            "(sid: Annotated[str | None, Cookie()] = None, db = Depends(get_db)):\n"
            "    user = db.scalar(select(User).where(User.sid == sid))\n"
            "    if user is None:\n        raise HTTPException(401)\n    return user",
            "user.id",
        ),
        # what a middleware has verified
        ("(request: Request) -> User:\n    return request.state.user", "user.id"),
        (
            '(request: Request) -> User:\n    user = getattr(request.state, "user", None)\n'
            "    if user is None:\n        raise HTTPException(401)\n    return user",
            "user.id",
        ),
        ("(request: Request) -> str:\n    return request.state.user_id", "user"),
        ("(request: Request) -> User:\n    return request.user", "user.id"),
        # a token in the request
        ("(request: Request) -> User:\n    return verify(request)", "user.id"),
        ("(request: Request) -> User:\n    return load(request.headers)", "user.id"),
        ('(request: Request) -> User:\n    return of(request.headers["X-Auth-Token"])', "user.id"),
    ],
)
def test_what_a_request_proves(sources: MakeSources, function: str, expression: str) -> None:
    text = f"{HEAD}{COOKIE}async def get_current_user{function}\n{ROUTE}"
    best = find(sources({"app.py": text})).best
    assert best is not None
    assert best.user_id == expression


@pytest.mark.parametrize(
    "function",
    [
        # anybody can write these
        '(request: Request) -> str:\n    return request.headers["X-User-ID"]',
        '(request: Request) -> User:\n    return load(request.headers.get("x-user-id"))',
        '(request: Request) -> User:\n    return load(request.query_params["user"])',
        '(request: Request) -> User:\n    return load(request.path_params["user_id"])',
        '(request: Request) -> User:\n    return load(request.cookies["user_id"])',
        "(request: Request) -> User:\n    return load(request.client.host)",
        "(request: Request) -> User:\n    return load()",
        "(user_id: Annotated[int, Cookie()]) -> User:\n    return load(user_id)",
        # the token or the cookie itself is nobody's id
        "(token: str = Depends(scheme)) -> str:\n    return token",
        "(given = Depends(HTTPBearer())) -> str:\n    return given.credentials",
        "(given = Depends(HTTPBearer())) -> str:\n    key = given.credentials\n    return key",
        "(sid: str = Depends(APIKeyCookie(name='sid'))) -> str:\n    return sid",
        "(theme: str = Cookie('light')) -> str:\n    return theme",
        '(request: Request) -> str:\n    return request.cookies["sid"]',
        "(passed: str = Depends(passing_on)) -> str:\n    return passed",
        # there may be no user
        '(request: Request):\n    return request.session.get("user_id")',
        '(request: Request):\n    return getattr(request.state, "user", None)',
        "(request: Request) -> User | None:\n    return request.state.user",
        "(request: Request) -> User:\n    if not request.session:\n        return GUEST\n"
        "    return load(request.session['user_id'])",
        # nothing tells the id
        "(request: Request):\n    return request.state.user",
        '(request: Request):\n    return request.session["cart"]',
    ],
)
def test_what_a_request_does_not_prove(sources: MakeSources, function: str) -> None:
    passing_on = "def passing_on(token: str = Depends(scheme)) -> str:\n    return token\n"
    text = f"{HEAD}{COOKIE}{passing_on}async def get_current_user{function}\n{ROUTE}"
    assert find(sources({"app.py": text})).dependencies == ()


@pytest.mark.parametrize(
    ("returns", "given", "expression"),
    [
        ("-> User", "load(credentials.credentials)", "user.id"),
        ("-> str", 'decode(credentials.credentials)["sub"]', "user"),
        ("-> dict", '{"sub": decode(credentials.credentials)}', 'user["sub"]'),
        ("-> str", "credentials.credentials", None),
        ("-> HTTPAuthorizationCredentials", "credentials", None),
        ("", "credentials.credentials", None),
    ],
)
@pytest.mark.parametrize("base", ["HTTPBearer", "BaseBearer"])
def test_a_bearer_with_a_call_of_its_own(
    sources: MakeSources, base: str, returns: str, given: str, expression: str | None
) -> None:
    text = (
        f"{HEAD}class BaseBearer(HTTPBearer): ...\nclass JWTBearer({base}):\n"
        f"    async def __call__(self, request: Request) {returns}:\n"
        "        credentials = await super().__call__(request)\n"
        "        if credentials is None:\n            raise HTTPException(403)\n"
        f"        return {given}\n"
        f"get_current_user = JWTBearer()\n{ROUTE}"
    )
    best = find(sources({"app.py": text})).best
    assert (best and best.user_id) == expression
    assert best is None or best.form == "instance"


def test_a_user_id_that_a_bearer_gives_is_passed_on(sources: MakeSources) -> None:
    text = (
        f"{HEAD}class JWTBearer(HTTPBearer):\n    async def __call__(self, request: Request):\n"
        "        return decode(await super().__call__(request))\n"
        "def get_current_user(user_id: str = Depends(JWTBearer())) -> str:\n    return user_id\n"
        f"{ROUTE}"
    )
    best = find(sources({"app.py": text})).best
    assert best is not None
    assert best.user_id == "user"


@pytest.mark.parametrize(
    ("function", "why"),
    [
        (
            'get_current_user(request: Request):\n    return request.session.get("user_id")',
            "`get_current_user` in `app.py` may give no user",
        ),
        (
            "get_current_user(token = Depends(scheme)) -> str:\n    return token",
            "`get_current_user` in `app.py` hands on the token",
        ),
        (
            "get_current_user(x_user_id: str = Header()) -> str:\n    return x_user_id",
            "`get_current_user` in `app.py` reads nothing that proves who is calling",
        ),
        ("get_user_service(request: Request):\n    return Service(request.state.db)", None),
        ("get_optional_current_user(token = Depends(scheme)) -> User | None: ...", None),
        ("get_current_user(token = Depends(scheme)) -> User:\n    return load(token)", None),
    ],
)
def test_what_is_not_used_is_told(sources: MakeSources, function: str, why: str | None) -> None:
    route = ROUTE.replace("get_current_user", function.partition("(")[0])
    told = find(sources({"app.py": f"{HEAD}def {function}\n{route}"})).not_used
    assert len(told) == (why is not None)
    assert why is None or told[0].startswith(why)


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
