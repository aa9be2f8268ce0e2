"""Databases that source puts together of constants: lent, and no other line changes."""

from __future__ import annotations

import ast

import pytest

from chatkit_agent.sandbox.isolation.source import without_databases
from chatkit_agent.sandbox.isolation.substitutes import Substitutes

ADDRESS = 'host="db.internal", port=5439, {database}="shop", user="me", password="hunter2"'
LENT = {
    "URL.create": (
        'URL.create("postgresql+asyncpg", username="me", host="db.internal", database="shop")'
    ),
    "URL.create in lines": (
        'URL.create(\n    drivername="postgresql",\n    username="me",\n    host="db.internal",\n'
        '    port=5439,\n    database="shop",\n)'
    ),
    "asyncpg": f"asyncpg.connect({ADDRESS.format(database='database')})",
    "without a port": 'asyncpg.create_pool(host="db.internal", database="shop", user="me")',
    "psycopg": f"psycopg.connect({ADDRESS.format(database='dbname')})",
    "by an import": (
        f"import asyncpg as pg\npool = pg.create_pool({ADDRESS.format(database='database')})"
    ),
    "PostgresDsn": (
        'PostgresDsn.build(scheme="postgresql", username="me", password="hunter2", '
        'host="db.internal", port=5439, path="shop")'
    ),
    "a dict": (
        'import psycopg\nOPTIONS = {"host": "db.internal", "port": 5439, "user": "me", '
        '"password": "hunter2", "dbname": "shop"}'
    ),
    "upper case": (
        'D = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop", "USER": "me", '
        '"PASSWORD": "hunter2", "HOST": "db.internal", "PORT": "5439"}}'
    ),
    "f-string": (
        'H = "db.internal"\nDB = "shop"\nURL = f"postgresql://me:hunter2@{H}:{5439}/{DB}"'
    ),
    "f-string in lines": (
        'H = "db.internal"\nURL = (\n    f"postgresql://me:hunter2"\n    f"@{H}/shop"\n)\nNEXT = 1'
    ),
    "sum": 'H = "db.internal"\nURL = "postgresql://me:hunter2@" + H + "/shop"',
    "%": 'H = "db.internal"\nURL = "postgresql://me:%s@%s/shop" % ("hunter2", H)',
    "format": 'URL = "postgresql://me:hunter2@{host}/shop".format(host="db.internal")',
    "constants": (
        'PG_HOST = "db.internal"\nPG_PORT = 5439\nPG_USER = "me"\nPG_PASSWORD = "hunter2"\n'
        'PG_DATABASE = "shop"'
    ),
    "settings": (
        'class Settings(BaseSettings):\n    postgres_host: str = "db.internal"\n'
        '    postgres_port: int = Field(5439)\n    postgres_user: str = "me"\n'
        '    postgres_password: str = Field(default="hunter2")\n    postgres_db: str = "shop"'
    ),
    "settings by their class": (
        'class DatabaseSettings(BaseSettings):\n    host: str = "db.internal"\n'
        '    port: int = 5432\n    user: str = "me"\n    password: str = "hunter2"\n'
        '    name: str = "shop"'
    ),
    "defaults": (
        'H = os.getenv("DB_HOST", "db.internal")\nP = int(os.environ.get("DB_PORT", "5432"))\n'
        'U = config("DB_USER", default="me")\nS = env.str("DB_PASSWORD", "hunter2")\n'
        'D = env.str("DB_NAME", "shop")'
    ),
    "defaults in an f-string": (
        "U = f\"postgresql://{getenv('DB_USER', 'me')}:{getenv('DB_PASSWORD', 'hunter2')}"
        "@{getenv('DB_HOST', 'db.internal')}:{getenv('DB_PORT', '5432')}"
        "/{getenv('DB_NAME', 'shop')}\""
    ),
}


@pytest.fixture
def asked(given: Substitutes, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    lend = given.lend

    def noted(name: str, user: str, database: str) -> object:
        found.append((user, database))
        return lend(name, user, database)

    monkeypatch.setattr(given, "lend", noted)
    return found


@pytest.mark.parametrize("form", LENT)
def test_a_database_of_constants_is_lent(
    form: str, given: Substitutes, asked: list[tuple[str, str]]
) -> None:
    text = f"{LENT[form]}\nZ = 'ä'  # ä\n"
    found = without_databases("db.py", text, given)
    ast.parse(found)
    assert "127.9.9.9" in found
    assert "5439" not in found.replace("{5439}", "")
    assert "db.internal" not in found.replace('H = "db.internal"', "")
    assert "hunter2" not in found
    assert set(asked) == {("me", "shop")}
    assert all(each.startswith("db.py:") for each in given.lent)
    assert len(found.splitlines()) == len(text.splitlines())
    assert found.splitlines()[-1] == "Z = 'ä'  # ä"


@pytest.mark.parametrize(
    "text",
    [
        'Redis(host="cache", port=6379, user="me", password="hunter2")',
        'import psycopg\nclient.connect(hostname="files.internal", username="me", password="x")',
        'import psycopg, pymysql\npymysql.connect(host="db", user="me", database="shop")',
        'import psycopg, pymysql\nDB = {"host": "db", "user": "me", "database": "shop"}',
        'import asyncpg\nconnect_to(host="db", user="me", database="shop")',
        'asyncpg.connect(host=HOSTS[0], user="me", database="shop")',
        'asyncpg.connect(host="db", user=user, database="shop")',
        'H = "a"\nH = "b"\nURL = f"postgresql://{H}/shop"',
        'def url(H):\n    return f"postgresql://me:x@{H}/shop"',
        'MYSQL_HOST = "db"\nMYSQL_PORT = 3306\nMYSQL_USER = "me"\nMYSQL_PASSWORD = "hunter2"',
        'H = getenv("DB_HOST", "db")\nP = getenv("DB_PORT", "3306")\nU = getenv("DB_USER", "me")',
        'Path(__file__).parent / "app.db"',
        "not python (",
        "x = " + "(" * 500 + ")" * 500,
        "x = " + "+".join(["1"] * 3000),
    ],
)
def test_all_else_stays(text: str, given: Substitutes) -> None:
    assert without_databases("db.py", text, given) == text


@pytest.mark.parametrize(
    ("own", "form"),
    [
        ("db.internal", "asyncpg"),
        ("db.internal:5439", "asyncpg"),
        ("db.internal", "sum"),
        ("PG_HOST", "constants"),
        ("POSTGRES_HOST", "settings"),
        ("DB_HOST", "defaults"),
        ("db.internal", "defaults"),
    ],
)
def test_what_the_owner_allows_stays(own: str, form: str, given: Substitutes) -> None:
    text = f'{LENT[form]}\nU = "postgresql://me:x@{own}/shop"\n'
    assert without_databases("db.py", text, given, [own]).startswith(LENT[form])
    if not own.isupper():
        assert without_databases("db.py", text, given, [own]) == text


@pytest.mark.parametrize(
    "expression",
    [
        'Path(__file__).parent.parent.parent / "kept.db"',
        'Path(__file__).resolve().parents[2] / "kept.db"',
        'os.path.join(os.path.dirname(__file__), "..", "..", "kept.db")',
        'Path(__file__).parent.joinpath("..", "..", "kept.db")',
        'TOP / "kept.db"',
        'f"sqlite:///{TOP}/kept.db"',
        "f\"sqlite+aiosqlite:///{TOP / 'kept.db'}\"",
        '"sqlite:///" + str(TOP / "kept.db")',
    ],
)
def test_a_file_outside_of_the_project_is_a_copy(expression: str, given: Substitutes) -> None:
    (given.root.parent / "kept.db").write_bytes(b"SQLite")
    text = f"TOP = Path(__file__).parent.parent.parent\nX = {expression}\n"
    found = without_databases("app/db.py", text, given)
    line = found.splitlines()[1]
    copied = given.folder / "files" / "0" / "kept.db"
    assert copied.read_bytes() == b"SQLite"
    value = eval(line.partition("=")[2], {})
    assert str(value).removeprefix("sqlite+aiosqlite:///").removeprefix("sqlite:///") == str(copied)
