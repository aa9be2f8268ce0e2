"""A real application's routes are seen to be called as the person who asks, or not to be."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.checks.rules.mcp.routes_called_as_user import routes_called_as_user
from chatkit_agent.checks.verification import verify

from ...checking import add, copied

SENT = 'headers = [(name, value) for name, value in own["headers"] if name not in OF_THE_MESSAGE]'
FAULTS = {
    "headers = []": "was not called as the person",
    "headers = SEEN.setdefault('first', list(own['headers']))": "reached another",
}


def problems(root: Path) -> list[str]:
    (check,) = verify(root, select=("CK218",)).checks
    assert check.name == routes_called_as_user.name
    return [finding.what for finding in check.findings]


@pytest.mark.parametrize("project", ["module_level", "oauth_user"])
def test_routes_are_called_as_who_asks(tmp_path: Path, project: str) -> None:
    assert problems(add(copied(project, tmp_path), tools="routes")) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found(tmp_path: Path, fault: str) -> None:
    root = add(copied("module_level", tmp_path), tools="routes")
    (code,) = root.rglob("route_call.py")
    text = code.read_text()
    assert text.count(SENT) == 1
    code.write_text(text.replace(SENT, fault) + "\n\nSEEN: dict[str, Any] = {}\n")
    assert any(FAULTS[fault] in problem for problem in problems(root))
