"""Traces: the wire log that the console exports, in its simple form."""

from __future__ import annotations

import json
from typing import Any, Literal

from chatkit_agent.errors import BadOption
from chatkit_agent.evidence.static import Passed, Trace

KINDS: tuple[Literal["request", "status", "event"], ...] = ("request", "status", "event")
FORM = '`{"at": 0.12, "direction": "received", "event": {...}}`'


def read_trace(name: str, content: bytes) -> Trace:
    """The trace in a JSON document: a list, or an object that holds it under `entries`.

    Raises:
        BadOption: it is no such document.
    """
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BadOption(f"`{name}` is not JSON: {error}. Export the trace again.") from error
    entries = document.get("entries") if isinstance(document, dict) else document
    if not isinstance(entries, list):
        raise BadOption(f"`{name}` is not a trace: it has to be a list of entries such as {FORM}.")
    return Trace(name, tuple(_event_of(name, n, each) for n, each in enumerate(entries, 1)))


def _event_of(name: str, number: int, entry: Any) -> Passed:
    kind = next((each for each in KINDS if isinstance(entry, dict) and each in entry), None)
    direction = entry.get("direction") if isinstance(entry, dict) else None
    at = entry.get("at") if isinstance(entry, dict) else None
    if kind is None or direction not in ("sent", "received") or not isinstance(at, int | float):
        raise BadOption(f"`{name}`, entry {number}: it does not have the form {FORM}.")
    body = entry[kind]
    return Passed(float(at), body if isinstance(body, dict) else {kind: body}, kind)
