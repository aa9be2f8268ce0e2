"""What runs when a module is imported, and what runs only later."""

from __future__ import annotations

import pytest

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.loading import calls_now, loaded_with, plain_calls
from tests.project.source.conftest import Project

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
