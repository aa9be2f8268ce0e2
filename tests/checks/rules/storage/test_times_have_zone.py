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


SPELLED = """\
import datetime as dt
from datetime import datetime as when, timezone
from functools import partial
from chatkit.server import ChatKitServer
from app.clock import NOBODY, UTC, now
class Server(ChatKitServer[dict]):
    def made(self):
        # when.now()
{body}
"""
CLOCK = """\
import datetime
from chatkit.server import ChatKitServer
NOBODY, UTC = None, datetime.timezone.utc
def now():
    return datetime.datetime.now(UTC)
"""
NAIVE = {
    "an alias": "return when.now()",
    "an alias of the module": "return dt.datetime.utcnow()",
    "without a zone": "return when.now(tz=None)",
    "without a zone, by a constant": "return when.now(NOBODY)",
    "a name": "moment = when.now()\nreturn Item(created_at=moment)",
    "a default": "return Field(default_factory=when.utcnow)",
    "today": "return when.today()",
    "a name of the function": "clock = when.now\nreturn clock()",
}
ZONED = {
    "a zone": "return when.now(timezone.utc)",
    "a zone by keyword": "return when.now(tz=UTC)",
    "a zone by a partial": "return partial(when.now, UTC)()",
    "a helper of another module": "return now()",
    "written to it": "return when.utcnow().replace(tzinfo=timezone.utc)",
    "its own zone": "return when.now().astimezone()",
    "a difference": "begun = when.now()\nlog.info('%s', when.now() - begun)",
    "a part of a name": "moment = when.now()\nreturn f'{moment.year}-{moment.month}'",
    "another now": "return clock.now()",
}


def spelled(body: str) -> dict[str, str]:
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    return {"app/server.py": SPELLED.replace("{body}\n", lines), "app/clock.py": CLOCK}


@pytest.mark.parametrize("name", NAIVE)
def test_without_a_zone_in_whatever_way(findings: Findings, name: str) -> None:
    assert len(findings(times_have_zone, spelled(NAIVE[name]))) == 1


@pytest.mark.parametrize("name", ZONED)
def test_with_a_zone_in_whatever_way(findings: Findings, name: str) -> None:
    assert not findings(times_have_zone, spelled(ZONED[name]))
