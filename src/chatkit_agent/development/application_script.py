"""Serves the application with reload on its own Python, and ends with whoever started it.

Runs in the application's environment, so it imports nothing of ours.
"""

from __future__ import annotations

import inspect
import json
import os
import signal
import sys
import threading
import time
from typing import Any

SECONDS_TO_END = 2
SECONDS_TO_LIVE = 10
"""A worker that is killed sooner is not started again by itself."""


def main() -> None:
    spec: dict[str, Any] = json.loads(sys.stdin.readline())
    threading.Thread(target=end_with_parent, daemon=True).start()
    # The first entry is the folder of this file, whose modules are none of the application's.
    sys.path[:] = [*spec["path"], *spec["before"], *sys.path[1:], *spec["after"]]
    serve(spec)


def serve(spec: dict[str, Any]) -> None:
    import uvicorn
    from uvicorn.supervisors import ChangeReload

    options: dict[str, Any] = {"timeout_graceful_shutdown": SECONDS_TO_END}
    known = inspect.signature(uvicorn.Config).parameters
    config = uvicorn.Config(
        spec["ref"],
        host="127.0.0.1",
        port=spec["port"],
        factory=spec["factory"],
        reload=True,
        reload_dirs=spec["watched"],
        **{name: value for name, value in options.items() if name in known},
    )
    listener = config.bind_socket()
    os.write(spec["report_to"], f"{listener.getsockname()[1]}\n".encode())
    os.close(spec["report_to"])
    reviving(ChangeReload)(config, target=uvicorn.Server(config).run, sockets=[listener]).run()


def reviving(supervisor: Any) -> Any:
    """The supervisor, which says how its worker ended, and starts again what was killed."""

    class Reviving(supervisor):  # type: ignore[misc]
        said_of: Any = None
        started: float

        def startup(self) -> None:
            super().startup()
            self.started = time.monotonic()

        def should_restart(self) -> Any:
            changed = super().should_restart()
            if not changed and self.process is not self.said_of and not self.process.is_alive():
                self.said_of = self.process
                self.revive(self.process.exitcode or 0)
            return changed

        def revive(self, status: int) -> None:
            how = f"was killed by {signal.Signals(-status).name}" if status < 0 else "ended"
            again = status < 0 and time.monotonic() - self.started > SECONDS_TO_LIVE
            then = "is started again" if again else "starts again when a file of it changes"
            print(f"The application's worker {how}, and {then}.", file=sys.stderr, flush=True)
            if again:
                self.restart()

        def restart(self) -> None:
            super().restart()
            self.started = time.monotonic()

    return Reviving


def end_with_parent() -> None:
    """The pipe to whoever started this ends when they do, however they end."""
    while os.read(0, 1):
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    main()
