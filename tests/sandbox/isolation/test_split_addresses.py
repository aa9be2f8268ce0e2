"""Services in pieces: which names belong together, and that none of them keeps a host."""

from __future__ import annotations

import pytest

from chatkit_agent.sandbox.isolation.split_addresses import (
    is_host,
    parts_of_lent,
    piece_of,
    replaced_parts,
)
from chatkit_agent.sandbox.isolation.substitutes import Substitutes


@pytest.mark.parametrize(
    ("name", "service", "part"),
    [
        ("DB_HOST", "db", "host"),
        ("db-host", "db", "host"),
        ("db.host", "db", "host"),
        ("dbHost", "db", "host"),
        ("DBHOST", "db", "host"),
        ("databaseHostname", "database", "host"),
        ("POSTGRES_HOST_NAME", "postgres", "host"),
        ("APP__DB__PORT", "app__db", "port"),
        ("DB_USERNAME", "db", "user"),
        ("MYSQL_PWD", "mysql", "password"),
        ("SHOP_DB_NAME", "shop_db", "database"),
        ("DB_NAME", "db", "database"),
        ("MYSQLPORT", "mysql", "port"),
        ("KAFKA_BROKERS", "kafka", "host"),
        ("CASSANDRA_NODES", "cassandra", "host"),
        ("EMAIL_HOST_PASSWORD", "email_host", "password"),
        ("DB_HOST_READ", "db_read", "host"),
        ("DB_HOST_2", "db_2", "host"),
        ("db.port.replica", "db.replica", "port"),
        ("REDIS_PASSWORD_DEV", "redis_dev", "password"),
    ],
)
def test_a_name_is_a_part(name: str, service: str, part: str) -> None:
    piece = piece_of(name)
    assert piece is not None
    assert (piece.service, piece.part) == (service, part)


@pytest.mark.parametrize(
    "name",
    [
        *("HOST", "PORT", "NAME", "HOSTNAME", "LOCALHOST", "HOST_1", "SUPPORT", "TRANSPORT"),
        *("EXPORT", "ghost", "COMPASS", "DB_URL", "POSTGRES_HOST_AUTH_METHOD", ""),
    ],
)
def test_a_name_is_none(name: str) -> None:
    assert piece_of(name) is None


@pytest.mark.parametrize(
    "theirs",
    [
        {"POSTGRES_HOST": "theirs"},
        {"DB_HOST": "theirs"},
        {"DB_HOST": "theirs", "DB_PORT": "5432"},
        {"STORE_HOST": "theirs", "STORE_PORT": "5432"},
        {"STORE_HOST": "theirs", "STORE_DRIVER": "postgresql+asyncpg"},
        {"STORE_HOST_READ": "theirs", "STORE_DRIVER": "postgresql+asyncpg"},
        {"DB_HOST_READ": "theirs", "DB_HOST_WRITE": "theirs"},
        {"DB_HOST_1": "theirs", "DB_HOST_2": "theirs"},
        {"dbHost": "theirs", "dbUser": "me"},
        {"DB_HOST": "theirs,theirs"},
        {"DB_HOST": "/run/theirs"},
        {"PG_HOST": "/cloudsql/theirs:europe:shop"},
        {"AWS_RDS_ENDPOINT": "theirs.example"},
        {"DB_USER": "me", "DB_PASSWORD": "theirs"},
    ],
)
def test_a_postgres_is_lent(theirs: dict[str, str], given: Substitutes) -> None:
    found = theirs | replaced_parts(theirs, given, {})
    hosts = {value for name, value in found.items() if "host" in name.lower()}
    assert hosts == {"127.9.9.9"}
    assert not any("theirs" in value for value in found.values())
    assert parts_of_lent(theirs, given) == {name for name in theirs if "DRIVER" not in name}


def test_who_and_which_database_stay(given: Substitutes) -> None:
    theirs = {"DB_HOST": "db", "DB_USER": "me", "DB_NAME": "shop", "DB_PORT": "6543"}
    assert replaced_parts(theirs, given, {}) == {
        "DB_HOST": "127.9.9.9",
        "DB_SERVER": "127.9.9.9",
        "DB_HOSTNAME": "127.9.9.9",
        "DB_PORT": "5432",
        "DB_PASSWORD": "lent",
    }
    assert given.databases == ("shop",)


def test_defaults_in_the_source_give_way_under_the_same_names(given: Substitutes) -> None:
    """What is not set is added as the others are spelled."""
    assert replaced_parts({"shop.db.user": "me"}, given, {})["shop.db.host"] == "127.9.9.9"
    assert replaced_parts({"DB_USER_RO": "me"}, given, {})["DB_HOST_RO"] == "127.9.9.9"


@pytest.mark.parametrize(
    ("theirs", "was"),
    [
        ({"REDIS_HOST": "theirs"}, "theirs"),
        ({"REDIS_HOST": " theirs ", "REDIS_PORT": "6380"}, "theirs:6380"),
        ({"REDIS_HOST": "localhost"}, "localhost"),
        ({"REDIS_HOSTS": "one,two"}, "one,two"),
        ({"ES_HOSTS": "one, two"}, "one, two"),
        ({"REDIS_HOST_2": "theirs"}, "theirs"),
        ({"MYSQL_HOST": "db", "MYSQL_PORT": "3306"}, "db:3306"),
        ({"DB_HOST": "db", "DB_PORT": "3306"}, "db:3306"),
        ({"DB_HOST": "db", "DB_ENGINE": "django.db.backends.mysql"}, "db"),
        ({"DB_HOST_READ": "db", "DB_ENGINE": "mysql"}, "db"),
        ({"SMTP_SERVER": "mail.example", "SMTP_PORT": "25"}, "mail.example:25"),
        ({"QDRANT_ENDPOINT": "bücher.example"}, "bücher.example"),
        ({"API_HOST": "api.example"}, "api.example"),
    ],
)
def test_another_service_is_nowhere(theirs: dict[str, str], was: str, given: Substitutes) -> None:
    found = replaced_parts(theirs, given, {})
    name = next(iter(theirs))
    host = f"{name.lower().replace('_', '-')}.invalid"
    assert found == {name: host}
    assert given.closed[host].was == was


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "::1", "[2001:db8::1]", "10.0.0.1,10.0.0.2", "fe80::1"]
)
def test_a_number_becomes_a_number(host: str, given: Substitutes) -> None:
    """As some take nothing else."""
    assert replaced_parts({"CACHE_HOST": host}, given, {}) == {"CACHE_HOST": "255.255.255.255"}


def test_a_socket_is_one_that_is_absent(given: Substitutes) -> None:
    found = replaced_parts({"MYSQL_HOST": "/run/mysqld.sock"}, given, {})
    assert found == {"MYSQL_HOST": given.socket_path()}


@pytest.mark.parametrize(
    "theirs",
    [
        {"API_HOST": "127.0.0.1", "API_PORT": "8000"},
        {"APP_HOST": "0.0.0.0"},
        {"SERVER_HOST": "localhost"},
        {"ALLOWED_HOSTS": "a.example"},
        {"TRUSTED_HOST": "a.example"},
        {"REDIS_HOST": "none"},
        {"REDIS_HOST": ""},
        {"MAIL_SERVER": "true"},
        {"API_ENDPOINT": "/api/v1"},
        {"HOME_ADDRESS": "Main Street 1, Berlin"},
        {"PROJECT_NAME": "Shop"},
        {"DB_NAME": "shop.db"},
        {"DB_HOST": "db", "DB_ENGINE": "sqlite3"},
    ],
)
def test_what_is_no_service_stays(theirs: dict[str, str], given: Substitutes) -> None:
    assert replaced_parts(theirs, given, {}) == {}


def test_what_the_owner_allows_stays_as_a_whole(given: Substitutes) -> None:
    theirs = {"DB_HOST": "db", "DB_PASSWORD": "x", "REDIS_HOST": "cache"}
    found = replaced_parts(theirs, given, {"DB_HOST": "db"})
    assert found == {"REDIS_HOST": "redis-host.invalid"}


@pytest.mark.parametrize(
    ("value", "is_it"),
    [
        ("db", True),
        ("db.example.com", True),
        ("bücher.example", True),
        ("my_db-1", True),
        ("10.0.0.1", True),
        ("::1", True),
        ("[::1]", True),
        ("5432", False),
        ("TRUE", False),
        ("0.0.0.0", False),
        ("::", False),
        ("a b", False),
        ("https://a", False),
        ("/run/x", False),
        ("", False),
        ("...", False),
    ],
)
def test_what_a_host_is(value: str, is_it: bool) -> None:
    assert is_host(value) is is_it
