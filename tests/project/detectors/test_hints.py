"""Hints: what says how an application is started, and what does not."""

from __future__ import annotations

import pytest

from chatkit_agent.project.detectors.hints import find_hints
from chatkit_agent.project.facts import Hint
from tests.project.detectors.conftest import MakeSources


@pytest.mark.parametrize(
    ("path", "text", "hint"),
    [
        ("Dockerfile", "CMD uvicorn a.b:c", Hint("a.b", "c", "Dockerfile", 3)),
        ("Dockerfile", "CMD fastapi run ./a/b.py", Hint("a.b", None, "Dockerfile", 3)),
        ("Dockerfile", "ENV APP_MODULE=a.b:c", Hint("a.b", "c", "Dockerfile", 3)),
        ("k/api.service", "ExecStart=/bin/uvicorn a:c", Hint("a", "c", "k/api.service", 3)),
        ("start.sh", 'exec hypercorn \\\n  "a.b:make()"', Hint("a.b", "make", "start.sh", 2)),
        ("run.py", "uvicorn.run(app='a:c')", Hint("a", "c", "run.py", 2)),
        ("run.py", "handler = Mangum(api())", Hint("run", "api", "run.py", 2)),
        ("a/run.py", "import uvicorn\nuvicorn.run(api)", Hint("a.run", "api", "a/run.py", 2)),
        ("scripts/run.py", "uvicorn.run('a:c')", Hint("a", "c", "scripts/run.py", 1)),
        ("README.md", "    $ uvicorn a:c --reload", Hint("a", "c", "README.md", 1)),
    ],
)
def test_a_hint(sources: MakeSources, path: str, text: str, hint: Hint) -> None:
    assert hint in find_hints(sources({path: text}))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Dockerfile", "FROM python:slim\nCMD flask run a:c"),
        ("notes.txt", "uvicorn a:c"),
        ("Dockerfile", "CMD uvicorn http://a:c"),
        ("Dockerfile", "CMD uvicorn --host 0.0.0.0:80"),
        ("main.py", "print('a:c')"),
    ],
)
def test_what_is_no_hint(sources: MakeSources, path: str, text: str) -> None:
    assert find_hints(sources({path: text})) == ()


def test_the_strongest_comes_first(sources: MakeSources) -> None:
    made = sources(
        {"README.md": "uvicorn a:c", "Makefile": "uvicorn b:c", "Procfile": "uvicorn d:c"}
    )
    assert [hint.module for hint in find_hints(made)] == ["d", "b", "a"]
