"""What no client would send is refused with a reason, and never with somebody's text or SQL."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from chatkit_agent.checks.check import RUN, WIRE, Finding, Severity, check, inconclusive
from chatkit_agent.evidence.run import CURSOR, LARGE, LONG_ID, Attempt, Run
from chatkit_agent.evidence.static import Evidence, Probe

TRIED = ("no object", "no type", "no json", "unknown thread", "long id", "nonsense limit")


@check("CK611", needs=WIRE, severity="warning", symptoms=("server_error",))
def bad_bodies_refused(evidence: Evidence) -> Iterator[Finding]:
    """Bodies that are no requests of ChatKit are refused, each with the right status: `null`,
    `{}`, broken JSON, a thread that is not there, an id of 50,000 characters, a limit below 0.
    """
    running = evidence.running
    probes = (running.probe(name) for name in TRIED) if running else iter(())
    broken = [each for each in probes if each and (each.status or 0) == 500]
    if broken:
        yield Finding(
            what="Malformed requests and unknown threads are answered with 500, which the "
            "official client takes for a passing failure and repeats.",
            where=broken[0].request,
            evidence=_words(broken[0]),
            fix="Answer 400 to pydantic's `ValidationError` and 404 to ChatKit's `NotFoundError`.",
            cause="bad requests",
            more=tuple(f"{each.request}: {_words(each)}" for each in broken[1:]),
        )
    yield from _cut_answer(running.probe("message into nothing") if running else None)


def _cut_answer(probe: Probe | None) -> Iterator[Finding]:
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


def _words(probe: Probe) -> str:
    return f"{probe.status}: `{' '.join(probe.body.split())[:160]}`"


@check("CK611", needs=WIRE, severity="info")
def large_bodies_refused(evidence: Evidence) -> Iterator[Finding]:
    """A request of many megabytes is refused. An info."""
    running = evidence.running
    probe = running.probe("large body") if running else None
    if probe and probe.status is not None and probe.status < 400:
        yield Finding(
            what="A request of any size is read into memory as a whole.",
            where=probe.request,
            evidence=f"It was answered with {probe.status}.",
            fix="Count the bytes of `request.stream()` and answer 413 above 1 MB, or let the proxy "
            "in front limit the body.",
            cause="body size",
        )


WHAT = "malformed requests are refused"
VALIDATE = (
    "Check the body before anything is done with it, wait for the first event before the answer "
    "begins, and answer 400, 404 or 413 with a JSON body of your own words."
)
INSIDES = re.compile(
    r"Traceback \(most recent|File \"[^\"]+\", line \d|\b(?:asyncpg|psycopg|sqlalchemy|sqlite3)\b"
    r"|\b(?:select|insert into|update|delete from)\s+\S+\s+(?:from|values|set|where)\b",
    re.IGNORECASE,
)


@check("CK611", needs=RUN, also=(bad_bodies_refused, large_bodies_refused))
def malformed_refused(run: Run) -> Iterator[Finding]:
    """Tried with bodies that are no request, wrong parameters, threads, messages and cursors that
    are not there, an id of 50,000 characters, 11 MiB. Each has to get 400, 404, 413 or another 4xx
    with a JSON body, or an error event, and none makes a line of the log of its length.
    """
    conversation = run.conversation
    if conversation is None or not conversation.malformed:
        yield inconclusive(WHAT, run.unseen or "the first question made no thread.")
        return
    question = conversation.alice.question
    by_problem: dict[tuple[str, Severity], list[Attempt]] = {}
    for attempt in conversation.malformed:
        for found in _problems(attempt, question):
            by_problem.setdefault(found, []).append(attempt)
    for (what, severity), attempts in by_problem.items():
        yield Finding(
            what=f"{what}: {', '.join(attempt.what for attempt in attempts)}.",
            where=f"POST {run.path}",
            evidence=f"For {attempts[0].what}: {attempts[0].reply.told}",
            fix=VALIDATE,
            severity=severity,
        )
    if any(len(line) >= LONG_ID for line in run.log.splitlines()):
        yield Finding(
            what="The log takes lines as long as a client wants, until its disk is full.",
            where="the application's log",
            evidence=f"One has at least {LONG_ID} characters, as the id that was sent.",
            fix="Refuse ids above some 200 characters before anything is done with them, and cut "
            "what is logged of a request.",
            severity="warning",
        )


def _problems(attempt: Attempt, question: str) -> Iterator[tuple[str, Severity]]:
    reply = attempt.reply
    if question in reply.everything:
        yield "Somebody's message is quoted to whoever asks", "error"
    if INSIDES.search(reply.everything):
        yield "The answer shows the insides of the application", "error"
    if reply.status is None or (reply.error and not reply.failure):
        # Hanging up on a body without end is a way to refuse it.
        if attempt.what != LARGE:
            yield "The answer breaks off without a reason", "error"
    elif reply.status == 200 and not reply.failure:
        if attempt.what != CURSOR:
            yield "It was answered as if nothing were wrong", "warning"
    elif reply.status >= 500 and reply.status != 501:
        yield f"It is answered with {reply.status}", "error"
    elif reply.status != 200 and not _is_json(reply.body):
        yield "The refusal is no JSON", "warning"


def _is_json(body: str) -> bool:
    try:
        return isinstance(json.loads(body), dict)
    except ValueError:
        return False
