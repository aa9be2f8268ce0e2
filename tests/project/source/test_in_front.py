"""Middlewares and handlers of exceptions are found however they are added."""

from __future__ import annotations

import pytest

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.in_front import (
    exception_handlers,
    is_context_manager,
    middlewares,
)
from tests.project.source.conftest import Project

CLASSES = "class Small:\n    async def __call__(self, scope, receive, send): ...\n"


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("app.add_middleware(Small)", ["Small.__call__"]),
        ("app.add_middleware(middleware_class=Small)", ["Small.__call__"]),
        ("Middleware(Small)", ["Small.__call__"]),
        ("for each in (Small,):\n    app.add_middleware(each)", ["Small.__call__"]),
        ("@app.middleware('http')\nasync def guard(request, call_next): ...", ["guard"]),
        ("Small(app)", []),
    ],
)
def test_middlewares(project: Project, source: str, names: list[str]) -> None:
    code = project({"main.py": f"{CLASSES}{source}\n"})
    assert [each.name for each in middlewares(code)] == names


@pytest.mark.parametrize(
    "source",
    [
        "@app.exception_handler(KeyError)\nasync def refuse(request, error): ...",
        "async def refuse(request, error): ...\napp.add_exception_handler(KeyError, refuse)",
        "def refuse(request, error): ...\nFastAPI(exception_handlers={KeyError: refuse})",
        "def refuse(request, error): ...\nfor kind in (KeyError,):\n"
        "    app.add_exception_handler(kind, refuse)",
    ],
)
def test_exception_handlers(project: Project, source: str) -> None:
    ((_, kind, handler),) = exception_handlers(project({"main.py": source}))
    assert handler is not None
    assert (syntax.code(kind), handler.name) == ("KeyError", "refuse")


@pytest.mark.parametrize(
    ("mark", "is_it"),
    [
        ("contextlib.contextmanager", True),
        ("managed", True),
        ('getattr(contextlib, "asynccontextmanager")', True),
        ("contextmanager", False),
        ("other", False),
        ('other("contextlib.contextmanager")', False),
    ],
)
def test_is_context_manager(project: Project, mark: str, is_it: bool) -> None:
    head = "import contextlib\nfrom contextlib import asynccontextmanager as managed\n"
    own = "def contextmanager(function): ...\n"
    code = project({"main.py": f"{head}{own}@{mark}\ndef f():\n    yield\n"})
    (function,) = (each for each in code.functions if each.name == "f")
    assert is_context_manager(code, function) is is_it
