"""Where a secret signs is found by what is called, and its text through what turns it."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.identity.secret_out_of_source import secrets_used, texts_written
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from tests.project.source.conftest import Project, argument


@pytest.mark.parametrize(
    ("line", "secrets"),
    [
        ("jwt.decode(token, ONE, ['HS256'])", ["ONE"]),
        ("jwt.encode({}, ONE, 'HS256')", ["ONE"]),
        ("jwt.decode(token, key=ONE)", ["ONE"]),
        ("joserfc.jwt.encode({}, {}, ONE)", ["ONE"]),
        ("Signer(ONE).unsign(x)", ["ONE"]),
        ("app.add_middleware(SessionMiddleware, secret_key=ONE)", ["ONE"]),
        ("app.add_middleware(Other, secret_key=ONE)", []),
        ("json.loads(ONE)", []),
        ("jwt.get_unverified_header(ONE)", []),
        ("hmac.new(ONE, b'', 'sha256')", []),
    ],
)
def test_secrets(project: Project, line: str, secrets: list[str]) -> None:
    imports = "import hmac, joserfc.jwt, json, jwt\nfrom itsdangerous import Signer\n"
    imports += "from starlette.middleware.sessions import SessionMiddleware\n"
    chat = Anatomy(project({"main.py": f"{imports}{line}\n"}))
    assert [syntax.code(given) for _, given in secrets_used(chat)] == secrets


@pytest.mark.parametrize(
    ("given", "texts"),
    [
        ("'a'", ["a"]),
        ("b'a'", ["a"]),
        ("'a'.encode()", ["a"]),
        ("SecretStr('a').get_secret_value()", ["a"]),
        ("os.getenv('X', 'a')", ["a"]),
        ("os.getenv('X') or 'a'", ["a"]),
        ("'a' if x else 'b'", ["a", "b"]),
        ("os.getenv('X')", []),
        ("os.environ['X']", []),
        ("token_hex()", []),
    ],
)
def test_texts(project: Project, given: str, texts: list[str]) -> None:
    code = project({"main.py": f"import os\nsee({given})\n"})
    assert [text for _, text in texts_written(code, *argument(code))] == texts
