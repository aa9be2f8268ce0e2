"""What was said of an answer outlives the process that was saying it."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.evidence.static import Ending, Observations
from chatkit_agent.findings import Finding, Severity

OFTEN = "Save what was said by then every second or so, under the id that the answer will have."
DRAIN = "On SIGTERM end the running answers: save what was said, send an error event, and stop."


def answers_outlive_process(observations: Observations) -> Iterator[Finding]:
    trial = observations.trial
    for ending in trial.endings if trial else ():
        if ending.is_kept:
            if ending.how == "deploy" and ending.seconds is None:
                what = "A deploy waits for running answers until it gives up and kills them."
                yield _finding(what, ending, "Kept was what had been said by then.", "info", DRAIN)
        elif ending.how == "deploy":
            what = "A deploy in the middle of an answer loses it."
            yield _finding(what, ending, LEFT, "warning", f"{DRAIN} {OFTEN}")
        else:
            what = "A crash in the middle of an answer loses it."
            yield _finding(what, ending, LEFT, "info", OFTEN)


LEFT = "Started again, the thread held the question, and nothing of the answer."


def _finding(what: str, ending: Ending, left: str, severity: Severity, fix: str) -> Finding:
    if ending.how == "crash":
        ended = "The process was killed (SIGKILL)."
    elif ending.seconds is None:
        ended = "After SIGTERM the process went on until it was killed."
    else:
        ended = f"The process ended {ending.seconds:.1f} s after SIGTERM."
    return Finding(
        what=what,
        where="the application in the sandbox",
        evidence=f"{ended} {left}",
        fix=fix,
        severity=severity,
        cause="interrupted answer",
        explains=("forgets", "cut_off"),
    )
