"""Tool steps that are not in the stream, or not in the thread."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from chatkit_agent.checks.rules.conversation.tool_steps_shown import tool_steps_shown
from chatkit_agent.evidence.run import MarkedCall, Reply, Run


def conversing(evidence: Run, **seen: Any) -> Run:
    assert evidence.conversation is not None
    return replace(evidence, conversation=replace(evidence.conversation, **seen))


def test_quiet(healthy: Run) -> None:
    assert not list(tool_steps_shown(healthy))


def test_not_in_the_stream(healthy: Run) -> None:
    assert healthy.conversation is not None
    alice = healthy.conversation.alice
    frames = tuple(frame for frame in alice.reply.frames if frame.type != "thread.item.done")
    silent = replace(alice, reply=replace(alice.reply, frames=frames))
    (finding,) = tool_steps_shown(conversing(healthy, alice=silent))
    assert "does not see" in finding.what
    assert "add_task" in finding.evidence


def test_not_in_the_thread(healthy: Run) -> None:
    assert healthy.conversation is not None
    assert healthy.conversation.restart is not None
    restart = replace(healthy.conversation.restart, items=Reply(200, '{"data": []}'))
    (finding,) = tool_steps_shown(conversing(healthy, restart=restart))
    assert "gone" in finding.what


def steps(status: str, text: str = "list_tasks") -> str:
    task = {"type": "custom", "title": "list_tasks", "status_indicator": status, "content": text}
    return json.dumps({"data": [{"type": "workflow", "workflow": {"tasks": [task]}}]})


@pytest.mark.parametrize(
    ("body", "number"),
    [
        (steps("loading"), 1),
        (json.dumps({"data": [{"type": "task", "task": {"status_indicator": "loading"}}]}), 1),
        (steps("complete"), 0),
        (steps("none", '{"status_indicator": "loading"}'), 0),
        ('"workflow"', 0),
    ],
)
def test_a_step_that_goes_on(healthy: Run, body: str, number: int) -> None:
    assert healthy.conversation is not None
    assert healthy.conversation.restart is not None
    restart = replace(healthy.conversation.restart, items=Reply(200, body))
    found = list(tool_steps_shown(conversing(healthy, restart=restart)))
    assert [("for ever" in each.what) for each in found] == [True] * number


@pytest.mark.parametrize("auth", ["jwt", "none"])
def test_no_tool_was_called(healthy: Run, auth: Any) -> None:
    assert healthy.conversation is not None
    alice = replace(healthy.conversation.alice, calls=())
    (finding,) = tool_steps_shown(replace(conversing(healthy, alice=alice), auth=auth))
    assert finding.severity == ("inconclusive" if auth == "jwt" else "info")


@pytest.mark.parametrize(("is_shown", "expected"), [(True, 0), (False, 1)])
def test_a_route_was_called(healthy: Run, is_shown: bool, expected: int) -> None:
    assert healthy.conversation is not None
    alice = replace(healthy.conversation.alice, calls=())
    frames = tuple(frame for frame in alice.reply.frames if frame.type != "thread.item.done")
    turn = alice if is_shown else replace(alice, reply=replace(alice.reply, frames=frames))
    call = MarkedCall(replace(turn), is_offered=True, is_own=True, is_foreign=False)
    seen = replace(conversing(healthy, alice=alice), has_route_tools=True, marked_calls=(call,))
    assert len(list(tool_steps_shown(seen))) == expected


def test_unseen(dead: Run) -> None:
    assert len(list(tool_steps_shown(dead))) == 1
