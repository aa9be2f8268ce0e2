"""Ending: a process that was started in a session of its own, and all that it started.

What it is to do it is told on its standard input, which then stays open until it ends.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress


def tell(process: subprocess.Popen[bytes], spec: Mapping[str, object]) -> None:
    """One line of JSON; the process may have ended before."""
    assert process.stdin is not None
    with suppress(BrokenPipeError):
        process.stdin.write(json.dumps(spec).encode() + b"\n")
        process.stdin.flush()


def end_session(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Asks it to end, waits, and then ends whatever is left of its session."""
    try:
        if process.poll() is None:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(seconds)
    finally:
        # Its session is its own: what it left running is ended with it.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdin is not None:
            with suppress(BrokenPipeError):
                process.stdin.close()
