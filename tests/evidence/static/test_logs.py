"""Exceptions are found in the tracebacks of every shape, and no credential is kept."""

from __future__ import annotations

import pytest

from chatkit_agent.evidence.static import Frame
from chatkit_agent.evidence.static.logs import read_log

TRACEBACK = """\
2025-01-01 INFO start
Traceback (most recent call last):
  File "/srv/app/a.py", line 3, in <module>
    go()
    ~~^^
  File "/srv/app/b.py", line 7, in go
    raise ValueError("x")
ValueError: x

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/srv/app/c.py", line 9, in outer
pydantic_core._pydantic_core.ValidationError: 1 validation error for Settings
shop_chatkit_database_url
  Extra inputs are not permitted [type=extra_forbidden, input_value='x', input_type=str]
INFO: done
"""


def test_each_exception_with_its_frames() -> None:
    first, second = read_log("app.log", TRACEBACK.encode()).raised
    assert (first.text, first.line) == ("ValueError: x", 8)
    assert first.frames[-1] == Frame("/srv/app/b.py", 7, "go")
    assert second.name == "ValidationError"
    assert "extra_forbidden" in second.message
    assert "done" not in second.message


@pytest.mark.parametrize(
    "secret",
    [
        "postgresql://u:hunter2@db/x",
        "Authorization: Bearer hunter2.hunter2",
        "{'access_token': 'hunter2'}",
        "OPENAI_API_KEY=hunter2",
        "password: hunter2",
        "key sk-proj-hunter2hunter2",
        "token eyJhbGciOi.hunter2.hunter2",
    ],
)
def test_credentials_are_masked(secret: str) -> None:
    (line,) = read_log("app.log", f"INFO {secret} end".encode()).lines
    assert "hunter2" not in line
    assert line.endswith("end")


def test_a_line_that_names_an_error_is_no_exception() -> None:
    assert not read_log("app.log", b"ValueError: only a line\n").raised
