"""The answer streams: its first event and first text arrive before it is complete."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from chatkit_agent.checks.check import AS_DECLARED, BOOT, RUN, WIRE, Finding, check, inconclusive
from chatkit_agent.evidence.run import Reply, Run
from chatkit_agent.evidence.static import Evidence, Probe, Trace
from chatkit_agent.evidence.symptoms import Symptom, symptoms_in

DELTA = "text_delta"
ENOUGH, AT_ONCE, WAITS = 6, 0.02, 0.8


@check("CK501", needs=WIRE, symptoms=("stream_error", "silent"))
def answer_streams_through(evidence: Evidence) -> Iterator[Finding]:
    """An answer comes as it is written, to its end, and without an error. With a token one
    short turn is run and timed; a trace is read in the same way.
    """
    running, trace = evidence.running, evidence.trace
    probe = running.probe("turn") if running else None
    if probe and probe.status == 200:
        yield from _of_turn(probe)
    if trace:
        yield from _of_trace(trace)


def _of_turn(probe: Probe) -> Iterator[Finding]:
    error = _error_in(probe.body)
    if error:
        yield _failure(probe.request, error)
    elif probe.error:
        yield _broken_of_answer(
            probe.request, f"{len(probe.arrivals)} events came, then {probe.error}."
        )
    elif _is_held_back(probe.arrivals):
        yield _held_answer(probe.request, probe.arrivals)


def _of_trace(trace: Trace) -> Iterator[Finding]:
    events = [each for each in trace.passed if each.kind == "event"]
    errors = [each for each in events if each.type == "error"]
    if errors:
        said = errors[0].body.get("message") or errors[0].body.get("code") or "no message"
        yield _failure(f"{trace.name}, at {errors[0].at:.2f} s", str(said))
    statuses = [each for each in trace.passed if each.kind == "status"]
    for each in statuses:
        status = each.body.get("status")
        if isinstance(status, int) and status >= 400:
            yield _refusal(f"{trace.name}, at {each.at:.2f} s", status)
    deltas = [each.at for each in events if DELTA in json.dumps(each.body)]
    began = min((each.at for each in trace.passed if each.kind == "request"), default=0.0)
    if not errors and _is_held_back([at - began for at in deltas]):
        yield _held_answer(trace.name, [at - began for at in deltas])


def _error_in(body: str) -> str | None:
    for line in body.splitlines():
        if '"error"' in line:
            try:
                event = json.loads(line.removeprefix("data: "))
            except ValueError:
                continue
            if isinstance(event, dict) and event.get("type") == "error":
                return str(event.get("message") or event.get("code") or "no message")
    return None


def _is_held_back(arrivals: Sequence[float]) -> bool:
    """Many events that all came at one moment, long after the question."""
    if len(arrivals) < ENOUGH:
        return False
    return arrivals[0] > WAITS and arrivals[-1] - arrivals[0] < AT_ONCE


def _failure(where: str, said: str) -> Finding:
    return Finding(
        what="The turn ended with an error event.",
        where=where,
        evidence=f"`{said[:240]}`",
        fix="Give the log of the application with --log: the exception behind it stands there.",
        explains=("stream_error", "silent"),
        is_sign=True,
    )


def _broken_of_answer(where: str, evidence: str) -> Finding:
    return Finding(
        what="The answer broke off.",
        where=where,
        evidence=evidence,
        fix="Give the log of the application with --log, and look at the time-outs of the proxies "
        "in front.",
        explains=("cut_off", "stream_error"),
        is_sign=True,
    )


def _refusal(where: str, status: int) -> Finding:
    return Finding(
        explains=("unavailable",)
        if status == 503
        else ("unauthorized",)
        if status in (401, 403)
        else ("server_error",),
        what=f"A request was answered with {status}.",
        where=where,
        evidence=f"Status {status}.",
        fix="Give the log of the application with --log.",
        is_sign=True,
    )


def _held_answer(where: str, arrivals: Sequence[float]) -> Finding:
    spread = (arrivals[-1] - arrivals[0]) * 1000
    return Finding(
        what="The whole answer comes at once, long after the question: something between the "
        "application and the client holds it back.",
        where=where,
        evidence=f"{len(arrivals)} events came within {spread:.0f} ms, {arrivals[0]:.1f} s after "
        "the question.",
        fix="Let no middleware compress or collect event streams, and write `proxy_buffering off;` "
        "in the proxy.",
        severity="warning",
        cause="proxy buffers",
        explains=("slow",),
    )


SEEN: tuple[Symptom, ...] = ("unavailable", "stream_error", "silent", "server_error")


@check("CK501", needs=BOOT)
def question_answered(evidence: Evidence) -> Iterator[Finding]:
    """A question is answered where the chat's database, model and tools are there. What the
    person is told else is the evidence of whatever the log explains.
    """
    trial = evidence.trial
    if trial is None or trial.error is not None or trial.is_answered:
        return
    if trial.is_unauthenticated or trial.lacks_tables or trial.closed:
        return
    refusing = trial.isolation.refusing
    got_far = "The model was asked." if trial.asked_model else "The model was never asked."
    yield Finding(
        what="A question gets no answer, although database, model and tools are there.",
        where=f"POST {trial.path} in the sandbox",
        evidence=f"The person was told: {trial.answer[:300]} {got_far} {refusing}".rstrip(),
        severity="inconclusive" if refusing else AS_DECLARED,
        fix="Look for what the application logged meanwhile; the chat may read its settings under "
        "other names than those that are set.",
        explains=tuple(symptoms_in(trial.answer)) + SEEN,
        is_sign=True,
    )


@check("CK501", needs=RUN, also=(answer_streams_through, question_answered))
def answer_streams(run: Run) -> Iterator[Finding]:
    """Each event is timed as it arrives; the offline model speaks word by word."""
    if run.conversation is None:
        yield inconclusive("the answer streams", f"{run.unseen}")
        return
    where = f"POST {run.path}"
    reply = run.conversation.alice.reply
    if problem := _fault_of(reply):
        yield Finding(
            what="A question got no complete answer.",
            where=where,
            evidence=problem,
            fix="Read the application's log for this request; `GET /health` beside it says more.",
        )
    elif not reply.streamed:
        yield Finding(
            what="The answer arrives all at once instead of streaming.",
            where=where,
            evidence=_times(reply),
            fix="Look for a middleware that collects responses, such as compression, and let "
            "`text/event-stream` pass through it.",
        )


def _fault_of(reply: Reply) -> str | None:
    if reply.status != 200:
        return reply.summary
    if reply.error or reply.failure:
        return reply.error or f"The stream ended with an error: {reply.failure}"
    if not reply.text_frames:
        kinds = ", ".join(sorted({frame.type for frame in reply.frames})) or "nothing"
        return f"No text came in {reply.ended:.1f} s, only: {kinds}"
    return None


def _times(reply: Reply) -> str:
    return (
        f"first event after {reply.frames[0].at:.2f} s, first text after "
        f"{reply.text_frames[0].at:.2f} s, end after {reply.ended:.2f} s"
    )
