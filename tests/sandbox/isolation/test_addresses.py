"""Addresses in every dialect: none of the owner's hosts, credentials and files stays."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest

from chatkit_agent.sandbox.isolation.addresses import (
    is_database_file,
    kind_of,
    without_services,
)
from chatkit_agent.sandbox.isolation.substitutes import Substitutes

LENT = "lent@127.9.9.9:5432"


def closed(name: str, text: str, given: Substitutes) -> str:
    """The text, with `nobody` for each address at which nobody listens."""
    return re.sub(r"127\.0\.0\.1:\d+", "nobody", without_services(name, text, given))


@pytest.mark.parametrize(
    ("theirs", "lent"),
    [
        ("POSTGRES://Me:x@DB.Example/shop", f"POSTGRES://Me:{LENT}/shop"),
        ("postgresql://me:p@ss@db/shop", f"postgresql://me:{LENT}/shop"),
        ("postgresql://me:p@ss/w@db/shop", f"postgresql://me:{LENT}/shop"),
        ("postgresql://me:p?w#x@db/shop", f"postgresql://me:{LENT}/shop"),
        ("postgresql://me:p#w@db/shop", f"postgresql://me:{LENT}/shop"),
        ("postgresql://me:pw@[2001:db8::1]:5433/shop", f"postgresql://me:{LENT}/shop"),
        ("postgresql://[2001:db8::1]/shop", f"postgresql://app:{LENT}/shop"),
        ("postgresql://db.münchen.example/shop", f"postgresql://app:{LENT}/shop"),
        ("postgresql://%2Fvar%2Frun%2Fpostgresql/shop", f"postgresql://app:{LENT}/shop"),
        ("postgresql://a%40b:x@db/shop", f"postgresql://a%40b:{LENT}/shop"),
        ("postgresql://me@db/sh%2Fop", f"postgresql://me:{LENT}/sh%2Fop"),
        ("postgresql://me@one:1,two:2,three:3/shop", f"postgresql://me:{LENT}/shop"),
        ("postgresql://me@db", f"postgresql://me:{LENT}/me"),
        ("postgresql://", f"postgresql://app:{LENT}/app"),
        ("postgresql://me@db/shop?hostaddr=10.0.0.5", f"postgresql://me:{LENT}/shop"),
        ("postgresql://me@db/shop?HOST=10.0.0.5&port=1", f"postgresql://me:{LENT}/shop"),
        ("postgresql://me@db/shop?service=prod&passfile=/x", f"postgresql://me:{LENT}/shop"),
        (
            "postgresql+pg8000://me:x@/shop?unix_sock=/cloudsql/a:b/.s.PGSQL.5432",
            f"postgresql+pg8000://me:{LENT}/shop",
        ),
        (
            "postgresql:///?user=me&password=theirs&host=db&dbname=shop",
            f"postgresql://me:{LENT}/shop?user=me&password=lent&dbname=shop",
        ),
        (
            "jdbc:postgresql://db:5432/shop?user=me&password=theirs",
            f"jdbc:postgresql://me:{LENT}/shop?user=me&password=lent",
        ),
        (
            "postgresql://me@db/shop?options=-c%20search_path%3Dapp",
            f"postgresql://me:{LENT}/shop?options=-c%20search_path%3Dapp",
        ),
        ("postgresql://me@db/shop?options=endpoint%3Dep-a", f"postgresql://me:{LENT}/shop"),
        ("me:secret@[::1]:5432/shop", f"me:{LENT}/shop"),
        ("me:secret@db.example/shop", f"me:{LENT}/shop"),
    ],
)
def test_a_postgres_is_lent(theirs: str, lent: str, given: Substitutes) -> None:
    assert without_services("DB_URL", theirs, given) == lent


@pytest.mark.parametrize(
    ("theirs", "user", "database"),
    [
        ("host=db dbname=shop", "app", "shop"),
        ("host = db dbname = shop user = me", "me", "shop"),
        ("host='/run/pg' dbname='my shop'", "app", "'my shop'"),
        ("hostaddr=10.0.0.1 dbname=shop sslmode=require", "app", "shop"),
        ("host=one,two port=1,2 user=me", "me", "me"),
        ("service=prod", "app", "app"),
        ("dbname=postgres://me:x@db/shop", "app", "app"),
        (r"host=db dbname=shop password='it\'s mine'", "app", "shop"),
    ],
)
def test_the_keywords_of_libpq(theirs: str, user: str, database: str, given: Substitutes) -> None:
    ours = f"host=127.9.9.9 port=5432 password=lent user={user} dbname={database}"
    assert without_services("DSN", theirs, given) == ours


@pytest.mark.parametrize(
    ("theirs", "found"),
    [
        ("redis://cache", "redis://nobody"),
        ("REDIS://CACHE:6379/0", "REDIS://nobody/0"),
        ("redis://[::1]:6379/0", "redis://nobody/0"),
        ("redis://one:6379,two:6379/0", "redis://nobody/0"),
        ("redis://one:6379,redis://two:6379", "redis://nobody,redis://nobody"),
        ("kafka://one:9092; kafka://two:9092", "kafka://nobody; kafka://nobody"),
        ("https://a.example|https://b.example", "https://nobody|https://nobody"),
        ('["https://a.example", "redis://b"]', '["https://nobody", "redis://nobody"]'),
        ("'https://a.example/x'", "'https://nobody/x'"),
        ("https://bücher.example/x", "https://nobody/x"),
        ("https://xn--bcher-kva.example", "https://nobody"),
        ("https://2130706433/", "https://nobody/"),
        ("HTTPS://API.EXAMPLE.COM./", "HTTPS://nobody/"),
        ("https://cdn.example/@scope/pkg@1.2/x.js", "https://nobody/@scope/pkg@1.2/x.js"),
        ("https://api.example?mail=a@b.example", "https://nobody?mail=a@b.example"),
        ("https://api.example#a@b", "https://nobody#a@b"),
        ("wss://[2001:db8::1]/a@b", "wss://nobody/a@b"),
        ("mongodb://one:1,two:2/x?replicaSet=r", "mongodb://nobody/x?replicaSet=r"),
        ("one:9092,two:9092", "nobody"),
        ("one:9092; two:9092", "nobody"),
        ("[2001:db8::1]:6379", "nobody"),
        ("api.example.com:443/v1", "nobody/v1"),
        ("ipv4:10.0.0.1:50051", "nobody"),
        ("ipv6:[2001:db8::1]:50051", "nobody"),
        ("dns:search.example:50051", "nobody"),
        ("dns:///search.example:50051", "dns:///nobody"),
        ("grpc://search:50051", "grpc://nobody"),
        ("mongodb+srv://cluster.example/x", "mongodb+srv://service.invalid/x"),
        ("Server=db,1433;Database=shop", "Server=service.invalid;Database=shop"),
        ("Data Source = tcp:db ;Database=shop", "Data Source = service.invalid;Database=shop"),
        ("jdbc:sqlserver://db:1433;databaseName=x", "jdbc:sqlserver://nobody;databaseName=x"),
        ("(ADDRESS=(HOST = db)(PORT=1521))", "(ADDRESS=(HOST = service.invalid)(PORT=1521))"),
        ("mysql:///shop?host=db", "mysql:///shop?host=service.invalid"),
        ("see https://a.example.", "see https://nobody"),
    ],
)
def test_a_service_is_closed(theirs: str, found: str, given: Substitutes) -> None:
    assert closed("SERVICE", theirs, given) == found


@pytest.mark.parametrize(
    "theirs",
    [
        "redis://me:hunter2@cache:6379/0",
        "redis://:hunter2@cache",
        "redis://me:hun@ter2/hunter2@cache/0",
        "redis://:hunter2;a=hunter2@cache/0",
        "mysql://me:hunter2?w@cache/shop",
        "mysql://me:1/2#hunter2@cache/shop?mail=a@b",
        "mysql://me:p?hunter2@cache/shop?mail=a@b",
        "amqp://me:hunter2@[::1]:5672//",
        "https://hunter2@cache/2",
        "https://me:hunter2@cache/@scope?x=a@b",
        "mongodb://me:hunter2@cache:27017,two:27017/x",
    ],
)
def test_who_and_where_are_clear_to_every_reader(theirs: str, given: Substitutes) -> None:
    """A stand-in for a password has none of the characters over which readers disagree."""
    found = without_services("SERVICE", theirs, given)
    parts = urlsplit(found)
    assert (parts.hostname, found.partition("://")[2].count("@127.0.0.1:")) == ("127.0.0.1", 1)
    assert "hunter2" not in found
    assert "cache" not in found


@pytest.mark.parametrize(
    ("theirs", "was"),
    [
        ("redis://me:hunter2@cache/0", "cache:6379"),
        ("jdbc:sqlserver://cache:1433;user=me;password=hunter2hunter2", "cache:1433"),
        ("jdbc:sqlserver://cache:1433;user=me@cloud;password=hunter2hunter2", "cache:1433"),
        ("https://cache.example;accesskey=hunter2hunter2", "cache.example:443"),
        ("https://cache.example?sig=hunter2hunter2", "cache.example:443"),
        ("mysql://me:hunter2?x@cache/shop", "cache:3306"),
        ("amqps://me:hunter2@[2001:db8::1]//", "[2001:db8::1]:5671"),
        ("Server=cache;Pwd=hunter2hunter2", "cache"),
        ("mail:hunter2@cache.example:2525", "cache.example:2525"),
    ],
)
def test_a_report_shows_the_place_alone(theirs: str, was: str, given: Substitutes) -> None:
    found = without_services("SERVICE", theirs, given)
    assert "hunter2" not in found
    assert [each.was for each in given.closed.values()] == [was]


@pytest.mark.parametrize(
    "theirs",
    [
        "unix:///run/redis.sock",
        "redis+unix:///run/redis.sock?db=1",
        "redis+socket:///run/redis.sock",
        "redis:///run/redis.sock",
        "unix://:hunter2@/run/redis.sock?db=1",
        "http+unix://%2Frun%2Fdocker.sock/v1",
        "mysql+pymysql://me:x@/shop?unix_socket=/run/mysql",
        "mysql+pymysql:///shop?charset=utf8&unix_socket=/run/mysql",
        "mysql+pymysql:///shop?unix_socket=%2Frun%2Fmysql",
    ],
)
def test_a_socket_is_one_that_is_absent(theirs: str, given: Substitutes) -> None:
    found = without_services("SERVICE", theirs, given)
    assert "absent.sock" in found
    assert not re.search(r"redis\.sock|docker|run/mysql|Fmysql|hunter2", found)


@pytest.mark.parametrize(
    ("theirs", "copy"),
    [
        ("sqlite:////srv/shop.db", "sqlite:///{}"),
        ("SQLite:////srv/shop.db?timeout=3", "SQLite:///{}?timeout=3"),
        ("sqlite:///file:/srv/shop.db?mode=ro&uri=true", "sqlite:///file:{}?mode=ro&uri=true"),
        (
            "sqlite+aiosqlite:///file:///srv/shop.db?uri=true",
            "sqlite+aiosqlite:///file://{}?uri=true",
        ),
        ("duckdb:////srv/shop.db", "duckdb:///{}"),
    ],
)
def test_a_file_is_a_copy(theirs: str, copy: str, given: Substitutes) -> None:
    place = given.folder / "files" / "0" / "shop.db"
    assert without_services("DB", theirs, given) == copy.format(place)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DB", "sqlite://"),
        ("DB", "sqlite:///:memory:"),
        ("DB", "sqlite:///./shop.db"),
        ("DB", "sqlite:///file:shop.db?uri=true"),
        ("DB", "sqlite:///file:shared?mode=memory&cache=shared&uri=true"),
        ("FILES", "s3://bucket/key"),
        ("FILES", "memory://"),
        ("SECRET", "data:text/plain,x"),
        ("DB", "postgresql://{user}:{password}@{host}/shop"),
        ("DB", "postgresql://${USER}@db/shop"),
        ("DB", "postgresql://%(user)s@db/shop"),
        ("CORS_ORIGINS", "https://a.example"),
        ("JWT_ISSUER", "https://a.example/"),
        ("auth.aud", "https://a.example/"),
        ("LOGIN_REDIRECT", "https://a.example/"),
        ("BIND", "127.0.0.1:8000"),
        ("LISTEN", "0.0.0.0:8000"),
        ("SERVER", "0.0.0.0:8000"),
        ("TIME", "12:30"),
        ("RATIO", "16:10"),
        ("TEXT", "Good morning; a = b"),
        ("TEXT", "user=me"),
        ("LEVEL", "app:debug"),
    ],
)
def test_what_leads_to_nobody_stays(name: str, value: str, given: Substitutes) -> None:
    assert without_services(name, value, given) == value
    assert (given.closed, given.databases) == ({}, ())


def test_the_same_place_is_one_and_another_is_another(given: Substitutes) -> None:
    one, again, other = (
        without_services("CACHE", f"redis://{place}/0", given)
        for place in ("cache:6379", "cache:6379", "other:6379")
    )
    assert one == again != other


@pytest.mark.parametrize(
    ("scheme", "kind"),
    [
        ("redis", "Redis"),
        ("redis+sentinel", "Redis"),
        ("mysql+pymysql", "MySQL"),
        ("mongodb+srv", "MongoDB"),
        ("smtp+tls", "mail server"),
        ("wss", "HTTP service"),
        ("ldap", "ldap"),
    ],
)
def test_the_kind_is_in_the_words_of_its_people(scheme: str, kind: str) -> None:
    assert kind_of(scheme) == kind


@pytest.mark.parametrize(
    ("text", "is_it"),
    [
        ("shop.db", True),
        ("/srv/shop.SQLITE3", True),
        ("data/shop.duckdb", True),
        ("https://a.example/shop.db", False),
        ("shop.database", False),
        ("text\nshop.db", False),
        ("shop.db.bak", False),
    ],
)
def test_what_a_database_file_is(text: str, is_it: bool) -> None:
    assert is_database_file(text) is is_it
