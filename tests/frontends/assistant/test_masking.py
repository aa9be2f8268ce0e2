"""Secrets are hidden wherever they stand, and ordinary text stays as it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatkit_agent.frontends.assistant.configuration import is_env_file, without_values
from chatkit_agent.frontends.assistant.literals import HIDDEN
from chatkit_agent.frontends.assistant.masking import Secrets

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2lnbmF0dXJl"
KEY = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ\nQUJDREVG\n-----END PRIVATE KEY-----"


@pytest.fixture
def secrets(tmp_path: Path) -> Secrets:
    (tmp_path / ".git").mkdir()
    root = tmp_path / "project"
    (root / "config").mkdir(parents=True)
    (tmp_path / ".env").write_text("ABOVE=value-of-the-repository\n")
    (root / ".env").write_text(
        "SECRET_KEY='hunter2'\nexport PIN_TOKEN=ab1\nMOTTO=Per aspera ad astra\n"
        "DATABASE_URL=postgresql://shop:p%40ss-w0rd@db.internal:5432/shop\n"
        f'SIGNING="{KEY}"\nDEBUG=true\nPORT=8000\nMCP_SERVER_URL=http://localhost:8001/mcp\n'
    )
    (root / "config/prod.env").write_text("STRIPE=whatever-they-gave-us\n")
    (root / ".env.example").write_text("SECRET_KEY=change-me-please\n")
    return Secrets.of(
        root, {"CI_TOKEN": "token-of-this-process", "PATH": "/usr/bin:/usr/local/bin"}
    )


@pytest.mark.parametrize(
    "secret",
    [
        "hunter2",
        "ab1",
        "Per aspera ad astra",
        "postgresql://shop:p%40ss-w0rd@db.internal:5432/shop",
        "p@ss-w0rd",
        "p%40ss-w0rd",
        "postgresql%3A%2F%2Fshop%3Ap%2540ss-w0rd%40db.internal%3A5432%2Fshop",
        KEY,
        "MIIEvQIBADANBgkqhkiG9w0BAQ",
        "value-of-the-repository",
        "whatever-they-gave-us",
        "token-of-this-process",
    ],
)
def test_a_value_of_an_environment_is_hidden_anywhere(secret: str, secrets: Secrets) -> None:
    text = f'connect("{secret}") # {secret}!'
    assert secret not in secrets.masked(text)
    data = json.dumps(secrets.masked_data({"deep": [{secret: secret}], "count": 3}))
    assert secret not in data
    assert '"count": 3' in data


@pytest.mark.parametrize(
    "text",
    [
        "sk-proj-abcdefghijklmnop",
        "sk_live_abcdefghijklmnop",
        "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
        "AKIAIOSFODNN7EXAMPLE",
        JWT,
        KEY,
        f"Authorization: Bearer {JWT}",
        "Authorization: Bearer abcdefghijklmnop",
        "postgres://me:swordfish@host/db",
        'password = "swordfish"',
        '"api_key": "swordfish"',
        "API_TOKEN: 'swordfish'",
        "- name: DB_PASSWORD\n  value: swordfish",
        '"source": ["api_key = \\"swordfish\\"\\n"]',
        "PASSWORD = (\n    'swordfish'\n)",
        "PGPASSWORD=swordfish psql",
        "curl -u me:swordfish https://example.org",
        "curl -H 'X-Api-Key: swordfish' https://example.org",
        "ALTER ROLE me WITH ENCRYPTED PASSWORD 'swordfish';",
        "CREATE USER me IDENTIFIED BY 'swordfish';",
        'proxy_set_header Authorization "Basic swordfish";',
        "Authorization: Token swordfish",
        "AccountName=shop;AccountKey=swordfish==",
        "machine example.org login me password swordfish",
    ],
)
def test_a_credential_is_known_by_its_form(text: str) -> None:
    masked = Secrets([]).masked(text)
    assert HIDDEN in masked
    for part in ("swordfish", "abcdefghijklmnop", "IOSFODNN7", "eyJzdWIi", "MIIEvQ"):
        assert part not in masked


@pytest.mark.parametrize(
    "text",
    [
        'app.include_router(create_chatkit_router(current_user=VerifiedUser(), path="/talk"))',
        'SECRET_KEY = os.environ["SECRET_KEY"]',
        'tokenUrl="/auth/token"',
        'headers = {"Authorization": f"Token {token}", "x-api-key": settings.key}',
        "token: str = Depends(oauth2_scheme)",
        "curl -H 'Authorization: Bearer $TOKEN' -u me:$PASSWORD https://example.org",
        "export API_KEY=$(cat key)",
        "hash_password(password), verify(password, user.hashed_password)",
        "- name: PORT\n  value: 8000000",
        "The task is to risk-assess the disk-based store.",
        "true, 8000, http://localhost:8001/mcp and /usr/bin:/usr/local/bin",
        "postgresql://localhost/shop",
        "plan_id a537de257c85",
    ],
)
def test_what_is_no_secret_stays(text: str, secrets: Secrets) -> None:
    assert secrets.masked(text) == text


def test_an_environment_file_is_its_names() -> None:
    text = f"# secret: swordfish\nA=1\nexport B='two'\nC=\"{KEY}\"\nD\n"
    assert without_values(text) == "".join(f"{name}={HIDDEN}\n" for name in "ABCD")
    bare = without_values(f"KEY={KEY}\nLAST=x\n")
    assert "QUJDREVG" not in bare
    assert "MII" not in bare


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        (".env", True),
        (".env.production", True),
        ("prod.env", True),
        (".env.example", False),
        ("sample.env", False),
        (".env.dist", False),
        ("environment.py", False),
    ],
)
def test_which_files_hold_an_environment(name: str, is_one: bool) -> None:
    assert is_env_file(Path(name)) is is_one


def test_an_environment_from_elsewhere_is_hidden_as_well(tmp_path: Path) -> None:
    root, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    (root / ".git").mkdir(parents=True)
    elsewhere.mkdir()
    throw_away = elsewhere / "throw-away"
    throw_away.write_bytes("LICENCE=größer-als-sonst\nPIN=abc\n".encode("latin-1"))
    given = {"WAREHOUSE": "postgresql://me:tr0ub4dor@db/shop"}
    secrets = Secrets.of(root, given, throw_away)
    assert secrets.masked("tr0ub4dor") == HIDDEN
    (root / ".env").write_bytes("\ufeffFIRST=value-of-the-first\n".encode())
    assert Secrets.of(root, {}).masked("value-of-the-first") == HIDDEN
    throw_away.write_text("WHATEVER=nobody-knows-this\n")
    assert Secrets.of(root, {}, throw_away).masked("nobody-knows-this") == HIDDEN
