"""Nobody gets in without a valid token."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.evidence.run import Attempt, Evidence
from chatkit_agent.findings import Finding, unproved

SIGN_IN = "Sign people in: add the chat with `--auth jwt` or `--auth existing`."
WHAT = "nobody gets in without a valid token"


def strangers_refused(evidence: Evidence) -> Iterator[Finding]:
    if evidence.auth == "none":
        yield unproved(WHAT, "with `--auth none` everybody gets in.", "warning", SIGN_IN)
    elif evidence.strangers is None:
        alone = evidence.mounting == "alone" and evidence.alone is not None and evidence.alone.ok
        why = "the application's own sign-in runs only where the application boots."
        yield unproved(
            WHAT, why if alone else f"{evidence.unseen}", "warning" if alone else "error"
        )
    else:
        for attempt in evidence.strangers:
            yield from _judged(attempt, evidence)


def _judged(attempt: Attempt, evidence: Evidence) -> Iterator[Finding]:
    status = attempt.reply.status
    if status in (401, 403):
        return
    where = f"POST {evidence.path}"
    if status is not None and 200 <= status < 300:
        yield Finding(
            what=f"Somebody with {attempt.what} was let in.",
            where=where,
            evidence=attempt.reply.summary,
            fix="Take the user from a verified token, and from nothing else in the request.",
        )
        return
    yield Finding(
        what=f"Somebody with {attempt.what} was neither let in nor refused.",
        where=where,
        evidence=attempt.reply.summary,
        fix=f"Answer 401 or 403{_sign_in(evidence)}.",
        severity="warning" if evidence.sign_in and status and status >= 500 else "error",
    )


def _sign_in(evidence: Evidence) -> str:
    if evidence.sign_in is None:
        return ""
    what = "its database or identity provider"
    return f"; `{evidence.sign_in}` may lack {what} here, which --env-file FILE can name"
