"""The embedded PostgreSQL starts, is shared, survives kills, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import psycopg
import pytest
import sqlalchemy

from chatkit_agent.errors import CannotBoot
from chatkit_agent.sandbox import postgres as embedded
from chatkit_agent.sandbox.postgres import create_database, data_directory, drop_database

HOLD = """
import sys
from pathlib import Path
from chatkit_agent.sandbox.postgres import postgres
with postgres(Path(sys.argv[1]) if sys.argv[1:] else None) as url:
    print(url, flush=True)
    sys.stdin.read()
"""


def socket_directory(url: str) -> Path:
    return Path(parse_qs(urlsplit(url).query)["host"][0])


def answers(url: str) -> bool:
    try:
        with psycopg.connect(url) as connection:
            return connection.execute("select 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def hold(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.fixture
def shared_directory() -> Path:
    """A place that the server's own account may enter, also where the tests run as root."""
    return data_directory(f"test-{os.getpid()}-{time.monotonic_ns()}")


@pytest.fixture(autouse=True)
def _no_data_left(shared_directory: Path) -> Iterator[None]:
    yield
    for path in shared_directory.parent.glob(f"{shared_directory.name}*"):
        subprocess.run(["rm", "-rf", path], check=True)


async def ask_asyncpg(url: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval("select current_database()")
    finally:
        await connection.close()


def test_its_url_is_taken_by_asyncpg_psycopg_and_sqlalchemy(database_url: str) -> None:
    name = urlsplit(database_url).path[1:]
    assert asyncio.run(ask_asyncpg(database_url)) == name
    with psycopg.connect(database_url) as connection:
        assert connection.execute("select current_database()").fetchone() == (name,)
    engine = sqlalchemy.create_engine(database_url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as alchemy:
        assert alchemy.scalar(sqlalchemy.text("select current_database()")) == name
    engine.dispose()


def test_a_private_server_stops_and_takes_its_data_along() -> None:
    with embedded.postgres() as url:
        directory = socket_directory(url)
        assert answers(url)
    assert not directory.exists()
    assert not answers(url)


def test_leaving_is_quiet_when_the_server_was_killed() -> None:
    with embedded.postgres() as url:
        directory = socket_directory(url)
        pid = int((directory / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        while answers(url):
            time.sleep(0.01)
    assert not directory.exists()


def test_it_stops_when_the_block_raises() -> None:
    with pytest.raises(ZeroDivisionError), embedded.postgres() as url:
        raise ZeroDivisionError
    assert not answers(url)


@pytest.mark.parametrize("name", ["PGPORT", "PGHOST", "PGUSER", "PGDATABASE", "PGSERVICE"])
def test_it_is_reached_whatever_is_set(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with embedded.postgres() as url:
        monkeypatch.setenv(name, "6543")
        database = create_database(url, "chat")
        if name != "PGSERVICE":
            assert asyncio.run(ask_asyncpg(database)) == "chat"


def test_no_port_is_opened(postgres: str) -> None:
    with psycopg.connect(postgres) as connection:
        assert connection.execute("show listen_addresses").fetchone() == ("",)


def test_it_can_be_away_for_a_while() -> None:
    with embedded.postgres() as url:
        database = create_database(url, "kept")
        with embedded.away(database):
            assert not answers(url)
        assert answers(database)


@pytest.mark.parametrize("name", ["plain", "with space", 'with"quote', "o'clock; drop"])
def test_a_database_can_be_made_again_and_dropped(postgres: str, name: str) -> None:
    url = create_database(postgres, name)
    assert create_database(postgres, name) == url
    assert answers(url)
    with psycopg.connect(url):
        drop_database(postgres, name)
    assert not answers(url)
    drop_database(postgres, name)


def test_a_refused_database_is_an_error(postgres: str) -> None:
    with pytest.raises(CannotBoot, match="refused the database"):
        create_database(postgres.replace("postgres@", "stranger@"), "any")


def test_data_stays_where_a_directory_is_named(shared_directory: Path) -> None:
    with embedded.postgres(shared_directory) as url:
        kept = create_database(url, "kept")
    assert not answers(kept)
    with embedded.postgres(shared_directory):
        assert answers(kept)


def test_two_that_start_at_once_share_one_server(shared_directory: Path) -> None:
    both_in = threading.Barrier(2)

    def enter() -> str:
        with embedded.postgres(shared_directory) as url:
            both_in.wait(timeout=30)
            assert answers(url)
            return url

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: enter(), range(2))
    assert first == second
    assert not answers(first)


def test_processes_share_a_server_until_the_last_one_ends(shared_directory: Path) -> None:
    with hold(str(shared_directory)) as first, hold(str(shared_directory)) as second:
        url = first_line(first)
        assert first_line(second) == url
        first.communicate(timeout=30)
        assert answers(url)
    assert not answers(url)


def kill(holder: subprocess.Popen[str], *, with_guard: bool = False) -> None:
    children = Path(f"/proc/{holder.pid}/task/{holder.pid}/children").read_text().split()
    for each in (*(map(int, children) if with_guard else ()), holder.pid):
        os.kill(each, signal.SIGKILL)


@pytest.mark.parametrize("is_shared", [False, True])
def test_a_server_stops_after_a_kill(is_shared: bool, shared_directory: Path) -> None:
    with hold(*([str(shared_directory)] if is_shared else [])) as killed:
        url = first_line(killed)
        kill(killed)
    deadline = time.monotonic() + 20
    while answers(url) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not answers(url)


def test_a_killed_process_does_not_keep_the_server_for_ever(shared_directory: Path) -> None:
    with hold(str(shared_directory)) as killed:
        url = first_line(killed)
        kill(killed, with_guard=True)
    assert answers(url)
    with embedded.postgres(shared_directory) as again:
        assert again == url
    assert not answers(url)


def test_a_private_server_is_removed_after_a_kill_by_the_next_one() -> None:
    with hold() as killed:
        abandoned = first_line(killed)
        kill(killed, with_guard=True)
    assert answers(abandoned)
    with embedded.postgres() as other, embedded.postgres():
        assert not answers(abandoned)
        assert not socket_directory(abandoned).parent.exists()
        assert answers(other)


@pytest.mark.parametrize("written", ["", ".", "elsewhere"])
def test_what_a_server_wrote_down_is_never_the_reason_to_remove_a_folder(
    written: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that was killed while it started has an empty line where its sockets would be."""
    project, data = tmp_path / "project", tmp_path / "pg-dead" / "data"
    for folder in (project / "elsewhere", data):
        folder.mkdir(parents=True)
    (project / "main.py").write_text("app = 1\n")
    (data / "postmaster.pid").write_text(f"1\n{data}\n1\n5432\n{written}\n\n")
    data.with_name("data.users").touch()
    monkeypatch.chdir(project)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    embedded._sweep()
    assert not data.exists()
    assert (project / "main.py").read_text() == "app = 1\n"
    assert (project / "elsewhere").is_dir()


def test_where_nothing_can_be_kept_a_cluster_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    with embedded.postgres() as url:
        create_database(url, "shop")
        assert (embedded._empty_cluster() / "PG_VERSION").read_text().strip() == "18"

    def full() -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(embedded, "_empty_cluster", full)
    with embedded.postgres() as again, psycopg.connect(again) as connection:
        names = connection.execute("select datname from pg_database").fetchall()
        assert ("shop",) not in names
        assert connection.execute("show fsync").fetchone() == ("off",)


def test_a_long_path_gets_a_short_socket() -> None:
    # Not under tmp_path, which nobody but its owner may enter.
    with tempfile.TemporaryDirectory() as outer:
        deep = Path(outer) / ("d" * 120)
        deep.mkdir(mode=0o755)
        Path(outer).chmod(0o755)
        with hold(TMPDIR=str(deep)) as process:
            url = first_line(process)
            assert answers(url)
        assert len(str(socket_directory(url))) < 60
        assert not socket_directory(url).exists()
        assert list(deep.iterdir()) == []


def test_a_foreign_environment_does_not_disturb_it() -> None:
    foreign = {"LC_ALL": "xx_YY.UTF-8", "PGHOST": "elsewhere.invalid", "PGPORT": "1"}
    with hold(**foreign) as process:
        assert answers(first_line(process))


def test_a_start_that_fails_says_why(shared_directory: Path) -> None:
    with embedded.postgres(shared_directory):
        pass
    with (shared_directory / "postgresql.conf").open("a") as file:
        file.write("no_such_setting = on\n")
    with pytest.raises(CannotBoot, match="no_such_setting"), embedded.postgres(shared_directory):
        pass
