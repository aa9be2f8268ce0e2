"""A trace has one simple form, and what has another is refused with that form."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chatkit_agent.errors import BadOption
from chatkit_agent.evidence.static import Passed
from chatkit_agent.evidence.static.traces import read_trace

GOOD: list[dict[str, Any]] = [
    {"at": 0, "direction": "sent", "request": {"type": "threads.create"}},
    {"at": 0.1, "direction": "received", "status": 200},
    {"at": 0.4, "direction": "received", "event": {"type": "error"}},
]


@pytest.mark.parametrize("document", [GOOD, {"entries": GOOD}])
def test_read(document: object) -> None:
    trace = read_trace("t.json", json.dumps(document).encode())
    assert trace.passed[1] == Passed(0.1, {"status": 200}, "status")
    assert [each.type for each in trace.passed] == ["threads.create", "", "error"]


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b'"x"',
        b'[{"at": "0"}]',
        b'[{"at": 0, "direction": "up", "event": {}}]',
        b"[[]]",
        b"[" * 10**5,
    ],
)
def test_refused(content: bytes) -> None:
    with pytest.raises(BadOption, match=r"t\.json"):
        read_trace("t.json", content)
