"""Auth: one sign-in in many spellings, as methods, headers, sessions, providers and key names."""

from __future__ import annotations

import pytest

from chatkit_agent.project.detectors.auth import find_auth
from chatkit_agent.project.detectors.credentials import find_credentials
from chatkit_agent.project.facts import App

from .conftest import MakeSources

APP = App("app:app", "module", "app.py", "", "app.py", None, "app")
HEAD = """
import os
from typing import Annotated, Optional
import jwt
from fastapi import Cookie, Depends, FastAPI, Header, HTTPException, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBasic, HTTPBasicCredentials
from fastapi.security import HTTPBearer, OAuth2PasswordBearer
from pydantic import BaseModel
scheme = OAuth2PasswordBearer(tokenUrl="token")
bearer = HTTPBearer()
class User(BaseModel):
    id: int
"""
ROUTE = "\n@app.get('/me')\ndef me(user = Depends({})): ...\n"
DECODED = 'User(id=jwt.decode(token, os.environ["SECRET_KEY"], algorithms=["HS256"])["sub"])'
BEARER = "the header `Authorization`"
OAUTH = f"def get(self, token: str = Depends(scheme)) -> User:\n        return {DECODED}\n"

SIGN_INS = {
    "who has to be signed in, by what a route reads of it": (
        "def login_required(request: Request):\n    user = request.session.get('user')\n"
        "    if not user:\n        raise HTTPException(401)\n    return user\n"
        "@app.get('/me')\ndef me(user: dict = Depends(login_required)): return user['email']\n",
        "login_required",
        'user["email"]',
        "a session of the server",
    ),
    "a class method behind an alias of Depends": (
        "class Control:\n    @classmethod\n"
        "    async def is_authed(cls, token: str = Header(...)):\n        try:\n"
        f"            user = {DECODED}\n            return user\n"
        "        except jwt.PyJWTError:\n            raise HTTPException(401)\n"
        "DependAuth = Depends(Control.is_authed)\n"
        "@app.get('/me')\ndef me(user=DependAuth): ...\n",
        "Control.is_authed",
        "user.id",
        "the header `token`",
    ),
    "one that says Optional and refuses all the same": (
        "class Control:\n    @classmethod\n"
        '    async def is_authed(cls, token: str = Header(...)) -> Optional["User"]:\n'
        f"        try:\n            return {DECODED}\n"
        "        except jwt.PyJWTError:\n            raise HTTPException(401)\n"
        + ROUTE.format("Control.is_authed"),
        "Control.is_authed",
        "user.id",
        "the header `token`",
    ),
    "a static method": (
        f"class Auth:\n    @staticmethod\n    {OAUTH.replace('get(self, ', 'current_user(')}"
        + ROUTE.format("Auth.current_user"),
        "Auth.current_user",
        "user.id",
        BEARER,
    ),
    "a method of an instance": (
        f"class Auth:\n    {OAUTH.replace('get(', 'current_user(')}service = Auth()\n"
        + ROUTE.format("service.current_user"),
        "service.current_user",
        "user.id",
        BEARER,
    ),
    "a class method that gives its own class": (
        "class Admin(BaseModel):\n    username: str\n    @classmethod\n"
        "    def load(cls, token):\n        if not token:\n            return\n"
        '        return cls(username=jwt.decode(token, "x" * 32, algorithms=["HS256"])["sub"])\n'
        "    @classmethod\n    def get_current(cls, token: str = Depends(scheme)):\n"
        "        admin = cls.load(token)\n        if not admin:\n"
        "            raise HTTPException(401)\n        return admin\n"
        + ROUTE.format("Admin.get_current"),
        "Admin.get_current",
        "user.username",
        BEARER,
    ),
    "a header under any name": (
        f'def who(token: Annotated[str, Header(alias="X-Access")]) -> User:\n    return {DECODED}\n'
        "def current_user(user: User = Depends(who)) -> User:\n    return user\n"
        + ROUTE.format("current_user"),
        "current_user",
        "user.id",
        "the header `X-Access`",
    ),
    "a header whose parameter has any name": (
        'def current_user(t: str = Header(alias="X-Pass")) -> User:\n'
        f"    return {DECODED.replace('token', 't')}\n" + ROUTE.format("current_user"),
        "current_user",
        "user.id",
        "the header `X-Pass`",
    ),
    "a header that is read of the request": (
        "def current_user(request: Request) -> User:\n"
        f'    token = request.headers["X-Access"]\n    return {DECODED}\n'
        + ROUTE.format("current_user"),
        "current_user",
        "user.id",
        "the header `X-Access`",
    ),
    "the user of a session": (
        'def get_user(request: Request):\n    user = request.session.get("user")\n'
        "    if not user:\n        raise HTTPException(401)\n    return user\n"
        "@app.get('/me')\ndef me(user: dict = Depends(get_user)): return user['email']\n",
        "get_user",
        'user["email"]',
        "a session of the server",
    ),
    "HTTP Basic": (
        "def get_current_username(given: Annotated[HTTPBasicCredentials, Depends(HTTPBasic())]):\n"
        "    if given.password != PASSWORD:\n        raise HTTPException(401)\n"
        "    return given.username\n" + ROUTE.format("get_current_username"),
        "get_current_username",
        "user",
        "a user name and password",
    ),
    "Clerk's guard itself": (
        "from fastapi_clerk_auth import ClerkConfig, ClerkHTTPBearer\n"
        "guard = ClerkHTTPBearer(config=ClerkConfig(jwks_url='x'))\n" + ROUTE.format("guard"),
        "guard",
        'user.decoded["sub"]',
        BEARER,
    ),
    "a function upon Clerk's guard": (
        "from fastapi_clerk_auth import ClerkConfig, ClerkHTTPBearer\n"
        "guard = ClerkHTTPBearer(config=ClerkConfig(jwks_url='x'))\n"
        "def current_user_id(given: HTTPAuthorizationCredentials = Depends(guard)) -> str:\n"
        "    return given.decoded['sub']\n" + ROUTE.format("current_user_id"),
        "current_user_id",
        "user",
        BEARER,
    ),
    "Entra, with scopes": (
        "from fastapi_azure_auth import SingleTenantAzureAuthorizationCodeBearer\n"
        "azure_scheme = SingleTenantAzureAuthorizationCodeBearer(app_client_id='x', scopes={})\n"
        "@app.get('/me')\ndef me(user = Security(azure_scheme, scopes=['x'])): ...\n",
        "azure_scheme",
        "user.sub",
        BEARER,
    ),
    "a function upon Entra": (
        "from fastapi_azure_auth import MultiTenantAzureAuthorizationCodeBearer\n"
        "from fastapi_azure_auth.user import User as AzureUser\n"
        "azure_scheme = MultiTenantAzureAuthorizationCodeBearer(app_client_id='x')\n"
        "def current_user(user: AzureUser = Depends(azure_scheme)) -> AzureUser:\n"
        "    return user\n" + ROUTE.format("current_user"),
        "current_user",
        "user.sub",
        BEARER,
    ),
    "Firebase": (
        "from firebase_admin import auth\n"
        "def verify_user(given: HTTPAuthorizationCredentials = Depends(bearer)):\n"
        "    try:\n        decoded = auth.verify_id_token(given.credentials)\n"
        "    except ValueError:\n        raise HTTPException(401)\n    return decoded\n"
        + ROUTE.format("verify_user"),
        "verify_user",
        'user["uid"]',
        BEARER,
    ),
    "Firebase, of which it says that it gives a dict": (
        "from firebase_admin import auth\n"
        "def get_user(given: HTTPAuthorizationCredentials = Depends(bearer)) -> dict:\n"
        "    try:\n        return auth.verify_id_token(given.credentials)\n"
        "    except ValueError:\n        raise HTTPException(401)\n" + ROUTE.format("get_user"),
        "get_user",
        'user["uid"]',
        BEARER,
    ),
    "Cognito by fastapi-cloudauth": (
        "from fastapi_cloudauth.cognito import CognitoCurrentUser\n"
        "get_current_user = CognitoCurrentUser(region='x', userPoolId='y', client_id='z')\n"
        + ROUTE.format("get_current_user"),
        "get_current_user",
        "user.username",
        BEARER,
    ),
    "AuthX": (
        "from authx import AuthX, AuthXConfig\nauth = AuthX(config=AuthXConfig())\n"
        + ROUTE.format("auth.access_token_required"),
        "auth.access_token_required",
        "user.sub",
        BEARER,
    ),
    "fastapi-jwt-auth": (
        "from fastapi_jwt_auth import AuthJWT\n"
        "def get_current_user(Authorize: AuthJWT = Depends()):\n"
        "    Authorize.jwt_required()\n    known = Authorize.get_jwt_subject()\n"
        "    user = db.query(User).get(known)\n    return user\n"
        + ROUTE.format("get_current_user"),
        "get_current_user",
        "user.id",
        BEARER,
    ),
    "fastapi-jwt-auth's subject": (
        "from async_fastapi_jwt_auth import AuthJWT\n"
        "async def current_user(auth: AuthJWT = Depends()):\n"
        "    await auth.jwt_required()\n    return await auth.get_jwt_subject()\n"
        + ROUTE.format("current_user"),
        "current_user",
        "user",
        BEARER,
    ),
    "Auth0, as a method": (
        "class VerifyToken:\n    async def verify(self, token = Depends(HTTPBearer())):\n"
        '        return jwt.decode(token.credentials, key, algorithms=["RS256"])\n'
        "auth = VerifyToken()\n"
        "@app.get('/me')\ndef me(claims: dict = Security(auth.verify)): return claims['sub']\n",
        "auth.verify",
        'user["sub"]',
        BEARER,
    ),
    "claims without an annotation": (
        "def verify(token = Depends(HTTPBearer())):\n"
        '    return jwt.decode(token.credentials, key, algorithms=["RS256"])\n'
        "@app.get('/me')\ndef me(claims=Depends(verify)): return claims['sub']\n",
        "verify",
        'user["sub"]',
        BEARER,
    ),
    "Keycloak's package": (
        "from fastapi_keycloak import FastAPIKeycloak, OIDCUser\nidp = FastAPIKeycloak(realm='x')\n"
        "@app.get('/me')\ndef me(user: OIDCUser = Depends(idp.get_current_user())): ...\n",
        "idp.get_current_user()",
        "user.sub",
        BEARER,
    ),
    "Cognito's package": (
        "from fastapi_cognito import CognitoAuth, CognitoToken\ncognito = CognitoAuth(settings=s)\n"
        "@app.get('/me')\ndef me(auth: CognitoToken = Depends(cognito.auth_required)): ...\n",
        "cognito.auth_required",
        "user.cognito_id",
        BEARER,
    ),
    "Auth0's own package": (
        "from fastapi_auth0 import Auth0\nauth = Auth0(domain='x', api_audience='y')\n"
        "@app.get('/me')\ndef me(user = Security(auth.get_user)): ...\n",
        "auth.get_user",
        "user.id",
        BEARER,
    ),
    "Supabase": (
        "from supabase import create_client\nsupabase = create_client('x', 'y')\n"
        "def get_current_user(token: str = Depends(scheme)):\n"
        "    answer = supabase.auth.get_user(token)\n    if not answer:\n"
        "        raise HTTPException(401)\n    return answer.user\n"
        + ROUTE.format("get_current_user"),
        "get_current_user",
        "user.id",
        BEARER,
    ),
    "a class of its own upon Supabase's": (
        "from gotrue import User as Person\nclass SignedIn(BaseModel, Person): ...\n"
        "async def get_current_user(token: str = Depends(scheme)) -> SignedIn:\n"
        "    return SignedIn(**(await client.auth.get_user(token)).user.model_dump())\n"
        + ROUTE.format("get_current_user"),
        "get_current_user",
        "user.id",
        BEARER,
    ),
}
SIGN_INS["a name that says who signed in"] = (
    "def signed_in(request: Request, db=Depends(get_db)) -> User:\n"
    '    known = request.session.get("member")\n    return db.get(User, known)\n'
    + ROUTE.format("signed_in"),
    "signed_in",
    "user.id",
    "a session of the server",
)
SIGN_INS |= {
    "a dependency that is written as a lambda": (
        "def check(token):\n"
        '    return jwt.decode(token, key, algorithms=["RS256"])\n'
        "def get_current_user(claims=Depends(lambda given=Depends(scheme): check(given))):\n"
        '    return {"oid": claims.get("oid"), "email": claims.get("email")}\n'
        + ROUTE.format("get_current_user"),
        "get_current_user",
        'user["oid"]',
        BEARER,
    ),
    "an object that a function made": (
        f"class Auth:\n    {OAUTH.replace('get(', 'current_user(')}"
        "def make_auth(settings, **more) -> Auth:\n    return build(Auth, settings)\n"
        "service = make_auth(1, x=2)\n" + ROUTE.format("service.current_user"),
        "service.current_user",
        "user.id",
        BEARER,
    ),
    "a property that gives the dependency": (
        "class Auth:\n    @property\n    def require_user(self):\n"
        "        async def inner(request: Request, **more) -> User:\n"
        '            token = request.headers["Authorization"]\n'
        f"            return {DECODED}\n        return inner\n"
        "def make_auth():\n    if x:\n        return Auth()\n    return Auth(1)\n"
        "service = make_auth()\n"
        "@app.get('/me')\ndef me(user: Annotated[User, Security(service.require_user)]): ...\n",
        "service.require_user",
        "user.id",
        BEARER,
    ),
    "claims whose e-mail address may be missing": (
        "class Principal(BaseModel):\n    external_auth_id: str\n    email: str | None = None\n"
        "def require_principal(token: str = Depends(scheme)) -> Principal:\n"
        '    return Principal(**jwt.decode(token, "x" * 32, algorithms=["HS256"]))\n'
        + ROUTE.format("require_principal"),
        "require_principal",
        "user.external_auth_id",
        BEARER,
    ),
    "fastapi-users behind a decorator": (
        "from fastapi_users import FastAPIUsers\n"
        "from fastapi_users.authentication import AuthenticationBackend, BearerTransport\n"
        "backend = AuthenticationBackend(name='jwt', transport=BearerTransport(tokenUrl='x'))\n"
        "fastapi_users = FastAPIUsers[User, int](get_user_manager, [backend])\n"
        "def require_user(function):\n    found = fastapi_users.current_user(active=True)\n"
        "    return with_parameter(function, Depends(found))\n",
        "fastapi_users.current_user(active=True)",
        "user.id",
        BEARER,
    ),
}
NOT_THESE = {
    "a user's id in a header proves nothing": (
        "def current_user(x_user_id: str = Header(...)) -> User:\n"
        "    verify_user(x_user_id)\n    return User(id=x_user_id)\n" + ROUTE.format("current_user")
    ),
    "nor does one that is read of the request": (
        "def current_user(request: Request) -> User:\n"
        '    user_id = request.headers["X-User-ID"]\n    verify_user(user_id)\n'
        "    return User(id=user_id)\n" + ROUTE.format("current_user")
    ),
    "a slice of the token gives nobody": (
        "def log_start(token: str = Depends(scheme)) -> None:\n    print(token[:10])\n"
        + ROUTE.format("log_start")
    ),
    "an optional guard of a provider": (
        "from fastapi_clerk_auth import ClerkConfig, ClerkHTTPBearer\n"
        "guard = ClerkHTTPBearer(config=ClerkConfig(jwks_url='x'), auto_error=False)\n"
        + ROUTE.format("guard")
    ),
    "a method that gives an organisation": (
        "class Tenant(BaseModel):\n    id: int\nclass Auth:\n    @staticmethod\n"
        "    def tenant(token: str = Depends(scheme)) -> Tenant:\n        return load(token)\n"
        + ROUTE.format("Auth.tenant")
    ),
    "a method for administrators": (
        "class Auth:\n    @classmethod\n"
        "    def current_admin(cls, token: str = Depends(scheme)) -> User:\n"
        "        return load(token)\n" + ROUTE.format("Auth.current_admin")
    ),
}


@pytest.mark.parametrize("spelling", SIGN_INS)
def test_a_sign_in_is_recognised(sources: MakeSources, spelling: str) -> None:
    text, name, user_id, credential = SIGN_INS[spelling]
    made = sources({"app.py": f"{HEAD}app = FastAPI()\n{text}"})
    best = find_credentials(made, find_auth(made, APP), ()).best
    assert best is not None
    assert (best.name, best.user_id) == (name, user_id)
    assert [str(each) for each in best.credentials] == [credential]


@pytest.mark.parametrize("spelling", NOT_THESE)
def test_what_merely_looks_like_one(sources: MakeSources, spelling: str) -> None:
    made = sources({"app.py": f"{HEAD}app = FastAPI()\n{NOT_THESE[spelling]}"})
    assert find_credentials(made, find_auth(made, APP), ()).best is None
