"""The chat's test stands beside the project's tests and imports the application as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chatkit_agent.edits.write_tests import write_tests

if TYPE_CHECKING:
    from conftest import Run

FASTAPI = "from fastapi import FastAPI\n\n"
MAIN = {"app/__init__.py": "", "app/main.py": f"{FASTAPI}app = FastAPI()\n"}


@pytest.mark.parametrize(
    ("there", "path"),
    [
        ({}, "tests/test_chatkit.py"),
        ({"tests/api/test_items.py": ""}, "tests/test_chatkit.py"),
        ({"app/tests/conftest.py": ""}, "app/tests/test_chatkit.py"),
        ({"app/test/test_one.py": ""}, "app/test/test_chatkit.py"),
        ({"tests/test_one.py": "", "app/tests/test_two.py": ""}, "tests/test_chatkit.py"),
    ],
)
def test_where_it_stands(there: dict[str, str], path: str, run: Run) -> None:
    assert run(write_tests, {**MAIN, **there}).changed == [path]


@pytest.mark.parametrize(
    ("main", "line"),
    [
        ("app = FastAPI()\n", "from app.main import app\n"),
        ("api = FastAPI()\n", "from app.main import api as app\n"),
        (
            "class Server:\n    def __init__(self):\n        self.app = FastAPI()\n"
            "server = Server()\n",
            "from app.main import server\n\napp = server.app\n",
        ),
        (
            "def build():\n    app = FastAPI()\n    return app\n",
            "from app.main import build\n\napp = build()\n",
        ),
    ],
)
def test_how_it_imports_the_application(main: str, line: str, run: Run) -> None:
    files = {**MAIN, "app/main.py": FASTAPI + main}
    if "build" in main:
        files["Procfile"] = "web: uvicorn --factory app.main:build\n"
    text = run(write_tests, files).text("tests/test_chatkit.py")
    assert line in text
    assert "example_app" not in text


def test_the_route_is_the_one_that_was_asked_for(run: Run) -> None:
    text = run(write_tests, MAIN, path="/assistant").text("tests/test_chatkit.py")
    assert 'PATH = "/assistant"\n' in text


def test_noop_where_a_test_of_that_name_is(run: Run) -> None:
    assert run(write_tests, {**MAIN, "tests/test_chatkit.py": "mine = 1\n"}).changed == []
