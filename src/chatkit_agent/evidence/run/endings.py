"""Endings: the process ends in the middle of an answer, and starts again to see what is left."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass

from chatkit_agent.evidence.run.booting import Running
from chatkit_agent.evidence.run.staging import Stage

PIECES = 16
SECONDS_PER_WORD = 0.1
"""So they take 1.6 s, in which whoever saves an answer each second has done so."""
SECONDS_TO_END = 8.0
"""What a container is given after SIGTERM is 10 s by itself."""


@dataclass(frozen=True)
class Begun:
    """An answer that was in the middle when its process ended."""

    thread: str
    question: str
    said: str
    """How it began."""
    seconds: float | None
    """How long the process took to end; None: it had to be killed."""


def end(stage: Stage, app: Running, *, gently: bool) -> Begun | None:
    """Let the process end in the middle of an answer; None where none came piece by piece."""
    if app.url is None or app.process is None:
        return None
    said = stage.marked("I")
    stage.model.script([f"{said} count: {', '.join(map(str, range(200)))}."])
    stage.model.behave(seconds_per_word=SECONDS_PER_WORD)
    question = stage.marked("Are you there?")
    try:
        with stage.chat(app.url).listening(stage.alice, question, None, PIECES) as reply:
            if reply.thread is None or said not in reply.answer:
                return None
            seconds = _seconds_to_end(app.process, gently=gently)
            return Begun(reply.thread, question, said, seconds)
    finally:
        stage.model.behave()


def _seconds_to_end(process: subprocess.Popen[bytes], *, gently: bool) -> float | None:
    began = time.monotonic()
    if gently:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(SECONDS_TO_END)
            return time.monotonic() - began
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return None


def kept(stage: Stage, app: Running, begun: Begun) -> bool | None:
    """Whether the answer is in its thread; None where not even the question is."""
    if app.url is None:
        return None
    texts = stage.items(app.url, begun.thread).texts
    if not any(begun.question in text for text in texts):
        return None
    return any(begun.said in text for text in texts)
