"""Secrets that stand in Python as they are, however a name leads to them, are not shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.frontends.assistant.literals import without_literals
from chatkit_agent.frontends.assistant.masking import shown_of

VALUE = "correcthorse"


@pytest.mark.parametrize(
    "text",
    [
        "class S(BaseSettings):\n    secret_key: str = 'V'",
        "class S(BaseSettings):\n    secret_key: SecretStr = SecretStr('V')",
        "class S(BaseSettings):\n    db_password: str = Field('V', alias='DB')",
        "token: Annotated[str, Field()] = 'V'",
        "token: str | None = field(default='V')",
        "X = os.getenv('DB_PASSWORD', 'V')",
        "X = os.environ.get('JWT_SECRET', default='V')",
        "X = config('SECRET_KEY', default='V', cast=str)",
        "os.environ.setdefault('API_KEY', 'V')",
        "os.environ['API_KEY'] = 'V'",
        "setattr(settings, 'password', 'V')",
        "SIGNING_KEY = b'V'",
        "SECRET, ALGORITHM = 'V', 'HS256'",
        "SECRET_KEY = (\n    'V'\n    'V'\n)",
        'SECRET_KEY = """\nV\n"""',
        "password = os.getenv('P') or 'V'",
        "password = 'V' if DEBUG else read()",
        "(password := 'V')",
        "def connect(*, password: str = 'V'): pass",
        "def connect(password='V'): pass",
        "API_KEYS = ['V']",
        "API_KEYS = {'V': 'alice'}",
        "if x_token != 'V': raise Refused",
        "if form.password in ('V', 'x'): pass",
        "hmac.compare_digest(given, 'V')",
        "smtp.login('me', 'V')",
        "httpx.get(URL, auth=BasicAuth('me', 'V'))",
        "URL.create('postgresql', username='me', password='V')",
        "DATABASES = {'default': {'USER': 'me', 'PASSWORD': 'V'}}",
        "größe = 1; ENCRYPTION_KEY = 'V'  # größer",
    ],
)
def test_a_literal_is_hidden(text: str) -> None:
    shown = without_literals(text.replace("V", VALUE))
    assert VALUE not in shown
    assert "[hidden]" in shown
    compile(shown, "shown", "exec")


@pytest.mark.parametrize(
    "text",
    [
        'SECRET_KEY = os.environ["SECRET_KEY"]',
        'oauth2_scheme = OAuth2PasswordBearer(tokenUrl="v1/auth/token")',
        'api_key = request.headers.get("X-API-Key", "")',
        'token = request.cookies.get("session_id")',
        'header = APIKeyHeader(name="X-API-Key")',
        'token_type: str = "bearer"',
        'pwd_context = CryptContext(schemes=["bcrypt"], deprecated="auto")',
        'token_data = create_token({"sub": user.name}, kind="refresh")',
        'raise InvalidToken("The token is not one of ours")',
        'user_id = Column(String, ForeignKey("users.identifier"))',
        'assert "password" not in data',
        'password: str = Field(..., description="What you chose for this account", min_length=8)',
        "this is (no Python: password = 'swordfish'",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert without_literals(text) == text


@pytest.mark.parametrize(
    "text",
    [
        'connect("host=db user=me password=hunter2x dbname=shop")',
        'E = "postgresql://db/shop?user=me&password=hunter2x"',
        'E = "mssql+pyodbc:///?odbc_connect=SERVER=y;UID=me;PWD=hunter2x"',
        'E = create_engine("postgresql://me:p@ss/hunter2x@db/shop")',
        'R = "https://ghhunter2x0123456789@github.com/me/x.git"',
        'run(["redis-cli", "-a", "hunter2x"])',
        'run(["mysql", "-phunter2x"])',
        "# the old password: hunter2x",
        'K = """-----BEGIN PGP PRIVATE KEY BLOCK-----\nhunter2x\n"""',
        'jwt.encode(payload, "sW0rhunter2xub4dR")',
        'SALTED = "0123456789abcdef0123456789hunter2x"'.replace("hunter2x", "abcdef012345"),
    ],
)
def test_a_secret_without_a_name_is_known_by_where_it_stands(text: str) -> None:
    shown = shown_of(Path("main.py"), text)
    assert "hunter2x" not in shown
    assert "abcdef012345" not in shown
