"""Whoever has no valid token gets nothing from the running application."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.evidence.static import Observations, Probe
from chatkit_agent.findings import Finding

TRIED = {
    "impostor": ("with a garbage token and the header `X-User-ID`", "impostor"),
    "anonymous": ("without a token", "anonymous"),
}


def strangers_turned_away(observations: Observations) -> Iterator[Finding]:
    running = observations.running
    for name, (how, cause) in TRIED.items() if running else ():
        probe = running.probe(name) if running else None
        if probe and probe.status == 200:
            yield _finding(probe, how, cause)
            return


def _finding(probe: Probe, how: str, cause: str) -> Finding:
    return Finding(
        what=f"A request {how} is answered with conversations.",
        where=probe.request,
        evidence=f"It was answered with 200 and {len(probe.body)} characters.",
        fix="Take the user from the application's own sign-in, or from a token that is verified; "
        "answer 401 to everybody else.",
        cause=cause,
        explains=("mixed_up", "leaks"),
    )
