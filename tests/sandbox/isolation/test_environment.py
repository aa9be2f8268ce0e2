"""What an application is given instead of its owner's variables, in every way to write them."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from chatkit_agent.project.scratch import encoding_of, values_in
from chatkit_agent.sandbox.isolation import substitutes
from chatkit_agent.sandbox.isolation.environment import isolated
from chatkit_agent.sandbox.isolation.files import isolate_configuration, isolate_env_files
from chatkit_agent.sandbox.isolation.substitutes import Substitutes


@pytest.mark.parametrize(
    ("value", "lent"),
    [
        ("postgres://me:secret@db:5439/shop", "postgres://me:lent@127.9.9.9:5432/shop"),
        (
            "postgresql+asyncpg://me:a%40b@db/shop",
            "postgresql+asyncpg://me:lent@127.9.9.9:5432/shop",
        ),
        ("postgres://me:p/w@db/shop", "postgres://me:lent@127.9.9.9:5432/shop"),
        ("postgresql:///shop?host=/run/pg", "postgresql://app:lent@127.9.9.9:5432/shop"),
        (
            "postgres://me:x@db/one;postgres://me:x@db/two",
            "postgres://me:lent@127.9.9.9:5432/one;postgres://me:lent@127.9.9.9:5432/two",
        ),
        ("me:secret@db.internal:5432/shop", "me:lent@127.9.9.9:5432/shop"),
        ("postgresql://u@one:1,two:2/d", "postgresql://u:lent@127.9.9.9:5432/d"),
        (
            "postgresql+psycopg://me:x@db/shop?sslmode=require&application_name=shop",
            "postgresql+psycopg://me:lent@127.9.9.9:5432/shop?application_name=shop",
        ),
        (
            "host=db dbname=shop user=me password='a b' sslmode=verify-full",
            "host=127.9.9.9 port=5432 password=lent user=me dbname=shop",
        ),
        (
            '{"main": {"url": "postgres://me:x@db/shop"}}',
            '{"main": {"url": "postgres://me:lent@127.9.9.9:5432/shop"}}',
        ),
    ],
)
@pytest.mark.parametrize("name", ["DATABASE_URL", "ANYTHING", "shop__store"])
def test_a_database_is_lent_by_its_value(
    name: str, value: str, lent: str, given: Substitutes
) -> None:
    assert isolated({name: value}, given)[name] == lent


@pytest.mark.parametrize(
    "names",
    [
        ("POSTGRES_SERVER", "POSTGRES_PORT", "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"),
        ("DB_HOST", "DB_PORT", "DB_USERNAME", "DB_PASS", "DB_NAME"),
        ("database_hostname", "database_port", "database_user", "database_pwd", "database_name"),
        ("APP__DB__HOST", "APP__DB__PORT", "APP__DB__USER", "APP__DB__PASSWORD", "APP__DB__NAME"),
        ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE"),
        ("DBHOST", "DBPORT", "DBUSER", "DBPASS", "DBNAME"),
        ("app_dbhost", "app_dbport", "app_dbuser", "app_dbpw", "app_dbname"),
    ],
)
def test_a_database_in_parts_is_lent(names: tuple[str, ...], given: Substitutes) -> None:
    theirs = dict(zip(names, ("db.internal", "6543", "me", "their-own", "shop"), strict=True))
    found = isolated(theirs, given)
    assert [found[name] for name in names] == ["127.9.9.9", "5432", "me", "lent", "shop"]


def test_a_host_that_is_a_whole_address_stays_one(given: Substitutes) -> None:
    theirs = {"PG_HOST": "postgresql://db.internal", "PG_PORT": "5439", "PG_USER": "me"}
    found = isolated(theirs, given)
    assert found["PG_HOST"].startswith("postgresql://")
    assert "127.9.9.9" in found["PG_HOST"]
    assert (found["PG_PORT"], found["PG_PASSWORD"]) == ("5432", "lent")


def test_parts_in_json_keep_their_types(given: Substitutes) -> None:
    theirs = {"DATABASES": json.dumps({"default": {"host": "db", "port": 5432, "user": "me"}})}
    found = json.loads(isolated(theirs, given)["DATABASES"])
    assert found["default"] == {"host": "127.9.9.9", "port": 5432, "user": "me"}


@pytest.mark.parametrize(
    "value",
    [
        "redis://:pw@cache:6379/0",
        "rediss://cache/0",
        "mysql+pymysql://root:pw@db/shop",
        "amqp://guest:guest@mq:5672//",
        "mongodb://u:p@one:27017,two:27017/x",
        "mongodb+srv://u:p@cluster.example/x",
        "smtp://me:pw@mail:587",
        "https://abc@o1.ingest.sentry.io/42",
        "http://user:pw@[::1]:8080/api",
        "kafka-1:9092,kafka-2:9092",
        "10.1.2.3:11211 10.1.2.4:11211",
        "mssql+pyodbc://sa:pw@host/db?driver=x",
        "Driver={X};Server=tcp:h.example,1433;Database=d;Uid=u;Pwd=secret;",
        "unix:///var/run/docker.sock",
        '["redis://cache:6379/1", "http://search:9200"]',
        "sentinel://cache:26379;sentinel://one:26379",
        "PLAINTEXT://kafka-1:9092,SASL_SSL://kafka-2:9093",
        "dns:///search:50051",
        "one:1521/shop",
        "(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=cache)(PORT=1521)))",
        "mssql+pyodbc:///?odbc_connect=DRIVER%3D%7Bx%7D%3BSERVER%3Dcache%3BUID%3Dme",
        "me:secret@mail.example.com:2525",
    ],
)
def test_any_other_service_is_nowhere(value: str, given: Substitutes) -> None:
    found = isolated({"SERVICE": value}, given)["SERVICE"]
    hosts = (
        "10.1.2",
        "cache",
        "@db",
        "@mq:",
        "one",
        "two",
        "cluster",
        "mail",
        "sentry",
        "::1",
        "kafka",
        "tcp:",
    )
    assert not any(host in found for host in (*hosts, "docker", "search"))
    assert found.split("://")[0] == value.split("://")[0] or ".invalid" in found or "127." in found


def test_hosts_and_credentials_of_others(given: Substitutes) -> None:
    theirs = {
        "REDIS_HOST": "localhost",
        "REDIS_PORT": "6379",
        "SMTP_HOST": "10.0.0.5",
        "STRIPE_SECRET_KEY": "sk_live_abcdefgh12345678",
        "AWS_PROFILE": "work",
        "HTTPS_PROXY": "http://proxy:3128",
        "DOCKER_HOST": "tcp://10.0.0.1:2375",
        "PGSERVICE": "prod",
        "PGSSLMODE": "verify-full",
    }
    found = isolated(theirs, given)
    assert (found["REDIS_HOST"], found["SMTP_HOST"]) == ("redis-host.invalid", "255.255.255.255")
    assert found["STRIPE_SECRET_KEY"].startswith("sk_live_")
    assert found["STRIPE_SECRET_KEY"] != theirs["STRIPE_SECRET_KEY"]
    assert (
        not {"AWS_PROFILE", "HTTPS_PROXY", "DOCKER_HOST", "PGSERVICE", "PGSSLMODE"} & found.keys()
    )
    assert found["PGHOST"] == "127.9.9.9"
    assert given.closed["redis-host.invalid"].was == "localhost:6379"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STRIPE", "sk_live_hunter2hunter2"),
        ("SMTP_PW", "hunter2hunter2"),
        ("QUEUE", "jdbc:mysql://db/shop?user=me&password=hunter2hunter2"),
        ("BUS", "Endpoint=sb://bus.example/;SharedAccessKey=hunter2hunter2="),
        ("BUCKET", "https://store.example/x?sig=hunter2hunter2"),
    ],
)
def test_a_credential_is_known_by_its_shape_too(name: str, value: str, given: Substitutes) -> None:
    assert "hunter2" not in isolated({name: value}, given)[name]


def test_what_is_no_service_stays(given: Substitutes) -> None:
    theirs = {
        "HOST": "0.0.0.0",
        "PORT": "8000",
        "API_HOST": "127.0.0.1",
        "BACKEND_CORS_ORIGINS": '["http://localhost:5173"]',
        "JWT_ISSUER": "https://issuer.example/",
        "ACCESS_TOKEN_EXPIRE_MINUTES": "60",
        "ALGORITHM": "HS256",
        "PATH": "/usr/bin:/bin",
        "PROJECT_NAME": "Shop",
        "TZ": "Europe/Berlin",
        "CACHE": "memory://",
        "BASIC_LOGIN": "me:p@ss",
        "QUEUE_NAME": "orders",
        "DBNAME": "shop.db",
    }
    assert isolated(theirs, given) == theirs


def test_what_the_owner_allows_stays_whole(given: Substitutes) -> None:
    theirs = {"REDIS_URL": "redis://:pw@cache:6379/0", "OTHER_URL": "redis://cache:6379/1"}
    found = isolated(theirs, given, ["REDIS_URL"])
    assert found["REDIS_URL"] == theirs["REDIS_URL"]
    assert "cache" not in found["OTHER_URL"]


@pytest.mark.parametrize("name", ["LNBITS_DATA_FOLDER", "UPLOAD_DIR", "media_root", "app__path"])
def test_a_folder_for_data_is_one_of_this_run(name: str, given: Substitutes) -> None:
    there = given.root.parent / "data"
    fresh = Path(isolated({name: str(there)}, given)[name])
    assert fresh.is_relative_to(given.folder)
    assert fresh.parent.is_dir()
    assert not fresh.exists()
    there.mkdir()
    (there / "kept.txt").write_text("mine")
    others = {f"{name}X": "x", "PYTHONPATH": str(there), "SITE_URL": str(there)}
    again = isolated({**others, "OTHER_DIR": str(there)}, Substitutes(given.lender, *places(given)))
    assert {each: again[each] for each in others} == others
    copied = Path(again["OTHER_DIR"])
    assert copied.is_relative_to(given.folder)
    assert (copied / "kept.txt").read_text() == "mine"


def places(given: Substitutes) -> tuple[Path, Path, Path]:
    folder = given.folder / "second"
    folder.mkdir()
    return given.root, given.copy, folder


@pytest.mark.parametrize("what", ["large", "of the project", "a list", "relative"])
def test_other_folders_stay(what: str, given: Substitutes, monkeypatch: pytest.MonkeyPatch) -> None:
    there = given.root.parent / "models"
    there.mkdir()
    (there / "weights").write_bytes(b"12")
    monkeypatch.setattr(substitutes, "MOST_BYTES", 1)
    values = {
        "large": str(there),
        "of the project": str(given.root.parent),
        "a list": f"{there}:/nowhere/else",
        "relative": "data",
    }
    assert isolated({"DATA_DIR": values[what]}, given)["DATA_DIR"] == values[what]


@pytest.mark.parametrize("scheme", ["sqlite", "sqlite+aiosqlite"])
def test_a_file_is_a_copy(scheme: str, given: Substitutes, tmp_path: Path) -> None:
    outside = tmp_path / "elsewhere.db"
    outside.write_bytes(b"SQLite")
    theirs = {
        "A": f"{scheme}:///{outside}",
        "B": f"{scheme}:///{given.root}/data/app.db",
        "C": f"{scheme}:///./data/app.db",
        "D": f"{scheme}:///../elsewhere.db",
        "E": f"{scheme}://",
        "F": str(outside),
    }
    found = isolated(theirs, given)
    copied = given.folder / "files" / "0" / "elsewhere.db"
    assert copied.read_bytes() == b"SQLite"
    assert found == {
        "A": f"{scheme}:///{copied}",
        "B": f"{scheme}:///{given.copy}/data/app.db",
        "C": theirs["C"],
        "D": f"{scheme}:///{copied}",
        "E": theirs["E"],
        "F": str(copied),
    }


def test_the_files_of_the_copy_say_the_same(given: Substitutes) -> None:
    files = {
        ".env": "WHO=me\nexport STORE='postgres://${WHO}:x@db/shop'  # the shop's\n",
        "alembic.ini": "[alembic]\nsqlalchemy.url = postgresql://me:x@db/shop\n",
        "config.yaml": "database:\n  host: db\n  port: 5432\n  user: me\ncache: redis://cache/0\n",
        "settings.toml": '[default.database]\nhost = "db"\nname = "shop"\n',
        "conf.json": '{\n  "database": {\n    "host": "db",\n    "user": "me"\n  }\n}\n',
        "inline.yaml": "database: {host: db, user: me, password: 'their own'}\n",
        "inline.toml": '[shop]\nmail = {server = "mail", token = "hunter2hunter2"}\n',
        "one.json": '{"db": {"host": "db", "port": 5432}, "queue": "mq:5672", "pages": {"a": 1}}',
        "conf.xml": '<db url="postgres://me:x@db/shop"/>',
        "keys.ini": "[keys]\nstripe = sk_live_hunter2hunter2\nwelcome = Good morning\n",
        "db.py": 'URL = "postgresql://me:x@db/shop"\nT = f"postgresql://{u}@{h}/d"\n',
        "dsn.py": 'A = "dbname=shop host=db user=me"\nB = "service=web env=one"\n'
        'C = f"dbname={d} host=db"\n',
        "secrets/database_url": "postgres://me:x@db/shop\n",
        "config.py": 'class Config:\n    secrets_dir = "secrets"\n',
    }
    for name, text in files.items():
        (given.copy / name).parent.mkdir(exist_ok=True)
        (given.copy / name).write_text(text)
    path = given.copy / ".env"
    isolate_env_files({path: values_in(path)}, given, (), {})
    isolate_configuration(given, ())
    found = {name: (given.copy / name).read_text() for name in files}
    assert "postgres://me:lent@127.9.9.9:5432/shop" in found[".env"]
    assert found["alembic.ini"].endswith("= postgresql://me:lent@127.9.9.9:5432/shop\n")
    assert "  host: 127.9.9.9\n  port: 5432\n" in found["config.yaml"]
    assert "redis://127.0.0.1:" in found["config.yaml"]
    assert 'host = "127.9.9.9"\nname = "shop"' in found["settings.toml"]
    assert json.loads(found["conf.json"])["database"]["host"] == "127.9.9.9"
    assert found["db.py"].startswith('URL = "postgresql://me:lent@127.9.9.9:5432/shop"\nT = f"post')
    assert found["dsn.py"].splitlines() == [
        'A = "host=127.9.9.9 port=5432 password=lent user=me dbname=shop"',
        'B = "service=web env=one"',
        'C = f"dbname={d} host=db"',
    ]
    assert found["secrets/database_url"] == "postgres://me:lent@127.9.9.9:5432/shop"
    assert found["inline.yaml"] == "database: {host: 127.9.9.9, user: me, password: 'lent'}\n"
    assert 'server = "shop' not in found["inline.toml"]
    assert "mail-server.invalid" in found["inline.toml"]
    one = json.loads(found["one.json"])
    assert (one["db"], one["pages"]) == ({"host": "127.9.9.9", "port": 5432}, {"a": 1})
    assert found["conf.xml"] == '<db url="postgres://me:lent@127.9.9.9:5432/shop"/>'
    assert "welcome = Good morning\n" in found["keys.ini"]
    assert "hunter2" not in "".join(found.values())


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_an_env_file_of_windows_names_nothing_of_the_owner(
    encoding: str, given: Substitutes
) -> None:
    path = given.copy / ".env"
    path.write_bytes("WHO=größer\nSTORE=postgres://me:hunter2@db/shop\n".encode(encoding))
    isolate_env_files({path: values_in(path)}, given, (), {}, encoding_of)
    found = {"WHO": "größer", "STORE": "postgres://me:lent@127.9.9.9:5432/shop"}
    assert values_in(path) == found
    assert "hunter2" not in path.read_bytes().decode(encoding)


def test_a_file_that_the_source_names_is_a_copy(given: Substitutes, tmp_path: Path) -> None:
    outside = tmp_path / "elsewhere.db"
    outside.write_bytes(b"SQLite")
    source = (
        'A = sqlite3.connect("../elsewhere.db")\n'
        f"B = sqlite3.connect('{outside}')\n"
        f'C = Path("{given.root}/data/app.db")\n'
        'D = connect("./data/app.db"), "/docs", "../README.md", f"{HERE}/../x.db"\n'
    )
    (given.copy / "db.py").write_text(source)
    isolate_configuration(given, ())
    found = (given.copy / "db.py").read_text().splitlines()
    copied = given.folder / "files" / "0" / "elsewhere.db"
    assert copied.read_bytes() == b"SQLite"
    assert found[0] == f'A = sqlite3.connect("{copied}")'
    assert found[1] == f"B = sqlite3.connect('{copied}')"
    assert found[2] == f'C = Path("{given.copy}/data/app.db")'
    assert found[3] == source.splitlines()[3]


@pytest.mark.parametrize(
    "text",
    ['{"a": "' + "x" * 500_000 + '", "host": "{' + "=" * 9 + '"}', '"a":://' * 70_000],
    ids=["one value", "names alone"],
)
def test_a_long_line_is_read_in_time(text: str, given: Substitutes) -> None:
    (given.copy / "long.json").write_text(text)
    began = time.process_time()
    isolate_configuration(given, ())
    assert time.process_time() - began < 2


def test_files_that_variables_name_hold_nothing_of_the_owner(
    given: Substitutes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Docker's secrets: DB_PASSWORD_FILE=/run/secrets/db_password."""
    held = {
        "POSTGRES_PASSWORD_FILE": "their own\n",
        "DATABASE_URL_FILE": "postgres://me:x@db/shop",
        "STRIPE_API_KEY_FILE": "hunter2hunter2",
        "WORDS_FILE": "one two",
    }
    for name, text in held.items():
        (tmp_path / name).write_text(text)
    theirs = {name: str(tmp_path / name) for name in held}
    for name, path in theirs.items():
        monkeypatch.setenv(name, path)
    found = isolated({"POSTGRES_HOST": "db", **theirs, "PID_FILE": "/not/there"}, given)
    texts = {name: Path(found[name]).read_text() for name in held}
    assert texts["POSTGRES_PASSWORD_FILE"] == "lent"
    assert texts["DATABASE_URL_FILE"] == "postgres://me:lent@127.9.9.9:5432/shop"
    assert len(texts["STRIPE_API_KEY_FILE"]) == 14
    assert "hunter2" not in texts["STRIPE_API_KEY_FILE"]
    assert (found["WORDS_FILE"], found["PID_FILE"]) == (theirs["WORDS_FILE"], "/not/there")
    assert not {"POSTGRES_PASSWORD", "DATABASE_URL", "STRIPE_API_KEY"} & found.keys()
    assert (tmp_path / "DATABASE_URL_FILE").read_text() == held["DATABASE_URL_FILE"]


def test_a_file_elsewhere_that_only_the_repository_names_is_not_read(
    given: Substitutes, tmp_path: Path
) -> None:
    """Its `.env` may name any file of this machine, or lead there by a link."""
    elsewhere = tmp_path / "of_the_owner"
    elsewhere.write_text("https://me:hunter2hunter2@git.example/")
    link = given.root / "link"
    link.symlink_to(elsewhere)
    named = {"DATABASE_URL_FILE": str(elsewhere), "OTHER_URL_FILE": str(link)}
    assert isolated(named, given) == named
    assert not (given.folder / "secrets").exists()
