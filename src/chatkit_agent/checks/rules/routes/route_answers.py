"""The chat's route is there and answers whoever is signed in."""

from __future__ import annotations

import json
from collections.abc import Iterator

from chatkit_agent.checks.check import WIRE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.evidence.static import Evidence, Probe
from chatkit_agent.evidence.symptoms import Symptom


@check("CK607", "The chat's route is there and answers whoever is signed in", needs=WIRE)
def route_answers(evidence: Evidence) -> Iterator[Finding]:
    """The chat's route is there and answers whoever is signed in. A 404, a 503 with what it
    says, another failure, and a token that is refused are told apart.
    """
    running = evidence.running
    probe = running.probe("signed in") or running.probe("anonymous") if running else None
    if running is None or probe is None:
        return
    if probe.status is None:
        yield _finding(
            probe,
            f"Nobody answers at {running.url}.",
            "Start the application, or correct the URL.",
            ("unavailable", "does_not_start"),
        )
    elif probe.status in (404, 405):
        yield _finding(
            probe,
            "The chat's route is not there, or something in front of it answers in its place.",
            "Include the chat's router before any catch-all route and mounted front end, and give "
            "its path with --url.",
            ("not_found",),
        )
    elif probe.status == 503:
        yield _finding(
            probe,
            "The chat answers 503: it is not ready.",
            "The body says what is missing. Set that, or look into the log of the start.",
            ("unavailable",),
        )
    elif probe.status >= 500:
        yield _finding(
            probe,
            f"The chat answers {probe.status}.",
            "Give the log of the application with --log: the exception stands there.",
            ("server_error",),
        )
    elif probe.name == "signed in" and probe.status in (401, 403) and not evidence.trial:
        yield _finding(
            probe,
            "The token that was given is refused.",
            "Give a fresh access token of a user with --token; where it is one, look at issuer, "
            "audience and key of the sign-in.",
            ("unauthorized",),
        )


def _finding(probe: Probe, what: str, fix: str, explains: tuple[Symptom, ...]) -> Finding:
    return Finding(
        what=what,
        where=probe.request,
        evidence=_told(probe),
        fix=fix,
        explains=explains,
        is_sign=True,
    )


def _told(probe: Probe) -> str:
    if probe.status is None:
        return f"No answer: {probe.error}."
    said = probe.body.strip()
    try:
        said = json.dumps(json.loads(said), ensure_ascii=False)
    except ValueError:
        said = " ".join(said.split())
    return f"{probe.status}: `{said[:300]}`" if said else f"{probe.status}, without a body."
