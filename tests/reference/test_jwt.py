"""Who is asking: a token has to be right in every respect, and its keys are fetched with care."""

from __future__ import annotations

import asyncio
import base64
import importlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import asyncpg
import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chatkit_agent.sandbox.serving import served

from .conftest import TARGET

SECRET = "a secret of this test session, which is long enough for HS512 too"
LIST: dict[str, Any] = {"type": "threads.list", "params": {}}
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())


def claims(**changes: Any) -> dict[str, Any]:
    whole = {"sub": "alice", "exp": int(time.time()) + 600, **changes}
    return {name: value for name, value in whole.items() if value is not None}


def ask(url: str, token: str | None) -> httpx.Response:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return httpx.post(f"{url}/chatkit", json=LIST, headers=headers, timeout=20, trust_env=False)


def unsigned(body: dict[str, Any]) -> str:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(body)}."


def test_a_valid_token_gets_in(chat_url: str) -> None:
    assert ask(chat_url, jwt.encode(claims(), SECRET, "HS256")).status_code == 200


@pytest.mark.parametrize(
    "token",
    [
        None,
        "garbage",
        "a.b.c",
        unsigned(claims()),
        jwt.encode(claims(), SECRET + "!", "HS256"),
        jwt.encode(claims(), SECRET, "HS512"),
        jwt.encode(claims(exp=None), SECRET, "HS256"),
        jwt.encode(claims(exp=int(time.time()) - 60), SECRET, "HS256"),
        jwt.encode(claims(sub=None), SECRET, "HS256"),
        jwt.encode(claims(sub=" "), SECRET, "HS256"),
        jwt.encode(claims(nbf=int(time.time()) + 600), SECRET, "HS256"),
        jwt.encode(claims(), RSA, "RS256"),
        base64.urlsafe_b64encode(b"[" * 9000 + b"]" * 9000).decode() + ".e30.eA",
        jwt.encode(claims(exp=1e400), SECRET, "HS256"),
    ],
    # Tokens hold the time: workers that collect the tests at different moments need fixed names.
    ids=[
        "none",
        "garbage",
        "no-json",
        "unsigned",
        "signed-by-another",
        "another-algorithm",
        "no-end",
        "expired",
        "nobody",
        "blank",
        "not-yet",
        "another-key",
        "deep",
        "endless",
    ],
)
def test_anything_less_does_not(chat_url: str, token: str | None) -> None:
    answer = ask(chat_url, token)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["error"]["code"] == "not_signed_in"
    if token:
        assert token not in answer.text


def test_nobody_is_believed_about_who_they_are(chat_url: str) -> None:
    headers = {"X-User-ID": "bob", "Authorization": "Bearer garbage"}
    answer = httpx.post(f"{chat_url}/chatkit", json=LIST, headers=headers, trust_env=False)
    assert answer.status_code == 401


def test_audience_and_issuer_count_when_set(chat_url: str, configured: Callable[..., None]) -> None:
    configured(JWT_AUDIENCE="chat", JWT_ISSUER="https://id.example")
    good = {"aud": ["chat", "more"], "iss": "https://id.example"}
    for changes, status in (
        (good, 200),
        ({**good, "aud": "other"}, 401),
        ({**good, "iss": "https://evil.example"}, 401),
        ({"iss": "https://id.example"}, 401),
    ):
        assert ask(chat_url, jwt.encode(claims(**changes), SECRET, "HS256")).status_code == status


def test_a_short_secret_is_refused(chat_url: str, configured: Callable[..., None]) -> None:
    configured(JWT_SECRET="12345")
    answer = ask(chat_url, "any")
    assert answer.status_code == 503
    assert "JWT_SECRET of at least 32 bytes" in answer.json()["error"]["message"]
    assert "12345" not in answer.text


@pytest.mark.parametrize(
    ("chosen", "said", "status"),
    [
        ({"JWT_USER": "user_id"}, {"user_id": 7}, 200),
        ({"JWT_USER": "user_id"}, {"user_id": True}, 401),
        ({"JWT_USER": "user_id"}, {"user_id": [7]}, 401),
        ({"JWT_USER": "user_id"}, {}, 401),
        ({"JWT_USER": "user.email"}, {"user": {"email": "a@example.com"}}, 200),
        ({"JWT_USER": "user.email"}, {"user": "a@example.com"}, 401),
        ({"JWT_USER": "sub.id"}, {"sub": '{"id": 7}'}, 200),
        ({"JWT_USER": "sub.id"}, {"sub": '"7"'}, 401),
        ({}, {"refresh": True}, 401),
        ({}, {"type": "refresh"}, 401),
        ({}, {"type": "access", "refresh": False}, 200),
    ],
)
def test_the_claim_that_names_the_user_can_be_chosen(
    chosen: dict[str, str],
    said: dict[str, Any],
    status: int,
    chat_url: str,
    configured: Callable[..., None],
) -> None:
    configured(**chosen)
    assert ask(chat_url, jwt.encode(claims(**said), SECRET, "HS256")).status_code == status


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("said", "kept"), [({"org": {"id": 7}}, "7"), ({"org": "acme"}, None), ({}, None)]
)
async def test_a_conversation_keeps_the_organization_that_a_claim_names(
    said: dict[str, Any],
    kept: str | None,
    person: Callable[..., Any],
    configured: Callable[..., None],
    database_url: str,
) -> None:
    configured(JWT_ORGANIZATION="org.id")
    await asyncio.to_thread(person("alice", **said).say, "Hello")
    connection = await asyncpg.connect(database_url)
    rows = await connection.fetch("select user_id, organization_id from app_chat.threads")
    await connection.close()
    assert [tuple(row) for row in rows] == [("alice", kept)]


def test_header_scheme_and_algorithm_can_be_chosen(
    chat_url: str, configured: Callable[..., None]
) -> None:
    configured(JWT_HEADER="X-Token", JWT_SCHEME="Token", JWT_ALGORITHM="HS512")
    token = jwt.encode(claims(), SECRET, "HS512")
    other = jwt.encode(claims(), SECRET, "HS256")
    for sent, status in (
        ({"X-Token": f"Token {token}"}, 200),
        ({"X-Token": f"token {token}"}, 200),
        ({"X-Token": token}, 401),
        ({"X-Token": f"Other {token}"}, 401),
        ({"X-Token": "Token"}, 401),
        ({"X-Token": f"Token {other}"}, 401),
        ({"Authorization": f"Bearer {token}"}, 200),
    ):
        url = f"{chat_url}/chatkit"
        answer = httpx.post(url, json=LIST, headers=sent, timeout=20, trust_env=False)
        assert answer.status_code == status, sent


@dataclass
class Provider:
    """An identity provider's keys, and how it serves them."""

    keys: list[dict[str, Any]]
    url: str = ""
    fetched: int = 0
    delay: float = 0.0
    status: int = 200
    _seen: list[float] = field(default_factory=list)

    async def serve(self, request: Request) -> Response:
        self.fetched += 1
        await asyncio.sleep(self.delay)
        return JSONResponse({"keys": self.keys}, self.status)


def public(key: Any, kid: str, **more: Any) -> dict[str, Any]:
    algorithm = jwt.algorithms.ECAlgorithm if key is EC else jwt.algorithms.RSAAlgorithm
    return {**json.loads(algorithm.to_jwk(key.public_key())), "kid": kid, **more}


@pytest.fixture
def provider(configured: Callable[..., None]) -> Iterator[Provider]:
    provider = Provider([public(RSA, "one")])
    with served(Starlette(routes=[Route("/jwks", provider.serve)])) as url:
        configured(JWT_SECRET=None, JWKS_URL=f"{url}/jwks", JWT_AUDIENCE="any")
        yield provider


def signed(key: Any, kid: str | None, algorithm: str = "RS256", **changes: Any) -> str:
    return jwt.encode(claims(**changes), key, algorithm, headers={"kid": kid} if kid else {})


def test_public_keys_verify(provider: Provider, chat_url: str) -> None:
    provider.keys.append(public(EC, "two"))
    assert ask(chat_url, signed(RSA, "one")).status_code == 200
    assert ask(chat_url, signed(RSA, "one", "PS512")).status_code == 200
    assert ask(chat_url, signed(EC, "two", "ES256")).status_code == 200
    assert ask(chat_url, signed(OTHER, "one")).status_code == 401
    assert ask(chat_url, signed(RSA, None)).status_code == 401
    assert provider.fetched == 1


@pytest.mark.parametrize(
    ("chosen", "claimed", "status"),
    [
        ({}, {}, 503),
        ({"JWT_AUDIENCE": ""}, {"aud": "another application"}, 503),
        ({"JWT_AUDIENCE": "any"}, {"aud": "another application"}, 200),
        ({"JWT_AUDIENCE": "chat"}, {"aud": "another application"}, 401),
        ({"JWT_AUDIENCE": "chat"}, {"aud": ["chat"]}, 200),
        ({"JWT_ISSUER": "https://id.example"}, {"iss": "https://evil.example"}, 401),
        ({"JWT_ISSUER": "https://id.example"}, {"iss": "https://id.example"}, 200),
        ({"JWT_ISSUER": "https://id.example", "JWT_AUDIENCE": "any"}, {"iss": "else"}, 401),
    ],
)
def test_public_keys_alone_do_not_say_whose_tokens_they_are(
    provider: Provider,
    chat_url: str,
    configured: Callable[..., None],
    chosen: dict[str, str],
    claimed: dict[str, Any],
    status: int,
) -> None:
    configured(**{"JWT_AUDIENCE": None, **chosen})
    answer = ask(chat_url, signed(RSA, "one", **claimed))
    assert answer.status_code == status, answer.text
    if status == 503:
        assert "JWT_AUDIENCE" in answer.text
        assert "JWT_ISSUER" in answer.text


@pytest.mark.parametrize("algorithm", ["none", "HS1", "rs256"])
def test_an_algorithm_that_verifies_nothing_is_named(
    chat_url: str, configured: Callable[..., None], algorithm: str
) -> None:
    configured(JWT_ALGORITHM=algorithm)
    answer = ask(chat_url, jwt.encode(claims(), SECRET, "HS256"))
    assert answer.status_code == 503
    assert "JWT_ALGORITHM right" in answer.text


def test_an_algorithm_has_to_fit_its_key(provider: Provider, chat_url: str) -> None:
    provider.keys.append({"kty": "oct", "kid": "shared", "k": "AAAA" * 12})
    provider.keys.append(public(RSA, "pinned", alg="RS256"))
    pem = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    body = signed_by_hand(pem)
    for token in (
        body,
        signed(EC, "one", "ES256"),
        jwt.encode(claims(), b"\0\0\0" * 12, "HS256", headers={"kid": "shared"}),
        signed(RSA, "pinned", "RS512"),
    ):
        assert ask(chat_url, token).status_code == 401
    assert ask(chat_url, signed(RSA, "pinned")).status_code == 200


def signed_by_hand(pem: bytes) -> str:
    """HS256 with the public key as the secret: the classic confusion."""
    import hashlib
    import hmac

    head = {"alg": "HS256", "typ": "JWT", "kid": "one"}
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
        for part in (head, claims())
    ]
    signature = hmac.new(pem, b".".join(parts), hashlib.sha256).digest()
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


@pytest.fixture
def current_user(services: ModuleType) -> ModuleType:
    return importlib.import_module(f"{TARGET}.chatkit_runtime.jwt")


@pytest.mark.anyio
async def test_many_wait_for_one_fetch_that_blocks_nobody(
    provider: Provider, current_user: ModuleType
) -> None:
    provider.delay = 1
    keys = current_user.PublicKeys(url_of(provider))
    longest, began = 0.0, time.monotonic()
    waiting = [asyncio.create_task(keys.find("one")) for _ in range(50)]
    while not all(task.done() for task in waiting):
        before = time.monotonic()
        await asyncio.sleep(0.01)
        longest = max(longest, time.monotonic() - before)
    assert time.monotonic() - began > 0.9
    assert longest < 0.5
    assert provider.fetched == 1
    assert all(task.result()["kid"] == "one" for task in waiting)


@pytest.mark.anyio
async def test_unknown_keys_do_not_hammer_the_provider(
    provider: Provider, current_user: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = current_user.PublicKeys(url_of(provider))
    for number in range(20):
        assert await keys.find(f"unknown-{number}") is None
    assert provider.fetched == 1
    # A rotation is seen after the pause, and old keys stay when the provider fails.
    monkeypatch.setattr(current_user, "REFRESH_PAUSE", 0)
    provider.keys = [public(OTHER, "new")]
    assert (await keys.find("new"))["kid"] == "new"
    provider.keys = []
    assert await keys.find("unknown") is None
    provider.status = 500
    assert await keys.find("unknown") is None
    assert (await keys.find("new"))["kid"] == "new"


@pytest.mark.anyio
async def test_of_a_list_of_keys_what_cannot_be_read_is_passed_over(
    provider: Provider, current_user: ModuleType
) -> None:
    provider.keys = ["text", None, {"kty": "new", "use": 7}, public(OTHER, "new")]
    assert (await current_user.PublicKeys(url_of(provider)).find("new"))["kid"] == "new"


@pytest.mark.anyio
async def test_without_any_keys_it_is_no_fault_of_the_token(
    provider: Provider, current_user: ModuleType
) -> None:
    provider.status = 500
    with pytest.raises(current_user.Refused) as refusal:
        await current_user.PublicKeys(url_of(provider)).find("one")
    assert refusal.value.status == 503


def url_of(provider: Provider) -> str:
    import os

    (url,) = [value for name, value in os.environ.items() if name.endswith("_JWKS_URL")]
    return url


def test_one_local_user_where_that_was_asked_for(
    chat_url: str, configured: Callable[..., None]
) -> None:
    configured(AUTH="none", JWT_SECRET=None)
    assert ask(chat_url, None).status_code == 200
    for headers in ({"X-Forwarded-For": "1.2.3.4"}, {"Host": "evil.example"}):
        answer = httpx.post(f"{chat_url}/chatkit", json=LIST, headers=headers, trust_env=False)
        assert answer.status_code == 403
