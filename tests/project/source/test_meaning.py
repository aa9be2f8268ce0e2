"""Numbers, truths, lists of texts and names are told by meaning, and words are not."""

from __future__ import annotations

import libcst as cst
import pytest

from chatkit_agent.project.source.meaning import (
    calls_to,
    names_used,
    number_of,
    reaches,
    resolves_to,
    status_of,
    texts_of,
    truth_of,
)
from tests.project.source.conftest import Project, argument


@pytest.mark.parametrize(
    ("main", "number"),
    [
        ("see(3)", 3),
        ("see(-1)", -1),
        ("see(2.5)", 2.5),
        ("N = 2\nsee(N * 60 + 3 - 1)", 122),
        ("from limits import DAYS\nsee(DAYS * 24)", 48),
        ("from datetime import timedelta\nsee(timedelta(minutes=2))", 120),
        ("from datetime import timedelta as later\nsee(later(1))", 86400),
        ("import datetime as dt\nsee(dt.timedelta(hours=1, seconds=5))", 3605),
        ("see(int('3'))", 3),
        ("import os\nsee(int(os.getenv('N', '3')))", 3),
        ("import os\nsee(float(os.environ.get('N', 3)))", 3),
        ("def f(n):\n    see(n)", None),
        ("def f(n):\n    see(n * 2)", None),
        ("see('three')", None),
        ("see(10 / 2)", None),
        ("see(True)", None),
    ],
)
def test_number(project: Project, main: str, number: float | None) -> None:
    code = project({"main.py": main, "limits.py": "ONE = 1\nDAYS = ONE + 1\n"})
    assert number_of(code, *argument(code)) == number


@pytest.mark.parametrize(
    ("main", "truth"),
    [
        ("see(True)", True),
        ("OFF = False\nsee(OFF)", False),
        ("see(0)", None),
        ("see(None)", None),
        ("def f(on):\n    see(on)", None),
    ],
)
def test_truth(project: Project, main: str, truth: bool | None) -> None:
    code = project({"main.py": main})
    assert truth_of(code, *argument(code)) is truth


@pytest.mark.parametrize(
    ("main", "texts"),
    [
        ("see(['A', 'b'])", ["a", "b"]),
        ("see(('A',))", ["a"]),
        ("MORE = ['B']\nsee(['A'] + MORE)", ["a", "b"]),
        ("see(list(('A',)))", ["a"]),
        ("see(sorted({'A'}))", ["a"]),
        ("see(set())", []),
        ("NAME = 'A'\nsee([NAME])", ["a"]),
        ("def f(x):\n    see(['A', x])", None),
        ("see('A')", None),
    ],
)
def test_texts(project: Project, main: str, texts: list[str] | None) -> None:
    code = project({"main.py": main})
    assert texts_of(code, *argument(code)) == texts


def test_names_are_no_words() -> None:
    module = cst.parse_module("a.b(c=d)  # e\n'f'\n")
    assert names_used(module) == {"a", "b", "c", "d"}


def test_what_a_name_resolves_to(project: Project) -> None:
    code = project({"main.py": "from a.b import C as D\nfrom mine import C\nsee(D)\nD()\nC()\n"})
    scope, node = argument(code)
    assert resolves_to(code, scope, node, "a.b.C")
    assert not resolves_to(code, scope, "C", "a.b.C")
    assert [each.written for each in calls_to(code, "a.b.C")] == ["D"]


def test_what_functions_reach(project: Project) -> None:
    code = project(
        {
            "main.py": "from more import c\ndef a():\n    b()\ndef b():\n    c()\n",
            "more.py": "def c():\n    d()\ndef d():\n    c()\n",
        }
    )
    start = next(each for each in code.functions if each.name == "a")
    assert [each.name for each in reaches(code, [start])] == ["a", "b", "c", "d"]
    assert [each.name for each in reaches(code, [start], hops=1)] == ["a", "b"]


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ("404", 404),
        ("GONE", 410),
        ("status.HTTP_404_NOT_FOUND", 404),
        ("HTTP_413_REQUEST_ENTITY_TOO_LARGE", 413),
        ("HTTPStatus.NOT_FOUND", 404),
        ("http.HTTPStatus.SERVICE_UNAVAILABLE", 503),
        ("HTTPStatus.CONTENT_TOO_LARGE", 413),
        ("HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE", 431),
        ("'HTTP_404_NOT_FOUND'", None),
        ("chosen", None),
        ("status", None),
    ],
)
def test_status_of(project: Project, given: str, status: int | None) -> None:
    head = "import http\nfrom http import HTTPStatus\nfrom fastapi import status\nGONE = 410\n"
    code = project({"main.py": f"{head}see({given})\n"})
    assert status_of(code, *argument(code)) == status
