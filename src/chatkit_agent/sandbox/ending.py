"""Ending: a process that was started in a session of its own, and all that it started.

What it is to do it is told on its standard input, which then stays open until it ends.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
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
