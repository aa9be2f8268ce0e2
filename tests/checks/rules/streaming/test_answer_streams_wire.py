"""An answer that fails, breaks off or comes at once is found, in a turn and in a trace."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from chatkit_agent.checks.rules.streaming.answer_streams import answer_streams_through
from chatkit_agent.evidence.static import Evidence, Probe
from chatkit_agent.evidence.static.traces import read_trace
from tests.checks.rules.conftest import Met

SLOWLY = (0.3, 0.5, 0.7, 0.9, 1.1, 1.3, 1.5)
AT_ONCE = (4.0,) * 7


def turn(body: str = "", error: str | None = None, arrivals: tuple[float, ...] = SLOWLY) -> Probe:
    return Probe("turn", "POST /chatkit", 200, body=body, error=error, arrivals=arrivals)


def traced(met: Met, *entries: dict[str, Any]) -> Evidence:
    first = {"at": 0, "direction": "sent", "request": {"type": "threads.create"}}
    trace = read_trace("t.json", json.dumps([first, *entries]).encode())
    return dataclasses.replace(met(), running=None, trace=trace)


def delta(at: float) -> dict[str, Any]:
    update = {"type": "assistant_message.content_part.text_delta", "delta": "a"}
    return {"at": at, "direction": "received", "event": {"update": update}}


@pytest.mark.parametrize(
    ("probe", "words"),
    [
        (turn('data: {"type": "error", "message": "No key."}'), "No key."),
        (turn(error="RemoteProtocolError"), "RemoteProtocolError"),
        (turn(arrivals=AT_ONCE), "7 events came within 0 ms"),
    ],
)
def test_found_in_a_turn(met: Met, probe: Probe, words: str) -> None:
    (finding,) = answer_streams_through(met(probe))
    assert words in finding.evidence


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([{"at": 1, "direction": "received", "event": {"type": "error", "code": "x"}}], "`x`"),
        ([{"at": 1, "direction": "received", "status": 503}], "503"),
        ([delta(at) for at in AT_ONCE], "7 events came"),
    ],
)
def test_found_in_a_trace(met: Met, entries: list[dict[str, Any]], words: str) -> None:
    (finding,) = answer_streams_through(traced(met, *entries))
    assert words in finding.evidence
    assert finding.where.startswith("t.json")


def test_quiet(met: Met) -> None:
    assert not list(answer_streams_through(met(turn())))
    assert not list(answer_streams_through(met(turn(arrivals=(0.4,)))))
    assert not list(answer_streams_through(traced(met, *(delta(at) for at in SLOWLY))))
