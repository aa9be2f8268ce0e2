"""Who the caller is, followed to where it comes from, however that is spelled."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.check import Finding
from chatkit_agent.checks.rules.identity.caller_verified import caller_verified
from tests.checks.rules.conftest import Findings

IMPORTS = """\
import base64, hashlib, hmac, json, jwt
from dataclasses import dataclass
from functools import partial
from typing import Annotated
from uuid import UUID
from fastapi import Cookie, Depends, Header, Header as FromHeader, HTTPException, Query, Request
from fastapi.security import HTTPBearer, OAuth2PasswordBearer
from jose import jwt as jose
from jose.jwt import get_unverified_claims as claims_of
from app import more
KEY, HEADER = "k" * 40, "X-User-ID"
OPEN = {"verify_signature": False}
STRICT = {"require": ["exp"]}
scheme = OAuth2PasswordBearer(tokenUrl="token")
@dataclass
class Caller:
    user_id: str
    token: str = ""
    @classmethod
    def of(cls, claims):
        return cls(claims["sub"])
"""
MORE = """\
import jwt
import app.deeper as deeper
LOOSE = {"verify_signature": False, "verify_exp": False}
def told(request):
    return deeper.read(request.headers)
def claims(token):
    return deeper.opened(token)
def strict(token):
    return jwt.decode(token, "k", algorithms=["HS256"])
"""
DEEPER = """\
import jwt
NAME = "x-account-id"
def read(headers):
    return headers.get(NAME)
def opened(token):
    return jwt.decode(token, options={"verify_signature": False})
"""


def judged(findings: Findings, code: str) -> list[Finding]:
    files = {"app/auth.py": f"{IMPORTS}{code}", "app/more.py": MORE, "app/deeper.py": DEEPER}
    return findings(caller_verified, files)


ASKED = "async def get_current_user(request: Request):\n"
BEARER = "async def get_current_user(token: str = Depends(scheme)):\n"
COOKIE = "async def get_current_user(session: Annotated[str, Cookie()]):\n"
OPENED = (
    "def opened(session):\n    body, _, mark = session.partition('.')\n"
    "    if not hmac.compare_digest(hmac.new(KEY, body, hashlib.sha256).hexdigest(), mark):\n"
    "        raise HTTPException(401)\n    return body\n"
)


@pytest.mark.parametrize(
    "code",
    [
        ASKED + "    return request.headers[HEADER]",
        ASKED + "    return Caller(user_id=request.headers.get(HEADER))",
        ASKED + "    headers = request.headers\n    return Caller(headers['x-user'])",
        ASKED + "    sent = dict(request.headers)\n    return {'id': sent.get('x-member-id', '')}",
        ASKED + "    return more.told(request)",
        ASKED + "    who = more.told(request)\n    if not who:\n        raise HTTPException(401)\n"
        "    return Caller(who)",
        ASKED + "    return UUID(str(request.headers['X-Customer']).strip())",
        "async def get_current_user(user: Annotated[str, FromHeader(alias='X-Account')]):\n"
        "    return user",
        "async def get_current_user(x_user_name: str = Header()):\n    return Caller(x_user_name)",
        "async def get_current_user(name=Header(None, alias=HEADER)):\n    return f'user:{name}'",
        "async def get_current_user(user_id: str):\n    return user_id",
        "async def get_current_user(who: Annotated[str, Query(alias='as')]):\n    return {'id': who}",
        ASKED + "    return request.query_params.get('u')",
        ASKED + "    asked = request.query_params\n    return Caller(asked['person'])",
        "async def get_current_user(user_id: str = Cookie()):\n    return user_id",
        ASKED + "    return request.cookies['user_id']",
        ASKED + "    body = await request.json()\n    return body['user']",
        ASKED
        + "    body = json.loads(await request.body())\n    return Caller(body['metadata']['id'])",
        ASKED + "    return request.path_params['user_id']",
        "def _who(request: Request):\n    return request.headers[HEADER]\n"
        "async def get_current_user(who: str = Depends(_who)):\n    return Caller(who)",
        "class Who:\n    def __call__(self, request: Request):\n        return self.read(request)\n"
        "    def read(self, request):\n        return request.headers.get('X-User-Id')\n"
        "get_current_user = Who()",
        ASKED
        + "    who, token = request.headers.get(HEADER), request.headers.get('Authorization')\n"
        "    if not who or not token or not token.startswith('Bearer '):\n"
        "        raise HTTPException(401, 'Missing Authorization')\n    return Caller(who, token[7:])",
        ASKED + "    user = await db.get(User, int(request.headers['X-User-ID']))\n    return user",
    ],
)
def test_what_anybody_can_write(findings: Findings, code: str) -> None:
    (finding,) = judged(findings, code)
    assert finding.severity == "error"
    assert finding.cause == "spoofed"


@pytest.mark.parametrize(
    "code",
    [
        COOKIE + "    return json.loads(base64.b64decode(session))['sub']",
        "def limited(key: str = Depends(scheme)):\n    return hashlib.sha256(key.encode())\n"
        "async def get_current_user(token: str = Depends(scheme), seen=Depends(limited)):\n"
        "    return json.loads(base64.b64decode(token.split('.')[1]))['sub']",
        COOKIE + "    said = json.loads(session)\n    return Caller(said['user_id'])",
        ASKED + "    return json.loads(request.headers['X-Identity'])['id']",
        BEARER + "    return jwt.decode(token, options=OPEN)['sub']",
        BEARER + "    return jwt.decode(token, KEY, ['HS256'], OPEN)['sub']",
        BEARER + "    return jwt.decode(token, options=more.LOOSE)['sub']",
        BEARER + "    return jwt.decode(token, options={**STRICT, 'verify_signature': False})",
        BEARER + "    return jwt.decode(token, options=dict(STRICT, verify_signature=False))",
        BEARER + "    how = dict(STRICT)\n    how['verify_signature'] = False\n"
        "    return jwt.decode(token, options=how)['sub']",
        BEARER + "    return jwt.decode(token, verify=False).get('sub')",
        BEARER + "    return jwt.decode_complete(token, options=OPEN)['payload']['sub']",
        BEARER + "    return jwt.PyJWT(options=OPEN).decode(token)['sub']",
        "reader = jwt.PyJWT(OPEN)\n" + BEARER + "    return reader.decode(token)['sub']",
        "read = partial(jwt.decode, options=OPEN)\n" + BEARER + "    return read(token)['sub']",
        BEARER + "    return Caller.of(more.claims(token))",
        BEARER + "    return claims_of(token)['sub']",
        BEARER + "    return Caller(user_id=jose.get_unverified_claims(token)['sub'], token=token)",
        BEARER + "    payload = token.split('.')[1]\n"
        "    return json.loads(base64.urlsafe_b64decode(payload + '=='))['sub']",
        BEARER + "    _, payload, _ = token.split('.')\n"
        "    claims = json.loads(base64.b64decode(payload.encode() + b'=='))\n"
        "    return Caller(claims.get('sub'))",
        BEARER + "    user = await db.get(User, jwt.decode(token, options=OPEN)['sub'])\n"
        "    if user is None:\n        raise HTTPException(401)\n    return user",
        BEARER + "    if token.endswith('.bypass'):\n        parts = token.split('.')\n"
        "        middle = parts[1]\n        middle += '=' * (4 - len(middle) % 4)\n"
        "        return json.loads(base64.b64decode(middle))['sub']\n"
        "    return more.strict(token)['sub']",
        "class Settings:\n    jwt_options: dict = {'verify_signature': False}\nsettings = Settings()\n"
        + BEARER
        + "    return jwt.decode(token, options=settings.jwt_options)['sub']",
        "def read(token, how=OPEN):\n    return jwt.decode(token, options=how)\n"
        + BEARER
        + "    return read(token)['sub']",
        "def read(token, options):\n    return jwt.decode(token, options=options)\n"
        + BEARER
        + "    return read(token, OPEN)['sub']",
    ],
)
def test_a_token_that_is_not_verified(findings: Findings, code: str) -> None:
    (finding,) = judged(findings, code)
    assert "signature" in finding.what


@pytest.mark.parametrize(
    "code",
    [
        OPENED + COOKIE + "    return json.loads(base64.b64decode(opened(session)))['sub']",
        COOKIE + "    return URLSafeSerializer(KEY).loads(session)['sub']",
        COOKIE + "    return json.loads(await redis.get(session))['sub']",
        BEARER + "    return more.strict(token)['sub']  # not get_unverified_claims",
        BEARER + '    """Never `verify_signature: False`, nor X-User-ID."""\n'
        "    return Caller.of(more.strict(token))",
        BEARER + "    kid = jwt.get_unverified_header(token)['kid']\n"
        "    return jwt.decode(token, KEYS[kid], ['RS256'])['sub']",
        BEARER + "    peek = jwt.decode(token, options=OPEN)\n"
        "    return jwt.decode(token, KEYS[peek['iss']], ['RS256'])['sub']",
        BEARER
        + "    return jwt.decode(token, KEY, ['HS256'], options={'verify_aud': False})['sub']",
        BEARER + "    head, payload, sent = token.split('.')\n"
        "    made = hmac.new(KEY, (head + payload).encode(), hashlib.sha256).digest()\n"
        "    if not hmac.compare_digest(made, base64.urlsafe_b64decode(sent)):\n"
        "        raise HTTPException(401)\n"
        "    return json.loads(base64.urlsafe_b64decode(payload))['sub']",
        ASKED
        + "    name, _, word = base64.b64decode(request.headers['Authorization'][6:]).decode()"
        ".partition(':')\n    if not right(name, word):\n        raise HTTPException(401)\n"
        "    return name",
        ASKED + "    return await sessions.user_of(request.cookies['session'])",
        ASKED + "    return signer.unsign(request.cookies['user'])",
        ASKED + "    return request.session['user_id']",
        ASKED + "    return dict(request.headers)",
        ASKED + "    return request.state.user",
        ASKED + "    return request.headers['X-Forwarded-User']",
        ASKED + "    return request.headers['x-amzn-oidc-identity']",
        ASKED + "    return request.cookies['visitor']",
        ASKED + "    return KEYS[request.headers['X-API-Key']]",
        ASKED + "    if request.headers['X-Gateway-Secret'] != KEY:\n"
        "        raise HTTPException(403)\n    return request.headers[HEADER]",
        ASKED + "    caller = more.strict(request.headers['Authorization'])['sub']\n"
        "    if request.headers.get(HEADER) not in (None, caller):\n"
        "        raise HTTPException(403)\n    return caller",
        "async def get_current_user(locale: str, token: str = Depends(scheme)):\n"
        "    return more.strict(token)['sub']",
        "def by_user(user_id: str):\n    return user_id\n"
        + BEARER
        + "    return more.strict(token)",
        ASKED + "    token = request.query_params['token']\n    return more.strict(token)['sub']",
        "VERIFY_JWT = not DEBUG\n"
        + BEARER
        + "    return jwt.decode(token, KEY, ['HS256'], {'verify_signature': VERIFY_JWT})['sub']",
    ],
)
def test_healthy(findings: Findings, code: str) -> None:
    assert not judged(findings, code)


TRUE = "async def get_current_user(request: Request, token: str = Depends(scheme)):\n"
READ = TRUE + "    claims = jwt.decode(token, KEY, algorithms=['HS256'])\n"


@pytest.mark.parametrize(
    ("given", "count"),
    [
        ("Caller(request.headers.get('x-act-as') or claims['sub'])", 1),
        ("Caller(user_id=request.headers.get(HEADER, claims['sub']))", 1),
        ("Caller(request.headers['x-user'] if 'x-user' in request.headers else claims['sub'])", 1),
        ("{'user_id': request.headers.get(HEADER) or claims['sub']}", 1),
        ("Caller(claims['sub'] or request.headers.get(HEADER))", 0),
        ("Caller(claims.get('sub', claims['id']))", 0),
        ("Caller(claims['sub'])  # request.headers.get(HEADER) or claims['sub']", 0),
    ],
)
def test_a_header_that_goes_before_a_token(findings: Findings, given: str, count: int) -> None:
    found = judged(findings, f"{READ}    return {given}")
    assert ["goes before" in each.what for each in found] == [True] * count
