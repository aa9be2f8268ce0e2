"""Which names a text uses, and which only stand where they are made."""

from __future__ import annotations

import pytest

from chatkit_agent.project.source.references import References

OWN = "def lease(lease_id):\n    return lease_id\n"


@pytest.mark.parametrize(
    "text",
    [
        "lease()",
        "f(g(lease(1)))",
        "take = lease\n",
        "run(lease)",
        "run(a, lease)",
        "self.lease",
        "[lease]",
        "await store.lease(thread)",
    ],
)
def test_used(text: str) -> None:
    assert "lease" in References((OWN, text)).used


@pytest.mark.parametrize(
    "text",
    [
        "from app.store import lease\n",
        "from app.store import (\n    lease,\n)\n",
        "lease = 1\n",
        "f(lease=1)",
        "release()",
        "f(leases)",
        "",
    ],
)
def test_not_used(text: str) -> None:
    assert "lease" not in References((OWN, text)).used


@pytest.mark.parametrize(
    ("text", "stands"),
    [("# lease\n", True), ("from app import lease\n", False), ("releases\n", False), ("", False)],
)
def test_stands_outside_of_its_own_text(text: str, stands: bool) -> None:
    own = "def lease():\n    return lease\n"
    assert References((own, text)).stands_outside("lease", own) is stands
