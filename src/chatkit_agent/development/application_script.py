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
from typing import Any

SECONDS_TO_END = 2


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
    ChangeReload(config, target=uvicorn.Server(config).run, sockets=[listener]).run()


def end_with_parent() -> None:
    """The pipe to whoever started this ends when they do, however they end."""
    while os.read(0, 1):
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    main()
