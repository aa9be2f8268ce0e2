"""Auth: whose dependency gives the user, by what it does; and which only look like it."""

from __future__ import annotations

import pytest

from .conftest import MakeSources
from .signing_in import HEAD, ROUTE, find


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
        ("-> Any | User", "return load(token)", "user.id"),
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


@pytest.mark.parametrize("held", ["password_hash: str", "team_id: int"])
def test_whoever_has_a_password_is_a_person(sources: MakeSources, held: str) -> None:
    text = (
        f"{HEAD}class Doctor(Base):\n    id: int\n    {held}\n"
        "def current_doctor(token: str = Depends(scheme)) -> Doctor:\n    return load(token)\n"
        f"{ROUTE.replace('get_current_user', 'current_doctor')}"
    )
    found = [each.user_id for each in find(sources({"app.py": text})).dependencies]
    assert found == (["user.id"] if "password" in held else [])


@pytest.mark.parametrize(
    "function",
    [
        # nobody checks anything
        "def get_current_user(x_user_id: str = Header()) -> User:\n    return load()",
        "def get_current_user(user_id: int) -> User:\n    return load()",
        "def get_current_user(db = Depends(get_db)) -> User:\n    return load()",
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
    "function",
    [
        "def get_current_user(token = Depends(scheme)) -> User | None:\n    return load()",
        "def get_current_user(token = Depends(scheme)) -> Optional[User]:\n    return load()",
        "def get_current_user(token = Depends(scheme)):\n    if not token:\n        return None\n"
        "    return User()",
        "def get_current_user(token = Depends(scheme)):\n    if not token:\n        return\n"
        "    return User()",
        "def get_current_user(request: Request, db = Depends(get_db)):\n"
        "    if uid := request.session.get('uid'):\n"
        "        return db.query(User).get(uid)\n    return None",
    ],
)
def test_one_that_may_give_nobody_whom_the_chat_refuses(
    sources: MakeSources, function: str
) -> None:
    text = f"{HEAD}{function}\n{ROUTE}"
    (found,) = find(sources({"app.py": text})).dependencies
    assert (found.user_id, "None" in found.evidence) == ("user.id", True)
    required = "def signed_in_user(token = Depends(scheme)) -> User:\n    return load(token)\n"
    both = f"{text}{required}@app.get('/mine')\ndef mine(user = Depends(signed_in_user)): ...\n"
    assert [each.name for each in find(sources({"app.py": both})).dependencies] == [
        "signed_in_user"
    ]
    shared = text.replace("return None", "return guest").replace("return load()", "return guest()")
    assert "guest" not in shared or find(sources({"app.py": shared})).dependencies == ()


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
def test_the_caller_is_known_by(sources: MakeSources, parameter: str) -> None:
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


def test_what_is_commented_out_asks_for_nobody(sources: MakeSources) -> None:
    users = f"{HEAD}def check_login(token = Depends(scheme)) -> User:\n    return load(token)\n"
    route = "def me(user: User = Depends(check_login)): ...\n"
    assert find(sources({"app.py": users + route})).dependencies
    assert not find(sources({"app.py": f"{users}    # {route}"})).dependencies


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


def test_one_that_no_route_asks_for_yet(sources: MakeSources) -> None:
    text = f"{HEAD}def get_current_user(token = Depends(scheme)) -> User:\n    return load()\n"
    best = find(sources({"app.py": text})).best
    assert best is not None
    assert "asked for in 0 places" in best.evidence
