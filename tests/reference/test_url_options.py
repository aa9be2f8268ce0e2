"""Database URLs as other tools write them: used where that is possible, told where it is not."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest
from pydantic import SecretStr

from .conftest import TARGET

FOREIGN = (
    *("schema=public", "connection_limit=1", "pool_timeout=5", "supa=base-pooler.x", "pgbouncer=1"),
    *("keepalives_idle=30", "command_timeout=60", "min_size=1", "max_size=5", "serverVersion=15"),
    *("charset=utf8", "sslaccept=strict", "connect_timeout=3", "channel_binding=prefer"),
    *("currentSchema=x", "ApplicationName=y", "pool_size=5", "max_overflow=2", "reWrite=true"),
    *("prepareThreshold=0", "loginTimeout=3", "uselibpqcompat=true", "statement_cache_size=0"),
)


@pytest.fixture
def url_options(delivered: ModuleType) -> ModuleType:
    return import_module(f"{TARGET}.chatkit_store.url_options")


def with_options(url: str, options: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}{options}"


@pytest.mark.anyio
async def test_options_of_other_drivers_are_left_out_by_name(
    make_store: Callable[..., Any], database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    await make_store(with_options(database_url, "&".join(FOREIGN))).ping()
    (told,) = {record.getMessage() for record in caplog.records if "left out" in record.msg}
    assert all(option.partition("=")[0] in told for option in FOREIGN)
    assert "DATABASE_URL" in told


@pytest.mark.anyio
@pytest.mark.parametrize(
    "option", ["application_name=x", "options=-c%20lock_timeout=1000", "search_path=public"]
)
async def test_settings_of_the_server_reach_it(
    make_store: Callable[..., Any], database_url: str, option: str
) -> None:
    await make_store(with_options(database_url, option)).ping()


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("option", "named"),
    [
        ("timezone=Nowhere", "TimeZone"),
        ("statement_timeout=soon", "statement_timeout"),
        ("options=project%3Dep-cool", "project"),
        ("options=-c%20nothing_known=1", "nothing_known"),
    ],
)
async def test_an_option_that_the_server_refuses_is_named(
    make_store: Callable[..., Any], delivered: Any, database_url: str, option: str, named: str
) -> None:
    with pytest.raises(delivered.StoreNotConfigured, match=f"(?i)DATABASE_URL.*{named}"):
        await make_store(with_options(database_url, option)).ping()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ("target_session_attrs=master", "read-write"),
        ("sslmode=verify-full", "sslrootcert=system"),
        ("sslmode=verify-ca", "sslrootcert=system"),
        ("ssl=verify-full", "sslrootcert=system"),
        ("sslmode=verify-full&sslrootcert=/not/there.crt", "/not/there.crt"),
        ("sslmode=require&sslcert=/not/client.crt", "/not/client.crt"),
        ("sslmode=strict", "verify-full"),
        ("sslnegotiation=direct", "sslmode=require"),
        ("sslnegotiation=DIRECT&sslmode=prefer", "sslmode=require"),
        ("sslnegotiation=tls", "postgres, direct"),
    ],
)
def test_tls_that_cannot_be_had_says_what_is_missing(
    delivered: Any, monkeypatch: pytest.MonkeyPatch, options: str, says: str
) -> None:
    for name in ("PGSSLROOTCERT", "PGSSLMODE"):
        monkeypatch.delenv(name, raising=False)
    config = delivered.StoreConfig(database_url=SecretStr(f"postgresql://u:pw@h/db?{options}"))
    with pytest.raises(delivered.StoreNotConfigured) as told:
        _ = config.tls
    assert says in str(told.value)
    assert "percent-encoded" not in str(told.value)
    assert "pw" not in str(told.value)


def test_the_authorities_of_the_system_are_used(delivered: Any) -> None:
    url = "postgresql://u@h/db?sslmode=verify-full&sslrootcert=system"
    config = delivered.StoreConfig(database_url=SecretStr(url))
    assert "sslrootcert" not in config.dsn
    assert config.tls.verify_mode is ssl.CERT_REQUIRED
    plain = delivered.StoreConfig(database_url=SecretStr("postgresql://u@h/db"))
    assert plain.tls is None


@pytest.mark.parametrize(
    "option",
    [
        *("sslmode=no-verify", "sslmode=no_verify", "sslMode=require", "SSLMODE=REQUIRE"),
        *("ssl=true", "ssl=on", "SSL=1"),
    ],
)
def test_encryption_is_had_however_it_is_asked_for(delivered: Any, option: str) -> None:
    config = delivered.StoreConfig(database_url=SecretStr(f"postgresql://h/db?{option}"))
    assert config.dsn.endswith("?sslmode=require")


@pytest.mark.parametrize(
    ("option", "read"),
    [
        ("target_session_attrs=Read-Write", "target_session_attrs=read-write"),
        ("target_session_attrs=PREFER_STANDBY", "target_session_attrs=prefer-standby"),
        ("sslNegotiation=Direct&sslmode=require", "sslnegotiation=direct&sslmode=require"),
    ],
)
def test_a_choice_may_be_written_in_capitals(delivered: Any, option: str, read: str) -> None:
    config = delivered.StoreConfig(database_url=SecretStr(f"postgresql://h/db?{option}"))
    assert config.dsn == f"postgresql://h/db?{read}"
    assert config.tls is None


@pytest.mark.parametrize(
    "url",
    [
        *("postgres://u:p@h/d", "postgresql+psycopg_async://u:p@h/d", "psql://u:p@h/d"),
        *("asyncpg://u:p@h/d", "psycopg://u:p@h/d", "timescalegis://u:p@h/d"),
        *("pgsql://u:p@h/d", "postgis://u:p@h/d", "POSTGRESQL://u:p@h/d", '"postgresql://u:p@h/d"'),
    ],
)
def test_a_url_may_begin_as_other_tools_have_it(delivered: Any, url: str) -> None:
    assert delivered.StoreConfig(database_url=SecretStr(url)).dsn == "postgresql://u:p@h/d"


def test_a_url_of_jdbc_is_read(delivered: Any) -> None:
    url = "jdbc:postgresql://h:5432/d?user=u&password=p&sslMode=require&ApplicationName=x"
    dsn = delivered.StoreConfig(database_url=SecretStr(url)).dsn
    assert dsn == "postgresql://h:5432/d?user=u&password=p&sslmode=require"


def test_a_refused_certificate_is_no_reason_to_try_again(url_options: ModuleType) -> None:
    told = url_options.tls_problem(ssl.SSLCertVerificationError(1, "self-signed certificate"))
    assert "sslrootcert" in told
    assert "TLS" in url_options.tls_problem(
        ConnectionError('PostgreSQL server at "h:5432" rejected SSL upgrade')
    )
    assert not url_options.tls_problem(ConnectionRefusedError())
