"""What was said of an answer outlives the process that was saying it."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import BOOT, Finding, Severity, check
from chatkit_agent.evidence.static import Ending, Evidence

OFTEN = "Save what was said by then every second or so, under the id that the answer will have."
DRAIN = "On SIGTERM end the running answers: save what was said, send an error event, and stop."


@check("CK515", needs=BOOT, symptoms=("forgets", "cut_off"))
def answers_outlive_process(evidence: Evidence) -> Iterator[Finding]:
    """Only with `doctor --boot`: the process gets SIGKILL in the middle of an answer, is started
    again, and the thread is read. Then it gets SIGTERM in the middle of another, and SIGKILL when
    it has not ended after 8 s; where the crash had lost the first answer, it is started once more
    to see whether this one is there. A deploy that loses the answer is a warning; one that only
    waits, and a crash that loses it, are infos.
    """
    trial = evidence.trial
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
    )
