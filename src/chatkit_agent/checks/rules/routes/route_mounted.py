"""The chat's route is mounted, and requests reach it."""

from __future__ import annotations

import json
from collections.abc import Iterator

from chatkit_agent.checks.check import RUN, WIRE, Finding, check, inconclusive
from chatkit_agent.evidence.run import Run
from chatkit_agent.evidence.static import Evidence, Probe
from chatkit_agent.evidence.symptoms import Symptom


@check("CK606", needs=WIRE)
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
        evidence=_words(probe),
        fix=fix,
        explains=explains,
        is_sign=True,
    )


def _words(probe: Probe) -> str:
    if probe.status is None:
        return f"No answer: {probe.error}."
    said = probe.body.strip()
    try:
        said = json.dumps(json.loads(said), ensure_ascii=False)
    except ValueError:
        said = " ".join(said.split())
    return f"{probe.status}: `{said[:300]}`" if said else f"{probe.status}, without a body."


SEND = (
    "Let the chat's page send it with each request, as the application's other pages do, or exempt "
    "the chat's route from it."
)
WAYS_ON = {
    "https": "Let the middleware that redirects take `X-Forwarded-Proto` for the scheme.",
    "host": "Name a host that is allowed, by an allowed host in the application's settings: with "
    "--env-file FILE the sandbox takes that one.",
    "csrf": SEND,
    "origin": "Allow the origin of the chat's page, or exempt the chat's route.",
    "credentials": "Let it pass requests to the chat's route, where the chat itself asks who it "
    "is, or let --env-file FILE turn it off in the sandbox.",
    "front": "Let it pass requests to the chat's route, or let --env-file FILE turn it off in the "
    "sandbox.",
    "rate": "Allow more requests to the chat's route: one conversation makes dozens.",
}


@check("CK606", needs=RUN, also=(route_answers,))
def route_mounted(run: Run) -> Iterator[Finding]:
    """A catch-all route, a mounted front end or a middleware in front of it are found by asking."""
    yield from _in_front(run)
    if run.conversation is None and run.met[-1:] == ("credentials",) and run.unseen:
        yield Finding(
            what="Nobody who is signed in reaches the chat.",
            where=f"POST {run.path}",
            evidence=f"{run.unseen[:1].upper()}{run.unseen[1:]}",
            fix=_way_on(run),
        )
        return
    if run.conversation is None:
        yield inconclusive("the route is mounted", f"{run.unseen}", _way_on(run))
        return
    reply = run.conversation.alice.reply
    if reply.status not in (404, 405, 307, 308):
        return
    boot = run.alone or run.after
    if ("POST", run.path) in boot.routes:
        what = f"POST {run.path} is there, but something before it takes the requests."
        fix = "Include the chat's router before a catch-all route, a mount or a redirect."
    else:
        what = f"There is no route POST {run.path}."
        fix = "Run `chatkit-agent add`, or include the router in the application by hand."
    yield Finding(what=what, where=f"POST {run.path}", evidence=reply.summary, fix=fix)


def _in_front(run: Run) -> Iterator[Finding]:
    """What the sandbox passed that the chat's page has to pass as well."""
    if run.conversation is not None and {"csrf", "origin"} & set(run.met):
        kind = "csrf" if "csrf" in run.met else "origin"
        what = {"csrf": "a token against CSRF", "origin": "an `Origin` that it allows"}[kind]
        yield Finding(
            what=f"The application asks requests for {what}; that the chat's page sends it was not "
            "seen.",
            where=f"POST {run.path}",
            evidence="Without it a request is refused with 403; the sandbox sent it, and got in.",
            fix=WAYS_ON[kind],
            severity="inconclusive",
        )


def _way_on(run: Run) -> str:
    kind = next(reversed(run.met), "")
    return WAYS_ON.get(kind, "Fix what is named here, then run `chatkit-agent verify` again.")
