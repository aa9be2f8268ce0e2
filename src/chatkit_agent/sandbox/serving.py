"""Serves an ASGI application from a thread, on loopback, on a port that the system chose."""

from __future__ import annotations

import asyncio
import logging
import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import uvicorn
from starlette.types import ASGIApp

from chatkit_agent.errors import CannotBoot

SECONDS_TO_START = 30.0
# How long answers in progress may take to end when the server is left.
SECONDS_TO_END = 1


class BrokenOff(Exception):
    """The connection is cut on purpose."""


@contextmanager
def served(app: ASGIApp, port: int = 0) -> Iterator[str]:
    """The base URL of `app` while the block runs, such as `http://127.0.0.1:40123`.

    Raises:
        CannotBoot: the port is taken or the application did not start.
    """
    with _listening(port) as listener:
        server = uvicorn.Server(_configuration(app))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        with _quiet(thread):
            thread.start()
            try:
                _wait_for_start(server, thread)
                yield f"http://127.0.0.1:{listener.getsockname()[1]}"
            finally:
                server.should_exit = True
                thread.join()


def serve_until_interrupted(app: ASGIApp, port: int, says: str) -> None:
    """Serve `app` in the foreground; `says` is printed with `{url}` filled in."""
    with served(app, port) as url:
        print(says.format(url=url), flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


def free_address(usual: int) -> tuple[str, int]:
    """A loopback address of its own, where there are such, with the usual port if that is free."""
    chosen = random.SystemRandom()
    own = f"127.{chosen.randrange(1, 255)}.{chosen.randrange(256)}.{chosen.randrange(1, 255)}"
    for host, port in ((own, usual), (own, 0)):
        with socket.socket() as probe, suppress(OSError):
            probe.bind((host, port))
            return host, probe.getsockname()[1]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return "127.0.0.1", probe.getsockname()[1]


@contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError as error:
            raise CannotBoot(f"Port {port} cannot be used: {error}. Choose another.") from error
        listener.listen(128)
        yield listener


def _configuration(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="h11",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=SECONDS_TO_END,
    )


def _wait_for_start(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise CannotBoot("A server of the sandbox did not start.")
        time.sleep(0.005)


@contextmanager
def _quiet(thread: threading.Thread) -> Iterator[None]:
    """Connections that end on purpose are not errors: keep them, and only them, out of the log."""

    def is_news(record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        on_purpose = isinstance(error, BrokenOff | asyncio.CancelledError)
        at_the_end = str(record.msg).startswith("Cancel %s running task")
        return record.thread != thread.ident or not (on_purpose or at_the_end)

    logger = logging.getLogger("uvicorn.error")
    logger.addFilter(is_news)
    try:
        yield
    finally:
        logger.removeFilter(is_news)
