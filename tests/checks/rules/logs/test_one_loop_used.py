"""A second event loop is found by what asyncio says; what is cleaned up late is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.rules.logs.one_loop_used import one_loop_used
from chatkit_agent.evidence.static import Evidence
from tests.checks.rules.conftest import Observe

NESTED = "RuntimeError: asyncio.run() cannot be called from a running event loop"
FOREIGN = "RuntimeError: Task <Task pending> got Future <Future> attached to a different loop"
CLOSED = "RuntimeError: Event loop is closed"


def trace(error: str, function: str = "save") -> str:
    return (
        "INFO: started\nTraceback (most recent call last):\n"
        f'  File "/srv/app/server.py", line 9, in {function}\n'
        f'  File "/usr/lib/asyncio/base_events.py", line 519, in _check_closed\n{error}\n'
    )


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (NESTED, "running already"),
        ("RuntimeError: This event loop is already running", "running already"),
        (FOREIGN, "another event loop"),
        (CLOSED, "another event loop"),
    ],
)
def test_found(observed: Observe, error: str, what: str) -> None:
    (finding,) = one_loop_used.over(observed(log=("app.log", trace(error).encode())))
    assert what in finding.what
    assert finding.where == "app.log:5"
    assert "`save`, app/server.py:9" in finding.evidence


@pytest.mark.parametrize("error", [NESTED, FOREIGN])
def test_found_where_only_a_line_was_logged(logged: Callable[[str], Evidence], error: str) -> None:
    (finding,) = one_loop_used(logged(f"INFO: started\nERROR chat failed: {error}\n"))
    assert finding.where == "app.log:2"


@pytest.mark.parametrize(
    "log",
    [
        trace(CLOSED, "__del__"),
        trace(CLOSED, "aclose"),
        f"ERROR {CLOSED}\n",
        trace("RuntimeError: no"),
    ],
)
def test_quiet(logged: Callable[[str], Evidence], log: str) -> None:
    assert not list(one_loop_used(logged(log)))
