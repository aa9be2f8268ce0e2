"""Times without a zone are told once as an info, with every place; times with one are not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.storage.times_have_zone import times_have_zone

Findings = Callable[..., list[Finding]]
SERVER = "from chatkit.server import ChatKitServer\nfrom datetime import datetime\nA = {}\nB = {}\n"


@pytest.mark.parametrize("time", ["datetime.now()", "datetime.utcnow()"])
def test_found(findings: Findings, time: str) -> None:
    (finding,) = findings(times_have_zone, {"app/server.py": SERVER.format(time, time)})
    assert (finding.where, finding.severity) == ("app/server.py:3", "info")
    assert finding.more == ("app/server.py:4: the same",)


@pytest.mark.parametrize(
    "time",
    [
        "datetime.now(timezone.utc)",
        "datetime.now(tz=UTC)",
        "datetime.now().date()",
        "f'id-{datetime.now().timestamp()}'",
        "datetime.now().strftime('%Y%m%d')",
        "datetime.utcnow().isoformat() + 'Z'",
    ],
)
def test_quiet(findings: Findings, time: str) -> None:
    assert not findings(times_have_zone, {"app/server.py": SERVER.format(time, time)})
