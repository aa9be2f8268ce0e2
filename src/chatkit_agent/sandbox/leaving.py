"""Leaving nothing behind: what is done where this process is killed before it can do it itself."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
