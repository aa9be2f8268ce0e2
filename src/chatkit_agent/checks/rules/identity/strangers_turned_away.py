"""Whoever has no valid token gets nothing from the running application."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import WIRE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.evidence.static import Evidence, Probe

TRIED = {
    "impostor": ("with a garbage token and the header `X-User-ID`", "impostor"),
    "anonymous": ("without a token", "anonymous"),
}


@check(
    "CK110",
    "Whoever has no valid token gets nothing from the running application",
    needs=WIRE,
    symptoms=("mixed_up", "leaks"),
)
def strangers_turned_away(evidence: Evidence) -> Iterator[Finding]:
    """Whoever has no valid token gets nothing from the running application: without one, and
    with a garbage one beside the `X-User-ID` header.
    """
    running = evidence.running
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
    )
