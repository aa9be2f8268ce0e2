"""Nobody gets in without a valid token."""

from __future__ import annotations

import json
from collections.abc import Iterator

from chatkit_agent.checks.check import RUN, WIRE, Finding, check, inconclusive, not_applicable
from chatkit_agent.evidence.run import Attempt, Run
from chatkit_agent.evidence.run.door import explained, obstacle
from chatkit_agent.evidence.static import Evidence, Probe
from chatkit_agent.evidence.static.logs import read_log

TRIED = {
    "spoofed": ("with a garbage token and the header `X-User-ID`", "spoofed"),
    "anonymous": ("without a token", "anonymous"),
}


@check("CK109", needs=WIRE, symptoms=("mixed_up", "leaks"))
def anonymous_turned_away(evidence: Evidence) -> Iterator[Finding]:
    """Whoever has no valid token gets nothing from the running application: without one, and
    with a garbage one beside the `X-User-ID` header.
    """
    if evidence.running is None:
        return
    for name, (how, cause) in TRIED.items():
        probe = evidence.running.probe(name)
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


SIGN_IN = "To sign people in: add the chat with `--auth jwt` or `--auth existing`."
WHAT = "nobody gets in without a valid token"


@check("CK109", needs=RUN, also=(anonymous_turned_away,))
def unauthenticated_refused(run: Run) -> Iterator[Finding]:
    """Tried with none, garbage, a forged signature, an expired one, and the `X-User-ID` header of
    somebody else. With the application's own sign-in, this runs against that sign-in as it is; only
    for Alice and Bob does a stand-in take its place, and the report says so.
    """
    if run.auth == "none":
        yield not_applicable(f"With `--auth none` everybody gets in. {SIGN_IN}")
    elif run.unauthenticated is None:
        why = "the application's own sign-in runs only where the application boots."
        yield inconclusive(WHAT, run.unseen or why)
    else:
        for attempt in run.unauthenticated:
            yield from _findings(attempt, run)


def _findings(attempt: Attempt, run: Run) -> Iterator[Finding]:
    status, kind = attempt.reply.status, obstacle(attempt.reply)
    if status in (401, 403) and kind in (None, "credentials", "front"):
        return
    if kind is not None:
        yield inconclusive(WHAT, f"with {attempt.what}, {explained(kind, attempt.reply)}.")
        return
    where = f"POST {run.path}"
    if status == 422 and _wants_credential(attempt.reply.body):
        yield Finding(
            what=f"Somebody with {attempt.what} is refused with 422, which no page takes for a "
            "sign-in that is missing.",
            where=where,
            evidence=attempt.reply.summary,
            fix=f"Let `{run.sign_in or 'the sign-in'}` take the header as optional "
            "(`str | None = Header(None)`), and answer 401 where it is not there.",
            severity="warning",
        )
        return
    if status is not None and 200 <= status < 300:
        yield Finding(
            what=f"Somebody with {attempt.what} was let in.",
            where=where,
            evidence=attempt.reply.summary,
            fix="Take the user from a verified token, and from nothing else in the request.",
        )
        return
    is_its_own = run.sign_in is not None and status is not None and status >= 500
    raised = _raised_by_sign_in(run) if is_its_own else ""
    yield Finding(
        what=f"Somebody with {attempt.what} was neither let in nor refused.",
        where=where,
        evidence=f"{attempt.reply.summary}{raised}",
        fix=f"Answer 401 or 403{_sign_in(run, raised)}.",
        severity="inconclusive" if is_its_own else "error",
    )


def _wants_credential(body: str) -> bool:
    """What FastAPI answers where `Header(...)` or `Cookie(...)` was not sent."""
    try:
        told = json.loads(body)["detail"]
        missing = [(each["type"], each["loc"][0]) for each in told]
    except (ValueError, TypeError, LookupError):
        return False
    return bool(missing) and {*missing} <= {("missing", "header"), ("missing", "cookie")}


def _raised_by_sign_in(run: Run) -> str:
    """The last exception that went through the application's own sign-in, with its place there."""
    name = (run.sign_in or "").rpartition(".")[2]
    for raised in reversed(read_log("the log", run.log.encode()).raised):
        if any(frame.function == name for frame in raised.frames):
            own = [each for each in raised.frames if not each.file.startswith("/")]
            place = f" (`{own[-1].file}:{own[-1].line}`)" if own else ""
            return f": {raised.kind}: {raised.message}{place}"
    return ""


def _sign_in(run: Run, raised: str) -> str:
    if run.sign_in is None:
        return ""
    if raised:
        return f": `{run.sign_in}` itself ends so for whoever has no valid token"
    what = "its database or identity provider"
    return f"; `{run.sign_in}` may lack {what} here, which --env-file FILE can name"
