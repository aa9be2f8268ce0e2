"""Ending: a process with all that it started, and what is done where this one is killed."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

VARIABLE = "CHATKIT_AGENT_STARTED"


@dataclass(frozen=True)
class Mark:
    """By which what a process started is known, also where that left its session."""

    value: str = field(default_factory=lambda: secrets.token_hex(16))

    @property
    def variables(self) -> dict[str, str]:
        return {VARIABLE: self.value}

    def processes(self) -> Iterator[int]:
        """Those that have it in their environment; only Linux tells."""
        wanted = f"{VARIABLE}={self.value}".encode()
        for file in Path("/proc").glob("[0-9]*/environ"):
            with suppress(OSError):
                if wanted in file.read_bytes().split(b"\0"):
                    yield int(file.parent.name)


def tell(process: subprocess.Popen[bytes], spec: Mapping[str, object]) -> None:
    """One line of JSON; the process may have ended before."""
    assert process.stdin is not None
    with suppress(BrokenPipeError):
        process.stdin.write(json.dumps(spec).encode() + b"\n")
        process.stdin.flush()


def end_session(process: subprocess.Popen[bytes], seconds: float, mark: Mark) -> None:
    """Asks it to end, waits, and then ends whatever is left of what it started."""
    try:
        if process.poll() is None:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(seconds)
    finally:
        # Its session is its own: what it left running is ended with it.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        for each in mark.processes():
            with suppress(ProcessLookupError, PermissionError):
                os.kill(each, signal.SIGKILL)
        process.wait()
        if process.stdin is not None:
            with suppress(BrokenPipeError):
                process.stdin.close()


# What was started for the block has a second to end: it holds what is about to go.
GUARD = 'read -r done || { sleep 1; exec "$@"; }'


@contextmanager
def if_killed(*command: str | Path) -> Iterator[None]:
    """`command` is run where this process ends without leaving the block, by SIGKILL say."""
    if os.name == "nt":
        yield
        return
    # Its input ends with this process. It is out of reach of Ctrl-C, and in nobody's folder.
    guard = subprocess.Popen(  # noqa: S603 - commands of ours
        ["/bin/sh", "-c", GUARD, "guard", *command],
        cwd="/",
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        guard.communicate(b"\n")


@contextmanager
def folder_of_run() -> Iterator[Path]:
    """A temporary folder that goes with this process, however that ends."""
    with (
        tempfile.TemporaryDirectory(prefix="chatkit-", ignore_cleanup_errors=True) as folder,
        if_killed("rm", "-rf", "--", folder),
    ):
        yield Path(folder).resolve()
