"""An embedded PostgreSQL: one call gives a URL, and leaving the block stops the server."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from chatkit_agent.errors import CannotBoot
from chatkit_agent.sandbox.ending import if_killed
from chatkit_agent.sandbox.lending import seal, url_of_keeper
from chatkit_agent.sandbox.postgres_programs import (
    VERSION,
    bundled_version,
    cache,
    execute,
    grant,
    is_last,
    locked,
    made_once,
    psql,
)
from chatkit_agent.sandbox.serving import free_address

try:
    import fcntl
except ImportError:  # Windows
    HAS_LOCKS = False
else:
    HAS_LOCKS = True

USUAL_PORT = 5432
PREFIX, SOCKETS = "pg-", Path("/tmp")  # noqa: S108
# The longest path of a Unix socket is 107 bytes on Linux and 103 on macOS.
LONGEST_DIRECTORY = 103 - len("/.s.PGSQL.5432.lock")
DURABILITY_OFF = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@contextmanager
def postgres(directory: Path | None = None, *, lends: bool = False) -> Iterator[str]:
    """The URL of a running server, such as `postgresql://postgres@/postgres?host=/path&port=5432`.

    With a `directory` the data stays there, and everyone who names the same one shares a server
    that stops after the last of them. Without one the data is temporary and the server private.
    One that `lends` listens on loopback as well, for who was lent a role; its own URL has a
    password that nobody else knows.

    Raises:
        CannotBoot: the server did not start.
    """
    if not HAS_LOCKS:
        raise CannotBoot(
            "The sandbox's PostgreSQL runs on Linux and macOS. On Windows run this in WSL, or pass "
            "--no-verify and try the chat with a database of your own."
        )
    if directory is not None:
        directory.parent.mkdir(parents=True, exist_ok=True)
        with if_killed(*_later(directory)), _shared_server(directory) as url:
            yield url
        return
    _sweep()
    temporary = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
    temporary.chmod(0o711)
    settings: tuple[str, ...] = DURABILITY_OFF
    if lends:
        host, port = free_address(USUAL_PORT)
        settings = (*settings, f"listen_addresses={host}", f"port={port}")
    password = secrets.token_urlsafe(24) if lends else None
    try:
        with if_killed(*_later()), _shared_server(temporary / "data", settings, password) as url:
            yield url if password is None else url_of_keeper(url, password)
    finally:
        # Somebody who sweeps may be at it as well.
        with suppress(FileNotFoundError):
            shutil.rmtree(temporary)


def _later(*directory: Path) -> tuple[str | Path, ...]:
    """The command that stops what nobody uses any more, as a process of its own."""
    return (sys.executable, "-m", __name__, *directory)


def data_directory(name: str) -> Path:
    """Where the data called `name` is kept for the current account."""
    return cache() / f"postgres-{VERSION}" / name


def create_database(url: str, name: str) -> str:
    """The URL of database `name` on the server of `url`; it is made where it is missing."""
    psql(
        url,
        name,
        "select format('create database %I', :'name') "
        "where not exists (select from pg_database where datname = :'name') \\gexec",
    )
    return urlunsplit(urlsplit(url)._replace(path=f"/{quote(name)}"))


def drop_database(url: str, name: str) -> None:
    """Remove database `name` from the server of `url`, closing its connections."""
    psql(url, name, "select format('drop database if exists %I with (force)', :'name') \\gexec")


@contextmanager
def away(url: str) -> Iterator[None]:
    """The server of `url` is stopped while the block runs."""
    data = Path(psql(url, "", "show data_directory").strip())
    sockets = _sockets(data) or data
    execute("pg_ctl", "stop", "-w", "-s", "-m", "fast", "-D", data)
    try:
        yield
    finally:
        _launch(data, sockets)


@contextmanager
def _shared_server(
    data: Path, settings: tuple[str, ...] = (), password: str | None = None
) -> Iterator[str]:
    gate, users = data.with_name(f"{data.name}.gate"), data.with_name(f"{data.name}.users")
    with ExitStack() as stack:
        with locked(gate):
            in_use = stack.enter_context(users.open("a"))
            _initialise(data, settings, password)
            url = _url(data) or _start(data)
            fcntl.flock(in_use, fcntl.LOCK_SH)
        try:
            yield url
        finally:
            with locked(gate):
                if is_last(in_use):
                    _stop(data)


def main() -> None:
    """Stop the server of a directory where nobody is left who uses it; without one the private."""
    if not sys.argv[1:]:
        _sweep()
    elif _url(data := Path(sys.argv[1])):
        with _shared_server(data):
            pass


def _sweep() -> None:
    """Remove the private servers of processes that were killed before they could."""
    for users in Path(tempfile.gettempdir()).resolve().glob(f"{PREFIX}*/data.users"):
        gate = users.with_name("data.gate")
        with suppress(OSError, CannotBoot), locked(gate), users.open("a") as in_use:
            if users.stat().st_uid == os.geteuid() and is_last(in_use):
                _stop(users.with_name("data"))
                shutil.rmtree(users.parent)


def _initialise(data: Path, settings: tuple[str, ...], password: str | None) -> None:
    if (data / "PG_VERSION").exists():
        return
    _remake(data)
    try:
        # Which takes half of what making one takes.
        execute("/bin/cp", "-R", f"{_empty_cluster()}/.", data)
    except (OSError, CannotBoot):  # Where nothing can be kept.
        _remake(data)
        _initdb(data)
    fixed = ("listen_addresses=", "max_connections=200", *settings)
    with (data / "postgresql.conf").open("a") as file:
        for name, _, value in (each.partition("=") for each in fixed):
            file.write(f"{name} = '{value}'\n")
    if password is not None:
        seal(data, password)


def _remake(data: Path) -> None:
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(mode=0o700)
    grant(data)


def _initdb(data: Path) -> None:
    trusted = ("--auth-local=trust", "--auth-host=scram-sha-256")
    execute("initdb", "-D", data, "-U", "postgres", "-E", "utf8", *trusted, "-N")


def _empty_cluster() -> Path:
    """The data of a server that never started, made once."""
    kept = cache() / f"empty-{VERSION}-{bundled_version()}"
    with made_once(kept) as partial:
        if partial:
            grant(partial)
            _initdb(partial)
    return kept


def _start(data: Path) -> str:
    sockets = data
    if len(os.fsencode(data)) > LONGEST_DIRECTORY:
        sockets = Path(tempfile.mkdtemp(prefix=PREFIX, dir=SOCKETS))
        grant(sockets)
    _launch(data, sockets)
    return _url(data) or _unreachable(data)


def _launch(data: Path, sockets: Path) -> None:
    log = data / "server.log"
    try:
        execute(
            *("pg_ctl", "start", "-w", "-s", "-D", data, "-l", log, "-o", f"-k '{sockets}'"),
            writable=(data, sockets),
        )
    except CannotBoot as error:
        tail = log.read_text(errors="replace")[-2000:] if log.exists() else ""
        raise CannotBoot(f"{error}\n{tail}".strip()) from error


def _unreachable(data: Path) -> str:
    raise CannotBoot(f"PostgreSQL started but does not answer. Its log is `{data / 'server.log'}`.")


def _stop(data: Path) -> None:
    sockets = _sockets(data)
    # It may have crashed, or been stopped by someone else.
    if _url(data):
        execute("pg_ctl", "stop", "-w", "-s", "-m", "fast", "-D", data)
    if sockets and sockets.parent == SOCKETS and sockets.name.startswith(PREFIX):
        shutil.rmtree(sockets)


def _url(data: Path) -> str | None:
    sockets = _sockets(data)
    if sockets is None:
        return None
    port = _lines_of_pid(data)[3]
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(sockets / f".s.PGSQL.{port}"))
        except OSError:
            return None
    # With the port, as PGPORT would be asked for it otherwise.
    return f"postgresql://postgres@/postgres?host={quote(str(sockets))}&port={port}"


def _sockets(data: Path) -> Path | None:
    # The line is empty until the server listens: it is no path then.
    written = _lines_of_pid(data)
    return Path(written[4]) if len(written) > 4 and written[4] else None


def _lines_of_pid(data: Path) -> list[str]:
    """The lines of postmaster.pid: the fourth is the port, the fifth the socket's directory."""
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


if __name__ == "__main__":
    main()
