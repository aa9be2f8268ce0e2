"""Stop: an answer is broken off in the middle; what is asked meanwhile, and what right after."""

from __future__ import annotations

import time

from chatkit_agent.evidence.run import Interruption, Turn
from chatkit_agent.evidence.run.staging import Stage
from chatkit_agent.sandbox.model import ModelRequest

PIECES = 4
SECONDS_TO_HANG_UP = 5.0


def interrupt(stage: Stage, url: str) -> Interruption | None:
    """Alice stops an answer that would not end by itself, and goes on talking."""
    if stage.is_live:
        return _interrupt(stage, url, "Count from one to two hundred in words, one on each line.")
    stage.model.script([stage.marked("I think") + " is a good question, and the answer is long."])
    stage.model.behave(hold_after=PIECES, times=1)
    seen = _interrupt(stage, url, stage.marked("How are you?"))
    stage.model.release()
    return seen


def _interrupt(stage: Stage, url: str, question: str) -> Interruption | None:
    chat, alice, meanwhile = stage.chat(url), stage.alice, None
    with chat.listening(alice, question, None, PIECES) as reply:
        request = stage.model.requests[-1] if stage.model.requests else None
        thread = reply.thread
        if thread is None:
            return None
        if not stage.is_live:
            meanwhile = chat.turn(alice, stage.marked("And meanwhile?"), thread)
    later = chat.turn(alice, stage.marked("Go on."), thread)
    hung_up = None if stage.is_live else request is not None and _hangs_up(request)
    stopped = Turn(alice, question, reply, ())
    return Interruption(stopped, meanwhile, later, hung_up, stage.items(url, thread))


def _hangs_up(request: ModelRequest) -> bool:
    deadline = time.monotonic() + SECONDS_TO_HANG_UP
    while not request.hung_up and time.monotonic() < deadline:
        time.sleep(0.02)
    return request.hung_up
