"""Tokens: what verifies them is told by the names of variables, and never by a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from chatkit_agent.project.detectors.auth import find_auth
from chatkit_agent.project.detectors.settings import find_settings
from chatkit_agent.project.detectors.tokens import find_tokens
from chatkit_agent.project.facts import App, Named, SignIn, Tokens
from tests.project.detectors.conftest import MakeSources

PREFIX = "app/"
SETTINGS = """
from pydantic import BaseSettings, Field, SecretStr
class Settings(BaseSettings):
    secret_key: SecretStr
    {more}
settings = Settings()
"""
JOSE = "from jose import JWTError, jwt\n"
PYJWT = "import jwt\n"


@pytest.fixture
def found(sources: MakeSources, app: App) -> Callable[[Mapping[str, str]], Tokens | None]:
    def find(files: Mapping[str, str]) -> Tokens | None:
        main = {"app/__init__.py": "", "app/main.py": "from fastapi import FastAPI\n"}
        made = sources({**main, **{PREFIX + path: text for path, text in files.items()}})
        settings = find_settings(made, app)
        return find_tokens(made, app, settings, find_auth(made, app))

    return find


Find = Callable[[Mapping[str, str]], Tokens | None]


HELD = "os.environ['KEY']"


def verifier(key: str, algorithm: str = '"HS256"', claim: str = 'payload["sub"]') -> str:
    return (
        "def verify(token: str):\n"
        f"    payload = jwt.decode(token, {key}, algorithms=[{algorithm}])\n"
        f"    return {claim}\n"
    )


@pytest.mark.parametrize(
    ("code", "variable"),
    [
        (f"import os\n{PYJWT}" + verifier("os.environ['JWT_KEY']"), "JWT_KEY"),
        (f"import os\n{PYJWT}KEY = os.getenv('APP_SECRET')\n" + verifier("KEY"), "APP_SECRET"),
        (f"{JOSE}from decouple import config\n" + verifier("config('SIGNING')"), "SIGNING"),
        (f"{JOSE}KEY = 'a secret in the code'\n" + verifier("KEY"), None),
        (JOSE + verifier("'a secret in the code'"), None),
        (JOSE + verifier("find_key()"), None),
    ],
)
def test_the_variable_of_the_secret(code: str, variable: str | None, found: Find) -> None:
    tokens = found({"auth.py": code})
    assert tokens is not None
    assert tokens.key_variable == variable
    assert "'a secret in the code'" not in tokens.key


@pytest.mark.parametrize(
    ("more", "use", "variable"),
    [
        ("", "settings.secret_key.get_secret_value()", "SECRET_KEY"),
        ("", "str(settings.secret_key)", "SECRET_KEY"),
        ('key: str = Field(..., env="TOKEN_KEY")', "settings.key", "TOKEN_KEY"),
        ('key: str = Field(alias="OLD_KEY")', "settings.key", "OLD_KEY"),
        (
            'key: str\n    class Config:\n        env_prefix = "shop_"\n        env_file = ".env"',
            "settings.key",
            "SHOP_KEY",
        ),
    ],
)
def test_a_field_of_the_settings(more: str, use: str, variable: str, found: Find) -> None:
    auth = f"{PYJWT}from app.settings import settings\n{verifier(use)}"
    tokens = found({"settings.py": SETTINGS.format(more=more), "auth.py": auth})
    assert tokens is not None
    assert tokens.key_variable == variable


def test_a_field_of_what_a_function_gives(found: Find) -> None:
    use = "from app.config import get_settings\n" + verifier("get_settings().secret_key")
    config = SETTINGS.format(more="") + "def get_settings(): return settings\n"
    tokens = found({"auth.py": PYJWT + use, "config.py": config})
    assert tokens
    assert tokens.key_variable == "SECRET_KEY"


def test_a_secret_that_is_passed_in(found: Find) -> None:
    service = PYJWT + verifier("secret").replace("(token: str)", "(token: str, secret: str)")
    auth = (
        "from fastapi import Depends\n"
        "from app import service\nfrom app.settings import Settings, get_settings\n"
        "def user(token: str, settings: Settings = Depends(get_settings)):\n"
        "    return service.verify(token, str(settings.secret_key.get_secret_value()))\n"
    )
    files = {"service.py": service, "auth.py": auth, "settings.py": SETTINGS.format(more="")}
    tokens = found(files)
    assert tokens is not None
    assert tokens.key_variable == "SECRET_KEY"


@pytest.mark.parametrize(
    ("claim", "user"),
    [
        ('payload.get("sub")', "sub"),
        ('payload["user_id"]', "user_id"),
        ('payload["user"]["email"]', "user.email"),
        ('json.loads(payload["sub"])["id"]', "sub.id"),
        ("TokenData(**payload).username", "username"),
        ('(payload.get("role"), payload.get("email"))', "email"),
    ],
)
def test_the_claim_that_names_the_user(claim: str, user: str, found: Find) -> None:
    tokens = found({"auth.py": f"{JOSE}import os\n{verifier(HELD, claim=claim)}"})
    assert tokens is not None
    assert tokens.user == user


def test_claims_that_are_handed_on(found: Find) -> None:
    auth = (
        "from fastapi import Depends\nfrom app.tokens import decode\n"
        "async def get_current_user(token_details: dict = Depends(decode)):\n"
        '    return token_details["user"]["email"]\n'
    )
    tokens = (
        f"{PYJWT}import os\ndef decode(token):\n"
        '    return jwt.decode(token, os.environ["KEY"], algorithms=["HS512"])\n'
    )
    said = found({"tokens.py": tokens, "auth.py": auth})
    assert said is not None
    assert (said.user, said.algorithm) == ("user.email", Named(default="HS512"))


def test_a_word_of_its_own_before_the_token(found: Find) -> None:
    settings = SETTINGS.format(more='jwt_token_prefix: str = "Token"')
    auth = (
        f"{PYJWT}from fastapi import Security\nfrom fastapi.security import APIKeyHeader\n"
        'scheme = APIKeyHeader(name="Authorization")\n'
        f"from app.settings import settings\n{verifier('settings.secret_key')}"
    )
    tokens = found({"settings.py": settings, "auth.py": auth})
    assert tokens is not None
    assert (tokens.header, tokens.scheme) == ("Authorization", Named("JWT_TOKEN_PREFIX", "Token"))


def test_a_header_of_its_own(found: Find) -> None:
    scheme = "from fastapi.security import APIKeyHeader\nkey = APIKeyHeader(name='X-Token')\n"
    tokens = found({"auth.py": f"{PYJWT}import os\n{scheme}{verifier(HELD)}"})
    assert tokens is not None
    assert (tokens.header, tokens.scheme) == ("X-Token", Named(default=""))


def test_public_keys(found: Find) -> None:
    auth = (
        f"{PYJWT}import os\nkeys = jwt.PyJWKClient(os.environ['JWKS_URL'])\n"
        "def verify(token):\n"
        "    key = keys.get_signing_key_from_jwt(token)\n"
        '    claims = jwt.decode(token, key.key, algorithms=["RS256"],\n'
        '        audience=os.environ["AUDIENCE"], issuer="https://id.example.com")\n'
        '    return claims["sub"]\n'
    )
    tokens = found({"auth.py": auth})
    assert tokens is not None
    assert (tokens.is_jwks, tokens.key_variable) == (True, "JWKS_URL")
    assert tokens.audience == Named("AUDIENCE")
    assert tokens.issuer == Named(default="https://id.example.com")


def test_the_sign_in_goes_before_other_tokens(found: Find) -> None:
    reset = verifier("os.environ['RESET']").replace("verify", "verify_reset_token")
    auth = f"{PYJWT}import os\n{reset}\n{verifier(HELD)}"
    tokens = found({"auth.py": auth})
    assert tokens is not None
    assert tokens.key_variable == "KEY"


def test_claims_that_nobody_reads(found: Find) -> None:
    code = f"{JOSE}import os\n{verifier(HELD, claim='payload')}"
    assert found({"auth.py": code}) is None


@pytest.mark.parametrize(
    "code",
    [
        "def verify(token):\n    return token.decode('utf-8')  # jwt\n",
        f"{PYJWT}def peek(t):\n    return jwt.decode(t, options={{'verify_signature': False}})\n",
        "# jwt.decode(token, key)\n",
    ],
)
def test_what_verifies_nothing(code: str, found: Find) -> None:
    assert found({"auth.py": code}) is None


def test_tests_and_scripts_do_not_count(found: Find) -> None:
    assert found({"tests/auth.py": f"{JOSE}{verifier('KEY')}"}) is None


@pytest.mark.parametrize(
    ("schemes", "sign_in"),
    [
        ('OAuth2PasswordBearer(tokenUrl="/auth/token")', "/auth/token"),
        ('OAuth2PasswordBearer("token"), OAuth2PasswordBearer("other")', ""),
        ("HTTPBearer()", ""),
    ],
)
def test_the_route_that_signs_in(schemes: str, sign_in: str, found: Find) -> None:
    security = "from fastapi.security import HTTPBearer, OAuth2PasswordBearer\n"
    tokens = found({"auth.py": f"{JOSE}{security}ONE = {schemes}\n" + verifier("'secret'")})
    assert tokens is not None
    assert tokens.sign_in == (SignIn(sign_in) if sign_in else None)
