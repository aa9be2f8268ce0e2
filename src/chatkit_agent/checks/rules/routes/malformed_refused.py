"""What no client would send is refused with a reason, and never with somebody's text or SQL."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from chatkit_agent.checks.check import RUN, check
from chatkit_agent.checks.finding import Finding, Severity, unproved
from chatkit_agent.evidence.run import CURSOR, LARGE, Attempt, Run

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


@check(
    "CK611",
    "What no client would send is refused with a reason, and never with somebody's text or SQL",
    needs=RUN,
)
def malformed_refused(run: Run) -> Iterator[Finding]:
    """What no client would send is refused with a reason, and never with somebody's text or
    SQL: bodies that are no request, wrong parameters, threads, messages and cursors that are
    not there, 11 MiB. Each has to get 400, 404, 413 or another 4xx with a JSON body, or an
    error event.
    """
    conversation = run.conversation
    if conversation is None or not conversation.malformed:
        yield unproved(WHAT, run.unseen or "the first question made no thread.")
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
