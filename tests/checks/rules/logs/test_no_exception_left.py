"""Whatever was raised is told once, with the project's own line."""

from __future__ import annotations

from collections.abc import Callable

from chatkit_agent.checks.rules.logs.no_exception_left import no_exception_left
from chatkit_agent.evidence.static import Evidence

LOG = """\
ERROR: Exception in ASGI application
  + Exception Group Traceback (most recent call last):
  |   File "/venv/lib/python3.11/site-packages/starlette/x.py", line 87, in collapse
  |     yield
  | ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "/srv/shop/app/prices.py", line 12, in total
    |     return sum(each["price"] for each in basket)
    |   File "/venv/lib/python3.11/site-packages/lib/y.py", line 3, in get
    | KeyError: 'price'
    +------------------------------------
INFO: next
"""


def test_found(observed: Callable[..., Evidence]) -> None:
    evidence = observed({"app/prices.py": ""}, log=("app.log", LOG.encode() * 2))
    (finding,) = no_exception_left(evidence)
    assert finding.what == "The application logged `KeyError` in `total`, app/prices.py:12."
    assert finding.where == "app.log:11"
    assert "2 times" in finding.evidence


def test_found_without_a_line_of_the_project(logged: Callable[[str], Evidence]) -> None:
    (finding,) = no_exception_left(logged(LOG))
    assert finding.what == "The application logged `KeyError`."


def test_quiet(logged: Callable[[str], Evidence]) -> None:
    assert not list(no_exception_left(logged("INFO: KeyError is a kind of error\n")))


def test_a_turn_of_a_delivered_chat_that_failed_in_an_unknown_way(
    logged: Callable[[str], Evidence],
) -> None:
    log = "INFO started\nWARNING the turn failed: StrangeError: who knows\n" * 2
    (finding,) = no_exception_left(logged(log))
    assert finding.where == "app.log:2"
    assert "`StrangeError`" in finding.what
    assert "not known" in finding.what
    assert not list(no_exception_left(logged("the turn failed: MaxTurnsExceeded: Max turns\n")))
