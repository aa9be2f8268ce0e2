"""Auth: what sessions, cookies, headers and bearers of a request check, and what they do not."""

from __future__ import annotations

import pytest

from .conftest import MakeSources
from .signing_in import HEAD, ROUTE, find

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
        (
            "current_team(token = Depends(scheme)) -> Team:\n    return load(token)",
            "`current_team` in `app.py` gives a `Team`, of which nothing says that it is who",
        ),
        ("get_user_service(request: Request):\n    return Service(request.state.db)", None),
        ("get_optional_current_user(token = Depends(scheme)) -> User | None: ...", None),
        ("get_current_user(token = Depends(scheme)) -> User:\n    return load(token)", None),
    ],
)
def test_what_is_not_used_is_told(sources: MakeSources, function: str, why: str | None) -> None:
    route = ROUTE.replace("get_current_user", function.partition("(")[0])
    team = "class Team:\n    id: int\n"
    told = find(sources({"app.py": f"{HEAD}{team}def {function}\n{route}"})).not_used
    assert len(told) == (why is not None)
    assert why is None or told[0].startswith(why)
