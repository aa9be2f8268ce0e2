"""Which files are another application's is told by what the applications import."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from chatkit_agent.project.facts import App
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.loading import (
    calls_now,
    files_of_others,
    imported_by,
    loaded_with,
    may_be_imported,
    plain_calls,
)
from tests.project.source.conftest import Project


def app(name: str) -> App:
    file = f"{name}.py"
    return App(f"{name}:app", "module", file, "", built_in=file, function=None, variable="app")


BOTH = {
    "one.py": "from shared import x\nimport mine\n",
    "two.py": "import shared, theirs\n",
    "shared.py": "",
    "mine.py": "",
    "theirs.py": "",
}


def test_imported_by(project: Project) -> None:
    files = {
        "a/__init__.py": "import b",
        "a/c.py": "from . import (\n    d as e,\n)\n",
        "a/d.py": "",
        "b.py": "",
        "z.py": "",
    }
    sources = project(files).sources
    assert imported_by(sources, "a/c.py") == {"a/c.py", "a/__init__.py", "a/d.py", "b.py"}


@pytest.mark.parametrize(
    ("changed", "others"),
    [
        ({}, {"two.py", "theirs.py"}),
        ({"mine.py": "import importlib\nimportlib.import_module(name)\n"}, {"two.py"}),
        ({"one.py": "import two\n"}, set()),
    ],
)
def test_files_of_others(project: Project, changed: Mapping[str, str], others: set[str]) -> None:
    sources = project({**BOTH, **changed}).sources
    assert files_of_others(sources, app("one"), [app("one"), app("two")]) == others


def test_one_application_has_no_others(project: Project) -> None:
    assert files_of_others(project(BOTH).sources, app("one"), [app("one")]) == frozenset()
    assert files_of_others(project(BOTH).sources, None, [app("one"), app("two")]) == frozenset()


def test_may_be_imported(project: Project) -> None:
    sources = project(BOTH).sources
    assert may_be_imported(sources, app("one"), ["mine.py", "theirs.py"]) == {"mine.py"}


FILES = {
    "app/__init__.py": "",
    "app/main.py": "from app import chat\nimport app.side as side\ndef f():\n    import app.late\n",
    "app/chat.py": "if True:\n    from .store import Store\n",
    "app/store.py": "",
    "app/side.py": "",
    "app/late.py": "",
}


def test_loaded_with(project: Project) -> None:
    found = loaded_with(project(FILES).sources, "app/main.py")
    names = {"__init__", "main", "chat", "store", "side"}
    assert found == {f"app/{name}.py" for name in names}


@pytest.mark.parametrize(
    ("source", "calls"),
    [
        ("a()\nb(c())\n", ["a", "b", "c"]),
        ("with a():\n    b()\n", ["b"]),
        ("if x:\n    a()\n", []),
        ("try:\n    a()\nexcept KeyError:\n    b()\n", []),
        ("def f():\n    a()\n", []),
        ("a(lambda: b())\n", ["a"]),
    ],
)
def test_plain_calls(source: str, calls: list[str]) -> None:
    found = plain_calls(syntax.parse(source.encode()))
    assert [syntax.dotted(call.func) for _, call in found] == calls


def test_calls_now() -> None:
    (line,) = syntax.parse(b"x = a(lambda: b(), c())\n").body
    assert [syntax.dotted(each.func) for each in calls_now(line)] == ["a", "c"]
