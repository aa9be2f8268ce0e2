"""Serves the console in the foreground until somebody ends it, or the application ends."""

from __future__ import annotations

import socket
import threading
import time
import webbrowser
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

from chatkit_agent.errors import CannotBoot
from chatkit_agent.frontends.console.site import Site

if TYPE_CHECKING:
    from chatkit_agent.api import Development

ENDED = "The application's server has ended. What it said stands above."
SECONDS_TO_END = 1


def serve_console(
    development: Development,
    port: int,
    say: Callable[[str], None],
    *,
    opens: bool,
    prompts: Sequence[str] = (),
    verifying: Sequence[str] = (),
) -> None:
    """`verifying` are the options of `verify` that fit this session.

    Raises:
        CannotBoot: the port is taken, or the application's server ended.
    """
    with _listening(port) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        config = uvicorn.Config(
            Site(development, prompts, verifying).app(),
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=SECONDS_TO_END,
        )
        server = uvicorn.Server(config)
        watch = threading.Thread(
            target=_watch, args=(development, server, url, say, opens), daemon=True
        )
        watch.start()
        server.run(sockets=[listener])
    if development.application.has_ended:
        raise CannotBoot(ENDED)


def _watch(
    development: Development,
    server: uvicorn.Server,
    url: str,
    say: Callable[[str], None],
    opens: bool,
) -> None:
    running = development.application
    if not running.answers() and not running.has_ended:
        say("The application does not answer yet. Correct what it says above, and save.")
    if not running.has_ended:
        page = f"Page         {running.url}{development.page}\n" if development.page else ""
        say(f"Application  {running.url}\n{page}Console      {url}\nCtrl-C ends it.")
        if opens:
            webbrowser.open(url)
    while not running.has_ended:
        time.sleep(0.3)
    server.should_exit = True


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
