"""The store's settings come from the environment and turn any usual URL into asyncpg's."""

from __future__ import annotations

import ast
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr, ValidationError

SSL_REQUEST = (80877103).to_bytes(4, "big")


@pytest.fixture
def config(delivered: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """The settings class where neither environment nor `.env` says anything."""
    for name in list(os.environ):
        if name.startswith(delivered.config.ENV_PREFIX):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return delivered.StoreConfig


def dsn(config: Any, url: str) -> str:
    translated: str = config(database_url=SecretStr(url)).dsn
    return translated


def options(config: Any, query: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(dsn(config, f"postgresql://h/db?{query}")).query)


def test_the_rendered_names_are_literals_on_one_line(delivered: ModuleType) -> None:
    tree = ast.parse(Path(delivered.config.__file__).read_text())
    literals = {
        node.targets[0].id
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
        and node.lineno == node.end_lineno
    }
    assert literals == {"APP_NAME", "ENV_PREFIX", "SCHEMA", "MCP_TOKEN"}


@pytest.mark.parametrize(
    "scheme", ["postgresql", "postgres", "postgresql+asyncpg", "postgresql+psycopg"]
)
def test_any_usual_scheme_is_accepted(config: Any, scheme: str) -> None:
    assert dsn(config, f"{scheme}://u:p%40ss@h:5433/db") == "postgresql://u:p%40ss@h:5433/db"


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("sslmode=verify-full&sslrootcert=/ca.pem", ["verify-full"]),
        ("ssl=require", ["require"]),
        ("ssl=verify-ca", ["verify-ca"]),
        ("ssl=true", ["require"]),
        ("ssl=False", ["disable"]),
        ("ssl=require&sslmode=verify-full", ["verify-full"]),
    ],
)
def test_ssl_is_written_as_asyncpg_reads_it(config: Any, query: str, wanted: list[str]) -> None:
    found = options(config, query)
    assert found["sslmode"] == wanted
    assert "ssl" not in found


def test_several_hosts_and_the_session_wanted_are_kept(config: Any) -> None:
    url = dsn(config, "postgresql://u@a:1,b:2/db?target_session_attrs=read-write")
    assert url == "postgresql://u@a:1,b:2/db?target_session_attrs=read-write"
    assert options(config, "host=a:1&host=b:2")["host"] == ["a:1,b:2"]


def test_options_of_other_drivers_do_not_reach_the_server(config: Any) -> None:
    query = "channel_binding=require&connect_timeout=10&pgbouncer=true&application_name=x"
    assert options(config, query) == {"application_name": ["x"]}


def test_a_missing_url_names_the_variable(config: Any, delivered: ModuleType) -> None:
    for settings in ({}, {"database_url": SecretStr(" ")}):
        with pytest.raises(delivered.StoreNotConfigured, match="DATABASE_URL is not set") as caught:
            _ = config(**settings).dsn
        assert str(caught.value).startswith(delivered.config.ENV_PREFIX)


@pytest.mark.parametrize(
    "url",
    [
        *("mysql://u:hunter2@h/db", "hunter2", "postgresql://u:hun[ter2@h/db"),
        *("postgresql://u:hunter/2@h/db", "postgresql://u:12/hunter@h/db"),
        *("postgresql://u:12#hunter@h/db", "postgresql://u:12?hunter@h/db"),
        *("postgresql://u:p@hun/ter@h/db", "postgresql:/u:hunter2@h/db"),
    ],
)
def test_an_unusable_url_is_refused_without_quoting_it(
    config: Any, delivered: ModuleType, url: str
) -> None:
    with pytest.raises(delivered.StoreNotConfigured, match="cannot be read") as caught:
        dsn(config, url)
    assert "hun" not in f"{caught.value!r}{caught.value.__cause__!r}"


@pytest.mark.anyio
@pytest.mark.parametrize(
    "url",
    [
        *("postgresql://u:p@127.0.0.1:hunter2/db", "postgresql://u:hunter2@127.0.0.1:65536/db"),
        *(
            "postgresql://u@h/db?sslmode=hunter2",
            "postgresql://u@h/db?target_session_attrs=hunter2",
        ),
    ],
)
async def test_what_only_asyncpg_refuses_is_not_quoted_either(
    make_store: Callable[..., Any], delivered: ModuleType, url: str
) -> None:
    with pytest.raises(delivered.StoreNotConfigured, match="cannot be used") as caught:
        await make_store(url).ping()
    assert "hunter" not in f"{caught.value!r}{caught.value.__cause__!r}"


def test_settings_come_from_the_environment(
    config: Any, delivered: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = delivered.config.ENV_PREFIX
    for name, value in {
        "DATABASE_URL": "postgresql://h/db",
        "SCHEMA": "other_chat",
        "POOL_MAX_SIZE": "3",
        "POOLER": "true",
        "STATEMENT_TIMEOUT": "2.5",
    }.items():
        monkeypatch.setenv(prefix + name, value)
    found = config()
    assert (found.dsn, found.db_schema, found.pool_max_size) == (
        "postgresql://h/db",
        "other_chat",
        3,
    )
    assert (found.pooler, found.statement_timeout) == (True, 2.5)


def test_an_env_file_may_hold_the_variables_of_others(
    config: Any, delivered: ModuleType, tmp_path: Path
) -> None:
    prefix = delivered.config.ENV_PREFIX
    (tmp_path / ".env").write_text(f"OTHER=1\n{prefix}DATABASE_URL=postgresql://h/from_file\n")
    assert config().dsn == "postgresql://h/from_file"


def test_the_env_file_above_the_code_is_found_from_anywhere(
    delivered: ModuleType, tmp_path: Path
) -> None:
    package = shutil.copytree(Path(delivered.__path__[0]), tmp_path / "app/app/chatkit_store")
    package.parent.joinpath("__init__.py").touch()
    (tmp_path / "app/start.py").write_text(
        "from app.chatkit_store.config import StoreConfig\nprint(StoreConfig().dsn)\n"
    )
    prefix = delivered.config.ENV_PREFIX
    (tmp_path / "app/.env").write_text(f"{prefix}DATABASE_URL=postgresql://h/from_file\n")
    (tmp_path / "elsewhere").mkdir()
    run = subprocess.run(
        [sys.executable, tmp_path / "app/start.py"],
        cwd=tmp_path / "elsewhere",
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == "postgresql://h/from_file\n"


@pytest.mark.parametrize(
    "name", ['a"; drop schema x; --', "Chat", "1chat", "", "a" * 64, "chat\nx"]
)
def test_the_schema_is_a_plain_identifier(config: Any, name: str) -> None:
    with pytest.raises(ValidationError, match="pattern"):
        config(db_schema=name)


def test_the_password_is_in_no_repr(config: Any) -> None:
    assert "hunter2" not in repr(config(database_url=SecretStr("postgresql://u:hunter2@h/db")))


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("query", "asks_for_tls"), [("ssl=require", True), ("sslmode=disable", False)]
)
async def test_the_wire_is_as_safe_as_the_url_says(
    make_store: Callable[..., Any], delivered: ModuleType, query: str, asks_for_tls: bool
) -> None:
    first: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def refuse() -> None:
            peer, _ = listener.accept()
            with peer:
                first.append(peer.recv(8)[4:])
                peer.sendall(b"N")

        server = threading.Thread(target=refuse)
        server.start()
        url = f"postgresql+asyncpg://u@127.0.0.1:{listener.getsockname()[1]}/db?{query}"
        told = delivered.StoreNotConfigured if asks_for_tls else delivered.StoreUnavailable
        with pytest.raises(told):
            await make_store(url).ping()
        server.join()
    assert (first == [SSL_REQUEST]) is asks_for_tls
