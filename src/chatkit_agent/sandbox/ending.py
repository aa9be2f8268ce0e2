"""Ending: a process that was started in a session of its own, and all that it started."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress


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
