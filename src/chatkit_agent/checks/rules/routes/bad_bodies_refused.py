"""Bodies that are no requests of ChatKit are refused, each with the right status."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import WIRE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.evidence.static import Evidence, Probe

TRIED = ("no object", "no type", "no json", "unknown thread", "nonsense limit")


@check(
    "CK612",
    "Bodies that are no requests of ChatKit are refused, each with the right status",
    needs=WIRE,
    severity="warning",
    symptoms=("server_error",),
)
def bad_bodies_refused(evidence: Evidence) -> Iterator[Finding]:
    """Bodies that are no requests of ChatKit are refused, each with the right status: `null`,
    `{}`, broken JSON, a thread that is not there, a limit below 0.
    """
    running = evidence.running
    probes = (running.probe(name) for name in TRIED) if running else iter(())
    broken = [each for each in probes if each and (each.status or 0) == 500]
    if broken:
        yield Finding(
            what="Malformed requests and unknown threads are answered with 500, which the "
            "official client takes for a passing failure and repeats.",
            where=broken[0].request,
            evidence=_told(broken[0]),
            fix="Answer 400 to pydantic's `ValidationError` and 404 to ChatKit's `NotFoundError`.",
            cause="bad requests",
            more=tuple(f"{each.request}: {_told(each)}" for each in broken[1:]),
        )
    yield from _truncated(running.probe("message into nothing") if running else None)


def _truncated(probe: Probe | None) -> Iterator[Finding]:
    if probe and probe.status == 200 and '"type":"error"' not in probe.body.replace(" ", ""):
        yield Finding(
            what="A message into an unknown thread is answered with 200 and a stream that breaks "
            "off: the status is sent before anything was looked up.",
            where=probe.request,
            evidence=f"200, then {probe.error or 'nothing'}.",
            fix="Await the first event before the response is made, and answer 404 or 503 where "
            "that fails.",
            cause="stream start",
            explains=("cut_off", "silent"),
        )


def _told(probe: Probe) -> str:
    return f"{probe.status}: `{' '.join(probe.body.split())[:160]}`"
