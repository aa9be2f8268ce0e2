"""A destructive call that does not wait, or that is made more than once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chatkit_agent.checks.required import checks_for
from chatkit_agent.checks.rules.mcp.destructive_tools_approved import destructive_tools_approved
from chatkit_agent.evidence.run import Approval, Run, ToolCall

CALL = ToolCall("delete_task", {"task_id": 1}, "Bearer token-of-alice")


def approving(evidence: Run, **seen: Any) -> Run:
    assert evidence.conversation is not None
    assert evidence.conversation.approval is not None
    changed = replace(evidence.conversation.approval, **seen)
    return replace(evidence, conversation=replace(evidence.conversation, approval=changed))


def approval_of(evidence: Run) -> Approval:
    assert evidence.conversation is not None
    assert evidence.conversation.approval is not None
    return evidence.conversation.approval


def test_quiet(healthy: Run) -> None:
    assert not list(destructive_tools_approved(healthy))


def test_it_runs_before_anybody_is_asked(healthy: Run) -> None:
    asked = replace(approval_of(healthy).asked, calls=(CALL,))
    findings = destructive_tools_approved(approving(healthy, asked=asked, approved=None))
    assert [finding.what for finding in findings] == [
        "A destructive tool ran before anybody was asked.",
        "Nobody was asked before a destructive tool.",
    ]


@pytest.mark.parametrize("calls", [(), (CALL, CALL)])
def test_it_does_not_run_once(healthy: Run, calls: tuple[ToolCall, ...]) -> None:
    approved = replace(approval_of(healthy).asked, calls=calls)
    (finding,) = destructive_tools_approved(approving(healthy, approved=approved))
    assert f"made {len(calls)} times" in finding.what


def test_the_button_works_twice(healthy: Run) -> None:
    twice = replace(approval_of(healthy).asked, calls=(CALL,))
    (finding,) = destructive_tools_approved(approving(healthy, twice=twice))
    assert "again" in finding.what


def test_not_chosen(healthy: Run) -> None:
    assert destructive_tools_approved in checks_for(healthy)
    assert destructive_tools_approved not in checks_for(replace(healthy, approvals=False))


def test_nobody_signs_in(healthy: Run) -> None:
    (finding,) = destructive_tools_approved(replace(healthy, auth="none"))
    assert finding.severity == "info"


def test_unseen(dead: Run) -> None:
    (finding,) = destructive_tools_approved(dead)
    assert finding.severity == "inconclusive"
