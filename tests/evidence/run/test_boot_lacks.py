"""What an application that does not start is seen to need, by the name by which it asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pydantic_settings
import pytest

from chatkit_agent.evidence.run import boot_fields
from chatkit_agent.evidence.run.boot_lacks import Lacks, chain_of
from chatkit_agent.evidence.run.booting import running
from chatkit_agent.evidence.run.lacking import Lack, lacks_in
from tests.evidence.run.test_booting import get, start

APP = "from fastapi import FastAPI\napp = FastAPI()\n"
SETTINGS = "from pydantic_settings import BaseSettings, SettingsConfigDict\n"
OLD = "from pydantic.v1 import BaseModel, BaseSettings, Field, conint\n"


def lacks(
    folder: Path, code: str, *, asks: str = "", lent: dict[str, str] | None = None
) -> dict[str, Lack]:
    """By the first name of each."""
    starting = start(folder, code)
    variables = {**starting.variables, **(lent or {})}
    starting = replace(starting, lacks=folder / "lacks", lent=tuple(lent or ()))
    with running(replace(starting, variables=variables)) as app:
        if asks:
            assert get(app.url, asks).status_code == 500
    return {each.names[0]: each for each in lacks_in(folder / "lacks") if each.names}


@pytest.mark.parametrize(
    ("code", "names"),
    [
        pytest.param(
            SETTINGS + "class S(BaseSettings):\n    url: str\n    size: int = 3\nS()\n",
            ["url"],
            id="field",
        ),
        pytest.param(
            SETTINGS
            + "from pydantic import Field\n"
            + "class S(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix='SHOP_')\n"
            + "    url: str\n    key: str = Field(validation_alias='THE_KEY')\nS()\n",
            ["SHOP_url", "THE_KEY"],
            id="prefix and alias",
        ),
        pytest.param(
            SETTINGS
            + "from pydantic import AliasChoices, Field\n"
            + "class S(BaseSettings):\n"
            + "    a: str = Field(validation_alias=AliasChoices('ONE', 'TWO'))\n"
            + "S()\n",
            ["ONE"],
            id="alias choices",
        ),
        pytest.param(
            SETTINGS
            + "from pydantic import BaseModel\n"
            + "class Db(BaseModel):\n    host: str\n    port: int\n    name: str = 'x'\n"
            + "class S(BaseSettings, env_nested_delimiter='__'):\n    db: Db\nS()\n",
            ["db__host", "db__port"],
            id="nested",
        ),
        pytest.param(
            OLD
            + "class S(BaseSettings):\n    key: str = Field(..., env='MY_KEY')\n    n: int\n"
            + "    class Config:\n        env_prefix = 'shop_'\nS()\n",
            ["my_key", "shop_n"],
            id="pydantic 1",
        ),
        pytest.param(
            "import os\nA = os.environ['FIRST']\nB = int(os.environ['SECOND'])\n"
            "try:\n    C = os.environ['THIRD']\nexcept KeyError:\n    C = ''\n"
            "D = os.environ.get('FOURTH')\n",
            ["FIRST", "SECOND"],
            id="subscripts",
        ),
        pytest.param(
            "from starlette.config import Config\nconfig = Config('.env')\n"
            "A = config('A_KEY')\nB = config('B_SIZE', cast=int)\nC = config('C', default='')\n",
            ["A_KEY", "B_SIZE"],
            id="starlette",
        ),
        pytest.param(
            "import os\nA = os.getenv('A_KEY')\nB = os.getenv('B_KEY')\n"
            "if not A:\n    raise RuntimeError('A_KEY has to be set')\n",
            ["A_KEY"],
            id="named in words",
        ),
        pytest.param(
            "import os\nclass C:\n    A_URL = os.getenv('A_URL')\n    B_URL = os.getenv('B_URL')\n"
            "C.A_URL.strip()\n",
            ["A_URL"],
            id="named in the line",
        ),
        pytest.param(
            "import os\na = os.getenv('A_URL')\nb = os.getenv('B_URL', 'x')\na.strip()\n",
            ["A_URL"],
            id="asked for without a default",
        ),
        pytest.param(
            "import os, sys\nif os.environ.get('A_KEY') is None:\n    sys.exit(1)\n",
            ["A_KEY"],
            id="exit",
        ),
    ],
)
def test_what_it_names_is_known(tmp_path: Path, code: str, names: list[str]) -> None:
    assert sorted(lacks(tmp_path, code + APP)) == sorted(names)


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("import os\nos.getenv('A_KEY')\n", id="it starts"),
        pytest.param("import os\nos.getenv('A_KEY')\nimport nowhere\n", id="a package"),
        pytest.param("import os\nos.getenv('A_KEY')\nopen('nowhere.bin')\n", id="a file"),
        pytest.param("{}['A_KEY']\n", id="a key of something else"),
    ],
)
def test_what_has_nothing_to_do_with_variables_names_none(tmp_path: Path, code: str) -> None:
    assert lacks(tmp_path, code + APP) == {}


def test_settings_that_a_request_makes(tmp_path: Path) -> None:
    code = (
        SETTINGS
        + "from fastapi import Depends\nclass S(BaseSettings):\n    admin: str\n"
        + "def settings():\n    return S()\n"
        + APP
        + "@app.get('/x')\ndef x(s=Depends(settings)):\n    return s.admin\n"
    )
    assert list(lacks(tmp_path, code, asks="/x")) == ["admin"]


def test_a_start_up_names_it_too(tmp_path: Path) -> None:
    code = (
        "import os\nfrom contextlib import asynccontextmanager\nfrom fastapi import FastAPI\n"
        "@asynccontextmanager\nasync def life(app):\n    os.environ['STORE']\n    yield\n"
        "app = FastAPI(lifespan=life)\n"
    )
    assert list(lacks(tmp_path, code)) == ["STORE"]


@pytest.mark.parametrize(
    "code",
    [
        SETTINGS
        + "from pydantic import Field\nclass S(BaseSettings):\n"
        + "    a_key: str = Field(min_length=9)\nS()\n",
        "import os\nif len(os.environ['A_KEY']) < 9:\n    raise ValueError('A_KEY is too short')\n",
        "import os\nint(os.environ['A_KEY'])\n",
    ],
    ids=["field", "words", "value"],
)
def test_a_lent_value_that_is_not_taken(tmp_path: Path, code: str) -> None:
    (found,) = lacks(tmp_path, code + APP, lent={"A_KEY": "nothing"[:7]}).values()
    assert found.is_refused


def test_a_service_that_is_away_refuses_no_value(tmp_path: Path) -> None:
    code = "import os\nraise ConnectionError('no answer of ' + os.environ['A_URL'])\n"
    assert lacks(tmp_path, code + APP, lent={"A_URL": "redis://localhost"}) == {}


@pytest.mark.parametrize(
    "code",
    [
        "from dotenv import load_dotenv\nassert load_dotenv()\n",
        "from dotenv import load_dotenv\nif not load_dotenv():\n    raise ValueError('no .env')\n",
        "from dotenv import find_dotenv\nfind_dotenv(raise_error_if_not_found=True)\n",
        "open('.env').read()\n",
        "from pathlib import Path\n(Path(__file__).parent / '.env').read_text()\n",
    ],
)
def test_an_env_file_that_has_to_be_there(tmp_path: Path, code: str) -> None:
    lacks(tmp_path, code + APP)
    assert [each.files for each in lacks_in(tmp_path / "lacks")] == [(".env",)]


def import_dbapi() -> None:
    # SQLAlchemy's name for what imports a driver.
    raise ModuleNotFoundError("No module named 'psycopg2'", name="psycopg2")


def connect(problem: str) -> None:
    raise RuntimeError(problem)


@pytest.mark.parametrize(
    ("fail", "is_refused"),
    [
        pytest.param(import_dbapi, True, id="not installed"),
        pytest.param(
            lambda: connect("The asyncio extension requires an async driver to be used."),
            True,
            id="not async",
        ),
        pytest.param(
            lambda: connect('missing "=" after "postgresql+asyncpg://" in connection info string'),
            True,
            id="an engine's",
        ),
        pytest.param(
            lambda: connect("Could not parse SQLAlchemy URL from given URL string"),
            True,
            id="none at all",
        ),
        pytest.param(lambda: connect("connection refused"), False, id="away"),
    ],
)
def test_an_address_for_another_driver_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fail: Callable[[], None], is_refused: bool
) -> None:
    lent = {"DATABASE_URL": "postgresql://app@localhost/app", "REDIS_URL": "redis://localhost"}
    for name, value in lent.items():
        monkeypatch.setenv(name, value)
    noticing = Lacks(str(tmp_path / "lacks"), str(tmp_path), list(lent), boot_fields)
    with pytest.raises(Exception) as caught:  # noqa: PT011 - each of its own kind
        fail()
    found = noticing.of(caught.value)
    refused = [each["names"] for each in found if each.get("refused")]
    assert refused == ([["DATABASE_URL"]] if is_refused else [])


@pytest.mark.parametrize(
    ("problem", "is_it"),
    [
        ('relation "users" does not exist', True),
        ("(sqlite3.OperationalError) no such table: users", True),
        ('column "age" does not exist', False),
    ],
)
def test_tables_that_are_not_there(tmp_path: Path, problem: str, is_it: bool) -> None:
    noticing = Lacks(str(tmp_path / "lacks"), str(tmp_path), [], boot_fields)
    noticing.note(RuntimeError(problem))
    assert [each.tables for each in lacks_in(tmp_path / "lacks")] == ([True] if is_it else [])


FAILED = "no ALTER\n[SQL: ALTER TABLE a]\n(Background on this error at: x)"


@pytest.mark.parametrize("works", [True, False])
def test_migrations_are_run_before_it_starts(tmp_path: Path, works: bool) -> None:
    made = "open('tables', 'w').write('made')" if works else f"raise ValueError({FAILED!r})"
    package = tmp_path / "site" / "alembic"
    package.mkdir(parents=True)
    (package / "config.py").write_text(
        f"def main(argv):\n    assert argv[1:] == ['alembic.ini', 'upgrade', 'heads']\n    {made}\n"
    )
    starting = replace(start(tmp_path, "open('tables')\n" + APP), migrations="alembic.ini")
    variables = {**starting.variables, "PYTHONPATH": str(package.parent)}
    starting = replace(starting, variables=variables)
    with running(starting) as app:
        assert (app.boot.error is None) == works
    if not works:
        assert str(app.boot.error).endswith("`alembic upgrade heads` failed: ValueError: no ALTER")


def test_a_module_that_is_not_there(tmp_path: Path) -> None:
    noticing = Lacks(str(tmp_path / "lacks"), str(tmp_path), [], boot_fields)
    noticing.note(ModuleNotFoundError("No module named 'aiosqlite'", name="aiosqlite"))
    assert [each.modules for each in lacks_in(tmp_path / "lacks")] == [("aiosqlite",)]


def test_a_default_for_another_driver_gives_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DB_URL", raising=False)
    noticing = Lacks(str(tmp_path / "lacks"), str(tmp_path), [], boot_fields)
    noticing.misses = {
        "DB_URL": {"own": True, "bare": False},
        "SITE_URL": {"own": True, "bare": False},
    }
    with pytest.raises(RuntimeError) as caught:
        connect("The asyncio extension requires an async driver to be used.")
    assert [each["names"] for each in noticing.of(caught.value)] == [["DB_URL"]]


def test_so_does_one_that_settings_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Settings(pydantic_settings.BaseSettings):
        shop_database_url: str = "postgresql://app@localhost/app"
        shop_db_connection: str = ""
        db_connection_timeout: int = 10
        site_url: str = "https://example.com"

    monkeypatch.delenv("SHOP_DATABASE_URL", raising=False)
    noticing = Lacks(str(tmp_path / "lacks"), str(tmp_path), [], boot_fields)
    with pytest.raises(RuntimeError) as caught:
        connect("The asyncio extension requires an async driver to be used.")
    found = [(each["names"], each["exact"]) for each in noticing.of(caught.value)]
    assert {(names[0], exact) for names, exact in found} >= {
        ("shop_database_url", False),
        ("shop_db_connection", False),
    }
    assert (["db_connection_timeout"], False) not in found
    assert (["site_url"], False) not in found
    monkeypatch.setenv("Shop_Database_Url", "sqlite://")
    assert (["shop_database_url"], False) not in [
        (each["names"], each["exact"]) for each in noticing.of(caught.value)
    ]
    assert Settings().site_url


def test_a_default_of_settings_is_no_lack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Settings(pydantic_settings.BaseSettings):
        SHOP_COLOUR: str = "red"

    monkeypatch.delenv("SHOP_COLOUR", raising=False)
    noticing = Lacks(str(tmp_path / "lacks"), str(tmp_path), [], boot_fields)
    noticing.misses = {name: {"own": True, "bare": True} for name in ("SHOP_COLOUR", "SHOP_SIZE")}
    found = noticing.of(RuntimeError("something else"))
    assert [each["names"] for each in found] == [["SHOP_SIZE"]]
    assert Settings().SHOP_COLOUR == "red"


def caught(code: str) -> BaseException:
    try:
        exec(code, {"__name__": "app"})
    except Exception as error:
        return error
    raise AssertionError


@pytest.mark.parametrize(
    ("code", "kinds"),
    [
        ("try:\n    open('/none/a.yaml')\nexcept OSError as e:\n    raise ValueError from e", 2),
        ("try:\n    open('/none/a.yaml')\nexcept OSError:\n    raise ValueError from None", 2),
        ("try:\n    {}['A']\nexcept KeyError:\n    raise KeyError('A') from None", 1),
        ("try:\n    1 / 0\nfinally:\n    None.pool", 2),
    ],
)
def test_an_error_is_followed_to_the_first_one(code: str, kinds: int) -> None:
    assert len(chain_of(caught(code))) == kinds
