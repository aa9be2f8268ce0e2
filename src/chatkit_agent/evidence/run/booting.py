"""A process of the user's application: started, watched, and always ended."""

from __future__ import annotations

import json
import os
import select
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from chatkit_agent.evidence.run import Boot, Mounting, Person
from chatkit_agent.evidence.run.client import USUAL
from chatkit_agent.evidence.run.overlays import Overlay, search_paths
from chatkit_agent.options.interpreters import Interpreter
from chatkit_agent.options.options import Options
from chatkit_agent.options.places import PAGE_PATH
from chatkit_agent.project.facts import App, Credential
from chatkit_agent.sandbox.ending import Mark, end_session, tell
from chatkit_agent.sandbox.isolation import Reach
from chatkit_agent.sandbox.isolation.confinement import Locked, locked_in

BOOT_SECONDS = 90.0
GRACE_SECONDS = 8.0


@dataclass(frozen=True)
class Start:
    """What to start: a copy of the project, on which Python, with which environment."""

    interpreter: Interpreter
    overlay: Overlay | None
    copy: Path
    options: Options
    variables: Mapping[str, str]
    log: Path
    reach: Reach
    """All that it may reach."""
    lacks: Path | None = None
    """Where it is written down which variables it needs and does not have."""
    lent: tuple[str, ...] = ()
    """Variables among these that nobody has set."""
    migrations: str | None = None
    """The `alembic.ini` of those that are run before the application starts."""
    mounting: Mounting = "app"
    stand_in_for: tuple[Person, ...] = ()
    """People whom a stand-in for the application's own sign-in knows; empty: its own is used."""
    open_gates: bool = False
    """Whether a stand-in takes the place of what the application asks of every request."""

    carried: tuple[Credential, ...] = USUAL
    """Where requests carry who asks."""
    reads: Path | None = None
    """Where it is written down what the application's own sign-in reads of these."""

    marks: Mapping[str, str] = field(default_factory=dict)
    """By token, what a route answers that is added for it, and is the assistant's only tool."""

    @property
    def app(self) -> App:
        return self.options.served_by if self.mounting == "sidecar" else self.options.app


@dataclass(frozen=True)
class Running:
    """An application that was started. `url` is None where it did not come up."""

    boot: Boot
    url: str | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    reports: int = -1
    """Where it reports to."""

    def let_in(self, start: Start) -> bool:
        """Have a stand-in know people from now on; another start will tell why it cannot."""
        if self.process is None or not start.stand_in_for:
            return False
        tell(self.process, _stand_in(start))
        report = _report(self.reports, time.monotonic() + GRACE_SECONDS)
        return report is not None and report["event"] == "stands in"


@contextmanager
def running(start: Start) -> Iterator[Running]:
    """Start the application and end it again, with every process that it started."""
    began, mark = time.monotonic(), Mark()
    reading, writing = os.pipe()
    script = files("chatkit_agent.evidence.run").joinpath("boot_script.py")
    program = [str(start.interpreter.path), str(script)]
    try:
        with ExitStack() as stack:
            locked = stack.enter_context(locked_in(program, _variables(start, mark), start.reach))
            with start.log.open("ab") as log:
                process = _spawn(start, locked, writing, log.fileno())
            os.close(writing)
            stack.callback(end_session, process, GRACE_SECONDS, mark)
            locked.started(process.pid, start.interpreter.version)
            _tell(process, start, writing, locked)
            report = _report(reading, began + BOOT_SECONDS)
            seconds = time.monotonic() - began
            yield replace(_running_of(report, process, start, seconds), reports=reading)
    finally:
        os.close(reading)


def _variables(start: Start, mark: Mark) -> dict[str, str]:
    # As in a shell where its environment is active: an application may call `alembic` and such.
    programs = str(start.interpreter.path.parent)
    search = os.pathsep.join(filter(None, (programs, start.variables.get("PATH", os.defpath))))
    own = {"PATH": search, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"}
    return {**start.variables, **own, **mark.variables}


def _spawn(start: Start, locked: Locked, report_to: int, log: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - the application, on its own Python
        locked.command,
        cwd=start.copy / start.app.working_directory,
        env=locked.variables,
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
        pass_fds=(report_to, locked.descriptor),
        start_new_session=True,
    )


def _tell(process: subprocess.Popen[bytes], start: Start, report_to: int, locked: Locked) -> None:
    options, app = start.options, start.app
    spec = {
        "report_to": report_to,
        # Connections of uvloop are not seen by Python's own lock.
        "loop": "auto" if locked.watches_all else "asyncio",
        "work": str(start.copy),
        "lacks": str(start.lacks or os.devnull),
        "lent": list(start.lent),
        "migrations": start.migrations if start.mounting == "app" else None,
        "path": [str(start.copy / app.directory)],
        **search_paths(start.overlay),
        "ref": app.ref,
        "factory": app.kind == "factory",
        # As it is started at home: by a file of its own, which may read arguments, or by uvicorn.
        "arguments": [app.started_by] if app.started_by else ["uvicorn", app.ref],
        "alone": start.mounting == "alone",
        "services": f"{options.home_package}.services".lstrip("."),
        "chat_path": options.path,
        "page": None if options.page_path == PAGE_PATH else options.page_path,
        **_stand_in(start),
        "marks": dict(start.marks),
        "user": _sign_in(start),
        "open_gates": start.open_gates,
        "reads": str(start.reads) if start.reads and not start.stand_in_for else None,
    }
    tell(process, spec)


def _stand_in(start: Start) -> dict[str, Any]:
    return {
        "stand_in": _sign_in(start) if start.stand_in_for else None,
        "carried": [[each.place, each.name] for each in start.carried],
        "people": {person.token: person.id for person in start.stand_in_for},
    }


def _sign_in(start: Start) -> dict[str, str] | None:
    user = start.options.user
    return {"module": user.module, "name": user.name} if user else None


def _report(descriptor: int, deadline: float) -> dict[str, Any] | None:
    """The one line that the application's process sends; None if it ends or hangs before."""
    received = b""
    while b"\n" not in received:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([descriptor], [], [], left)[0]:
            return {"event": "timeout"}
        chunk = os.read(descriptor, 65536)
        if not chunk:
            return None
        received += chunk
    report: dict[str, Any] = json.loads(received)
    return report


def _running_of(
    report: dict[str, Any] | None, process: subprocess.Popen[bytes], start: Start, seconds: float
) -> Running:
    if report is not None and report["event"] == "serving":
        boot = Boot(
            error=None,
            routes=frozenset((method, path) for method, path in report["routes"]),
            openapi=_pairs(report["openapi"]),
            openapi_error=report["openapi_error"],
            middlewares=tuple(report["middlewares"]),
            hosts=tuple(report["hosts"]),
            origins=tuple(report["origins"]),
            seconds=seconds,
            global_dependencies=tuple(report["global_dependencies"]),
        )
        return Running(boot, f"http://127.0.0.1:{report['port']}", process)
    return Running(Boot(error=_failure(report, process, start), seconds=seconds), None, process)


def _pairs(found: list[list[str]] | None) -> frozenset[tuple[str, str]] | None:
    return None if found is None else frozenset((method, path) for method, path in found)


def _failure(report: dict[str, Any] | None, process: subprocess.Popen[bytes], start: Start) -> str:
    last = start.log.read_text(errors="replace").replace(f"{start.copy}/", "").strip()[-1500:]
    if report is not None and report["event"] == "failed":
        where = f" (`{report['where']}`)" if report["where"] else ""
        stage = "imported" if report["stage"] == "import" else "started"
        # Why a program exits, it says before.
        said = f"\nIts last output: {last}" if "SystemExit" in report["error"] else ""
        return f"when it was {stage}{where}: {report['error']}{said}"
    if report is not None:
        return (
            f"because it had not started after {BOOT_SECONDS:.0f} seconds. Its last output: {last}"
        )
    with suppress(subprocess.TimeoutExpired):
        process.wait(GRACE_SECONDS)
    return f"because its process ended with status {process.returncode}. Its last output: {last}"
