"""Bodies that are no requests of ChatKit are refused, each with the right status."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.evidence.static import Observations, Probe
from chatkit_agent.findings import Finding

TRIED = ("no object", "no type", "no json", "unknown thread", "nonsense limit")


def bad_bodies_refused(observations: Observations) -> Iterator[Finding]:
    running = observations.running
    probes = (running.probe(name) for name in TRIED) if running else iter(())
    broken = [each for each in probes if each and (each.status or 0) == 500]
    if broken:
        yield Finding(
            what="Malformed requests and unknown threads are answered with 500, which the "
            "official client takes for a passing failure and repeats.",
            where=broken[0].request,
            evidence=_told(broken[0]),
            fix="Answer 400 to pydantic's `ValidationError` and 404 to ChatKit's `NotFoundError`.",
            severity="warning",
            cause="bad requests",
            explains=("server_error",),
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
            severity="warning",
            cause="stream start",
            explains=("cut_off", "silent"),
        )


def _told(probe: Probe) -> str:
    return f"{probe.status}: `{' '.join(probe.body.split())[:160]}`"
