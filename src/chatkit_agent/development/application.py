"""The application's own process: started in its own folder and environment, with reload."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

from chatkit_agent.errors import CannotBoot
from chatkit_agent.evidence.run.overlays import Overlay, search_paths
from chatkit_agent.options.interpreters import Interpreter
from chatkit_agent.options.options import Options
from chatkit_agent.sandbox.ending import Mark, end_session, tell

SECONDS_TO_END = 5
SECONDS_TO_START = 60


@dataclass(frozen=True)
class Application:
    """`url` is where it serves, or will serve once what keeps it from starting is corrected."""

    url: str
    process: subprocess.Popen[bytes] = field(repr=False)

    @property
    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def answers(self) -> bool:
        """Whether somebody listens there; waits for that, but not for ever."""
        until = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < until and not self.has_ended:
            if _is_open(self.url):
                return True
            time.sleep(0.1)
        return False


@contextmanager
def application(
    root: Path,
    options: Options,
    interpreter: Interpreter,
    overlay: Overlay | None,
    variables: Mapping[str, str],
    port: int = 0,
) -> Iterator[Application]:
    """
    Raises:
        CannotBoot: its server did not come up.
    """
    mark = Mark()
    reading, writing = os.pipe()
    process = _spawn(root, options, interpreter, {**variables, **mark.variables}, writing)
    os.close(writing)
    try:
        tell(process, {**_spec(root, options, overlay, writing), "port": port})
        with os.fdopen(reading, "rb") as report:
            served_at = report.readline().decode().strip()
        if not served_at:
            raise CannotBoot(
                f"uvicorn did not start on {interpreter.path}. What it said stands above."
            )
        yield Application(f"http://127.0.0.1:{served_at}", process)
    finally:
        end_session(process, SECONDS_TO_END, mark)


def _spawn(
    root: Path,
    options: Options,
    interpreter: Interpreter,
    variables: Mapping[str, str],
    report_to: int,
) -> subprocess.Popen[bytes]:
    script = files("chatkit_agent.development").joinpath("application_script.py")
    plain = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(  # noqa: S603 - the application, on its own Python
        [str(interpreter.path), str(script)],
        cwd=root / options.app.working_directory,
        env={**os.environ, **plain, **variables},
        stdin=subprocess.PIPE,
        stdout=2,
        pass_fds=(report_to,),
        start_new_session=True,
    )


def _spec(
    root: Path, options: Options, overlay: Overlay | None, report_to: int
) -> dict[str, object]:
    app = options.app
    return {
        "report_to": report_to,
        "ref": app.ref,
        "factory": app.kind == "factory",
        "path": [str(root / app.directory)],
        **search_paths(overlay),
        "watched": _watched_folders(root, options),
    }


def _watched_folders(root: Path, options: Options) -> list[str]:
    """The packages of the application and of the chat: not the environments that lie beside."""
    folder = root / options.app.directory
    package = folder / options.app.module.partition(".")[0]
    found = [package if package.is_dir() else folder, root / options.home]
    return list(dict.fromkeys(str(each) for each in found if each.is_dir()))


def _is_open(url: str) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", urlsplit(url).port or 0)) == 0
