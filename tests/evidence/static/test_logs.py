"""Exceptions are found in the tracebacks of every shape, and no credential is kept."""

from __future__ import annotations

import json

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


COLLECTED = {
    "compose": "web-1  | {}",
    "compose, coloured": "\x1b[36mweb-1  | \x1b[0m{}",
    "kubernetes": "2026-11-30T05:05:1{n}.12345{n}Z {}",
    "containerd": "2026-11-30T05:05:1{n}.12345{n}Z stderr F {}",
    "journald": "Nov 30 05:05:1{n} host uvicorn[1{n}]: {}",
    "heroku": "2026-11-30T05:05:1{n}.12345{n}+00:00 app[web.1]: {}",
    "a logger of each line": "[2026-11-30 05:05:1{n},001] [{n}] [ERROR] {}",
    "colours": "\x1b[31m{}\x1b[0m",
}


@pytest.mark.parametrize("form", COLLECTED.values(), ids=COLLECTED)
@pytest.mark.parametrize("bar", ["", "  | "])
def test_what_a_collector_writes_before_each_line(form: str, bar: str) -> None:
    lines = [f"{bar}{each}" for each in TRACEBACK.splitlines()]
    lines = [form.replace("{n}", str(n % 7)).replace("{}", each) for n, each in enumerate(lines)]
    for content in ("\n".join(lines).encode(), "\r\n".join(lines).encode("utf-16")):
        first, second = read_log("app.log", content).raised
        assert (first.text, first.line) == ("ValueError: x", 8)
        assert first.frames[-1] == Frame("/srv/app/b.py", 7, "go")
        assert "extra_forbidden" in second.message
        assert second.chain == (8,)


def test_a_traceback_in_a_json_record() -> None:
    records = [{"level": "info", "event": "start"}, {"event": "failed", "exception": TRACEBACK}]
    log = read_log("app.log", "\n".join(map(json.dumps, records)).encode())
    first, second = log.raised
    assert first.frames[-1] == Frame("/srv/app/b.py", 7, "go")
    assert (second.name, log.where(second.line)) == ("ValidationError", "app.log:2")
    assert "failed" in log.lines[1]


def test_a_json_record_for_each_line() -> None:
    records = [{"log": f"{each}\n", "stream": "stderr"} for each in TRACEBACK.splitlines()]
    log = read_log("app.log", "\n".join(map(json.dumps, records)).encode())
    assert [log.where(each.line) for each in log.raised] == ["app.log:8", "app.log:14"]


def test_a_traceback_that_is_drawn() -> None:
    drawn = (
        "╭───── Traceback (most recent call last) ─────╮\n"
        "│ /srv/app/b.py:7 in go                       │\n"
        "│ ❱ 7 raise ValueError('x')                   │\n"
        "╰─────────────────────────────────────────────╯\nValueError: x\n"
    )
    (raised,) = read_log("app.log", drawn.encode()).raised
    assert raised.frames == (Frame("/srv/app/b.py", 7, "go"),)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("sqlalchemy.exc.MissingGreenlet: greenlet_spawn has not been called", "MissingGreenlet"),
        ("app.errors.NoSuchBook", "NoSuchBook"),
        ("INFO: uvicorn.error: started", ""),
    ],
)
def test_an_exception_whose_name_says_its_module(line: str, kind: str) -> None:
    text = f'Traceback (most recent call last):\n  File "/srv/x.py", line 3, in go\n{line}\n'
    assert [each.name for each in read_log("app.log", text.encode()).raised] == [kind] * bool(kind)
