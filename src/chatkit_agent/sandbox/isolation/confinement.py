"""Confinement: how a process starts so that it reaches only the sandbox, and what it tried."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from chatkit_agent.sandbox.isolation import Attempt, Closed, Reach, seatbelt
from chatkit_agent.sandbox.isolation.kernel import Warden
from chatkit_agent.sandbox.isolation.reaching import Rules

VARIABLE = "CHATKIT_AGENT_SANDBOX"
OLDEST = (3, 8)
"""Which tells of what happens in it."""
FOLDERS = ("/dev", "/proc")
EXTRA_NAMES = ("localhost", "localhost.localdomain", "ip6-localhost")
NOBODY = dict.fromkeys(("addresses", "names", "sockets", "writable", "temporary"), ())
UNSEEN = ("load", "start")
Key = tuple[str, str, str, str | None, str | None]


@dataclass(frozen=True)
class Locked:
    """How to start a program: behind the locks, with these variables and descriptors."""

    command: list[str]
    variables: Mapping[str, str]
    descriptor: int
    warden: Warden

    @property
    def watches_all(self) -> bool:
        """Whether connections of any program and library are refused, and not of Python alone."""
        return "kernel network" in self.warden.locks

    def started(self, pid: int, version: tuple[int, ...]) -> None:
        """The process is there, as the first of a session of its own, on a Python of `version`."""
        os.close(self.descriptor)
        self.warden.rules.session = pid
        self.warden.start()
        locks = [*(["python"] if version >= OLDEST else []), *self.warden.locks]
        with self.warden.log.open("a") as log:
            log.write(json.dumps({"locks": locks}) + "\n")


@contextmanager
def locked_in(
    program: Sequence[str], variables: Mapping[str, str], reach: Reach
) -> Iterator[Locked]:
    """What starts `program` so that it reaches what `reach` allows."""
    spec = _spec(reach)
    written = reach.log.with_name("sandbox.json")
    written.write_text(json.dumps(spec))
    warden = Warden(Rules(spec, 0), reach.log)
    kept = (*reach.writable, *reach.temporary, *map(Path, FOLDERS))
    command, descriptor = warden.command(program, kept)
    before = [str(_ours("prelude")), variables.get("PYTHONPATH", "")]
    inside = {
        **variables,
        VARIABLE: str(written),
        "PYTHONPATH": os.pathsep.join(filter(None, before)),
    }
    try:
        yield Locked(command, inside, descriptor, warden)
    finally:
        warden.stop()


def closed_in(
    program: Sequence[str], writable: Sequence[Path], account: Mapping[str, int]
) -> list[str]:
    """What starts a server of ours, which listens, connects to nobody and writes nowhere else."""
    kept = (*writable, *map(Path, FOLDERS))
    inside = list(program)
    if sys.platform != "linux":
        inside = seatbelt.behind(program, Rules(NOBODY, 0), kept) or inside
    spec = {
        "channel": None,
        "program": inside,
        "writable": [str(folder) for folder in kept],
        "account": dict(account),
    }
    return [sys.executable, "-I", "-S", str(_ours("launcher.py")), json.dumps(spec)]


def attempts_in(reach: Reach) -> tuple[tuple[Attempt, ...], tuple[str, ...]]:
    """What was tried by now, each once, and which locks held in every start."""
    counted: dict[Key, int] = {}
    locks: list[set[str]] = []
    for line in _lines(reach.log):
        if "locks" in line:
            locks.append(set(line["locks"]))
            continue
        if line["action"] in UNSEEN:
            continue
        key = _key(line, reach.closed)
        counted[key] = counted.get(key, 0) + 1
    found = (
        Attempt(action, target, by, variable, kind, times)
        for (action, target, by, variable, kind), times in counted.items()
    )
    return tuple(found), tuple(sorted(set.intersection(*locks))) if locks else ()


def unseen_in(reach: Reach) -> tuple[str, ...]:
    """Libraries in C that were loaded, and programs that were started."""
    told = (line["target"] for line in _lines(reach.log) if line.get("action") in UNSEEN)
    return tuple(dict.fromkeys(told))


def _key(line: Mapping[str, str], closed: Mapping[str, Closed]) -> Key:
    target = line["target"]
    known = closed.get(target) or closed.get(target.rpartition(":")[0])
    by = line["by"] or line.get("program", "")
    if known is None:
        return line["action"], target, by, None, None
    return "connect", known.was, by, known.name, known.kind


def _lines(log: Path) -> Iterator[dict[str, str]]:
    if not log.exists():
        return
    for line in log.read_text(errors="replace").splitlines():
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict) and ("locks" in found or {"action", "target"} <= found.keys()):
            yield found


def _spec(reach: Reach) -> dict[str, object]:
    here = {socket.gethostname().lower(), *EXTRA_NAMES}
    return {
        "addresses": sorted(reach.addresses),
        "names": sorted(reach.names | here),
        "sockets": [str(path) for path in reach.sockets],
        "writable": [str(path) for path in reach.writable],
        "temporary": [str(path) for path in reach.temporary],
        "work": str(reach.work),
        "log": str(reach.log),
        "rules": str(_ours("reaching.py")),
    }


def _ours(name: str) -> Path:
    return Path(str(files("chatkit_agent.sandbox.isolation"))) / name
