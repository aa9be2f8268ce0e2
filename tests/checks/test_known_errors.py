"""An error that a log has many times is told once, by what knows it best."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.known_errors import LONGEST, Known, known_errors
from chatkit_agent.evidence.static import Log
from chatkit_agent.evidence.static.logs import read_log

TOO_MANY = Known(r"too many (?P<what>\w+)", "Too many {what}.", "Take fewer.", "many", ("slow",))
ANY = Known(r"too many|refused", "Something is wrong.", "Look.", "any", ("silent",))
OF_DRIVER = Known(r"^/asyncpg/.*TimeoutError", "No database.", "Start it.", "away")
TRACEBACK = """\
Traceback (most recent call last):
  File "{file}", line 3, in connect
    raise TimeoutError
TimeoutError
"""


def log(text: str) -> Log:
    return read_log("app.log", text.encode())


def test_once_with_its_place_and_how_often() -> None:
    (found,) = known_errors(log("ok\ntoo many clients\ntoo many clients\n"), [TOO_MANY])
    assert found.what == "Too many clients."
    assert found.evidence == "`too many clients` (2 times)"
    assert found.where.endswith("2")
    assert (found.cause, found.explains) == ("many", ("slow",))


def test_the_first_that_knows_a_line_has_it() -> None:
    found = known_errors(log("too many rows\nrefused\n"), [TOO_MANY, ANY])
    assert [(each.cause, each.evidence) for each in found] == [
        ("many", "`too many rows`"),
        ("any", "`refused`"),
    ]


@pytest.mark.parametrize(("file", "count"), [("/x/asyncpg/pool.py", 1), ("/x/httpx/client.py", 0)])
def test_through_which_file_it_has_to_come(file: str, count: int) -> None:
    assert len(list(known_errors(log(TRACEBACK.format(file=file)), [OF_DRIVER]))) == count


def test_a_name_that_is_not_said_leaves_no_gap() -> None:
    known = Known(r"missing(?: (?P<name>\w+))?", "Missing: `{name}`", "Add it.", "missing", ())
    (found,) = known_errors(log("missing\n"), [known])
    assert found.what == "Missing"


def test_a_long_line_is_cut() -> None:
    (found,) = known_errors(log("refused " * 100), [ANY])
    assert len(found.evidence) == LONGEST + 2
    assert found.evidence.endswith("...`")
