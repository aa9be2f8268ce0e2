"""What answers every path is seen wherever it stands, and only that."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.edits.mounting.catch_all import CatchAllRoutes
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.tree import Tree

SPA = '@router.get("/{path:path}")\ndef page(path): ...\n'
MADE = "from fastapi import APIRouter\nrouter = APIRouter()\n"


def is_wall(tmp_path: Path, statement: str, aside: str = "", owner: str = "") -> bool:
    """Whether the last statement of `main.py` is one; `aside` is the text of `aside.py`."""
    (tmp_path / "aside.py").write_text(aside)
    (tmp_path / "main.py").write_text(f"import aside\nfrom aside import *\n{statement}")
    sources = Sources(Tree(tmp_path))
    last = sources.module("main.py").body[-1]
    return CatchAllRoutes(sources, "main.py", "app", owner).answers_everything(last)


@pytest.mark.parametrize(
    "statement",
    [
        'app.mount("/", site)\n',
        'if front_end:\n    app.mount("", site, name="site")\n',
        '@app.get("/{path:path}")\ndef page(path): ...\n',
        'app.add_api_route("/{rest:path}", page)\n',
    ],
)
def test_a_wall_in_the_open(tmp_path: Path, statement: str) -> None:
    assert is_wall(tmp_path, statement)


@pytest.mark.parametrize(
    ("statement", "aside"),
    [
        ("serve(app)\n", 'def serve(app):\n    app.mount("/", site)\n'),
        ("aside.serve(1, to=app)\n", 'def serve(one, to):\n    to.mount("/", site)\n'),
        ("serve(app)\n", "def serve(a):\n    more(a)\ndef more(b):\n    b.mount('/', site)\n"),
        ("serve(app)\n", f"def serve(router):\n    {SPA.replace(chr(10), chr(10) + '    ')}\n"),
        ("app.include_router(aside.router)\n", MADE + SPA),
        ("app.include_router(router)\n", MADE + SPA),
        ("app.include_router(made())\n", f"def made():\n    router = R()\n    "
         f"{SPA.replace(chr(10), chr(10) + '    ')}\n    return router\n"),
    ],
)  # fmt: skip
def test_a_wall_aside(tmp_path: Path, statement: str, aside: str) -> None:
    assert is_wall(tmp_path, statement, aside)


@pytest.mark.parametrize(
    ("statement", "aside"),
    [
        ('app.mount("/static", site)\n', ""),
        ('@app.get("/files/{path:path}")\ndef file(path): ...\n', ""),
        ("serve(app)\n", "def serve(app):\n    app.include_router(router)\n"),
        ("serve(other)\n", 'def serve(app):\n    app.mount("/", site)\n'),
        ('app.include_router(router, prefix="/web")\n', MADE + SPA),
        ("app.include_router(router, prefix=PREFIX)\n", MADE + SPA),
        ("app.include_router(router)\n", MADE.replace("()", '(prefix="/web")') + SPA),
        ("serve(app)\n", "def serve(app):\n    serve(app)\n"),
    ],
)
def test_no_wall(tmp_path: Path, statement: str, aside: str) -> None:
    assert not is_wall(tmp_path, statement, aside)


def test_a_method_that_is_given_the_application(tmp_path: Path) -> None:
    statement = (
        "class Maker:\n"
        "    def pages(self, given):\n        given.mount('/', site)\n"
        "self.pages(app)\n"
    )
    assert is_wall(tmp_path, statement, owner="Maker")


def test_a_method_that_is_called_on_the_way(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(
        "class Server:\n"
        "    def __init__(self):\n        self.app = FastAPI()\n        self.front_end()\n"
        "    def front_end(self):\n        self.app.mount('/', site)\n"
    )
    sources = Sources(Tree(tmp_path))
    (made, called) = sources.module("main.py").body[0].body.body[0].body.body  # type: ignore[union-attr]
    catch_all = CatchAllRoutes(sources, "main.py", "self.app", "Server")
    assert catch_all.answers_everything(called)  # type: ignore[arg-type]
    assert not catch_all.answers_everything(made)  # type: ignore[arg-type]
