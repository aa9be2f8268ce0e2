"""Seatbelt: the lock of macOS, which refuses code in C and other programs, and names nothing."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from chatkit_agent.sandbox.isolation.reaching import Rules, is_loopback, plain

PROGRAM = "/usr/bin/sandbox-exec"
RESOLVER = "/private/var/run/mDNSResponder"
LOCKS = ("macos network", "macos files")
SECONDS = 20.0


def behind(program: Sequence[str], rules: Rules, writable: Sequence[Path]) -> list[str] | None:
    """The program behind this lock; None where it does not hold, as within another sandbox."""
    start = [PROGRAM, "-p", profile(rules, writable)]
    try:
        held = subprocess.run([*start, "/usr/bin/true"], capture_output=True, timeout=SECONDS)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return None
    return [*start, *program] if held.returncode == 0 else None


def profile(rules: Rules, writable: Sequence[Path]) -> str:
    """What may be reached and written, in this lock's language: the last rule that fits wins."""
    folders = [os.path.realpath(folder) for folder in writable]
    return "\n".join(
        [
            "(version 1)",
            "(allow default)",
            "(deny network-outbound)",
            *(f'(allow network-outbound (remote ip "{at}"))' for at in sorted(set(_ends(rules)))),
            *(f"(allow network-outbound (subpath {_quote(each)}))" for each in _sockets(rules)),
            "(deny file-write*)",
            *(f"(allow file-write* (subpath {_quote(folder)}))" for folder in folders),
        ]
    )


def _ends(rules: Rules) -> Iterator[str]:
    """It knows this machine and any machine, and none by its address."""
    for address in rules.addresses:
        host, _, port = address.rpartition(":")
        yield f"{'localhost' if is_loopback(plain(host.strip('[]'))) else '*'}:{port}"


def _sockets(rules: Rules) -> Iterator[str]:
    yield from rules.sockets
    # Names are looked up where the owner allowed what is elsewhere.
    if any(end.startswith("*") for end in _ends(rules)):
        yield RESOLVER


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
