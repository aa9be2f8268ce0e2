"""A call is known by what it calls and what it is given, however that is written."""

from __future__ import annotations

import pytest

from chatkit_agent.project.source.code import Call
from tests.project.source.conftest import Project

CALLED = [
    "from a.b import run\nrun(n=3)",
    "from a.b import run as go\ngo(n=3)",
    "import a.b\na.b.run(n=3)",
    "import a.b as c\nc.run(n=3)",
    "from a import b\nb.run(n=3)",
    "from a.b import run\ngo = run\ngo(n=3)",
    "import a.b\ndef f():\n    go = a.b.run\n    go(n=3)",
    "def f():\n    from a.b import run as go\n    go(n=3)",
    "import a.b\ngetattr(a.b, 'run')(n=3)",
    "from a.b import run\nfrom functools import partial\npartial(run, n=3)()",
    "import functools\nfrom a.b import run\ngo = functools.partial(run, n=3)\ngo()",
    "from a.b import run\nrun(**{'n': 3})",
    "from a.b import run\nOPTIONS = dict(n=3)\nrun(**OPTIONS)",
    "from a.b import run\nrun[int](n=3)",
]


def last(project: Project, main: str) -> Call:
    calls = [each for each in project({"main.py": main}).calls if each.method == "run"]
    return calls[-1]


@pytest.mark.parametrize("main", CALLED)
def test_called(project: Project, main: str) -> None:
    call = last(project, main)
    assert (call.name, call.method) == ("a.b.run", "run")
    value = call.value("n")
    assert value is not None
    assert getattr(value, "value", "") == "3"
    assert not call.spreads


@pytest.mark.parametrize(
    "main",
    [
        "from a.b import other as run\nrun(n=3)",
        "def run(n): ...\nrun(n=3)",
        "from a.b import run\n# run(n=3)\n'run(n=3)'",
        "from c import run\nrun(n=3)",
    ],
)
def test_look_alikes(project: Project, main: str) -> None:
    assert not [each for each in project({"main.py": main}).calls if each.name == "a.b.run"]


@pytest.mark.parametrize("given", ["*more", "**more", "**{**more, 'n': 3}", "**{key: 3}"])
def test_what_only_running_tells(project: Project, given: str) -> None:
    assert last(project, f"from a.b import run\ndef f(more, key):\n    run({given})").spreads


def test_positions_behind_a_partial(project: Project) -> None:
    call = last(project, "from a.b import run\nfrom functools import partial\npartial(run, 'x')()")
    assert call.text("name", 0) == "x"


def test_names_that_stand_for_each_other_end(project: Project) -> None:
    call = last(project, "def f():\n    a = b\n    b = a\n    a.run()")
    assert call.name == "a.run"
