"""The application: where it is started decides between several, and so does what is given to it."""

from __future__ import annotations

import pytest

from chatkit_agent.project.detectors.app import find_app
from chatkit_agent.project.detectors.hints import find_hints
from chatkit_agent.project.facts import App
from chatkit_agent.project.source.sources import Sources
from tests.project.detectors.conftest import MakeSources

MAIN = "from fastapi import FastAPI\napp = FastAPI()\n"


def found_in(made: Sources) -> App:
    app, _ = find_app(made, find_hints(made))
    assert app is not None
    return app


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("back/Dockerfile", 'CMD ["uvicorn", "main:app"]\n'),
        ("Dockerfile", 'WORKDIR /x\nCOPY back/ .\nCMD ["uvicorn", "main:app"]\n'),
        ("Dockerfile", "COPY . /x\nWORKDIR /x/back\nCMD uvicorn main:app\n"),
        ("Dockerfile", "COPY . /x\nENV PYTHONPATH=/x/back\nCMD uvicorn main:app\n"),
        ("compose.yaml", "services:\n  web:\n    build: ./back\n    command: uvicorn main:app\n"),
        (
            "compose.yaml",
            "services:\n  web:\n    build:\n      context: ./back\n"
            "    command: [uvicorn, 'main:app']\n",
        ),
        ("Procfile", "web: uvicorn --app-dir back main:app\n"),
        ("Makefile", "run:\n\tcd back && uvicorn main:app\n"),
        ("render.yaml", "services:\n- rootDir: back\n  startCommand: uvicorn main:app\n"),
        ("start.sh", "cd back\nexec uvicorn main:app\n"),
    ],
)
def test_the_folder_of_a_start_decides(sources: MakeSources, path: str, text: str) -> None:
    app = found_in(sources({"admin/main.py": MAIN, "back/main.py": MAIN, path: text}))
    assert (app.ref, app.directory) == ("main:app", "back")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("docker/web.Dockerfile", 'CMD ["uvicorn", "shop.web:app"]\n'),
        ("deploy/k8s/web.yaml", "args: [uvicorn, 'shop.web:app']\n"),
        ("etc/web.service", "ExecStart=/venv/bin/uvicorn shop.web:app\n"),
        ("bin/start", "#!/bin/sh\nexec uvicorn shop.web:app\n"),
        ("start.cmd", "uvicorn shop.web:app\r\n"),
        ("pixi.toml", '[tasks]\nstart = "uvicorn shop.web:app"\n'),
        ("ecosystem.config.cjs", "apps: [{ script: 'uvicorn', args: 'shop.web:app' }]\n"),
    ],
)
def test_what_starts_it_may_be_in_a_folder_of_its_own(
    sources: MakeSources, path: str, text: str
) -> None:
    files = {"shop/api.py": MAIN, "shop/web.py": MAIN, path: text}
    assert found_in(sources(files)).ref == "shop.web:app"


def test_what_is_beside_its_application_starts_no_other(sources: MakeSources) -> None:
    own = "CMD uvicorn shop.main:app\n"
    files = {"a/shop/main.py": MAIN, "b/shop/main.py": MAIN, "a/Dockerfile": own}
    assert found_in(sources(files)).file == "a/shop/main.py"


def test_what_starts_two_alike_decides_nothing(sources: MakeSources) -> None:
    compose = "services:\n  a:\n    build: ./admin\n    command: uvicorn main:app\n"
    compose += "  b:\n    build: ./back\n    command: uvicorn main:app\n"
    files = {"admin/main.py": MAIN, "back/main.py": MAIN, "compose.yaml": compose}
    made = sources(files)
    assert find_app(made, find_hints(made))[0] is None


def test_a_start_at_the_top_is_of_the_application_there(sources: MakeSources) -> None:
    files = {"main.py": MAIN, "old/main.py": MAIN, "Procfile": "web: uvicorn main:app\n"}
    assert found_in(sources(files)).file == "main.py"


@pytest.mark.parametrize(
    ("path", "text", "started_by"),
    [
        ("run.py", 'import uvicorn\nuvicorn.run("main:app")\n', "run.py"),
        ("Procfile", "web: uvicorn main:app\n", ""),
    ],
)
def test_the_file_that_starts_it_by_itself(
    sources: MakeSources, path: str, text: str, started_by: str
) -> None:
    assert found_in(sources({"main.py": MAIN, path: text})).started_by == started_by


@pytest.mark.parametrize(
    "bound",
    [
        "from functools import partial\ncreate = partial(make, False)",
        "import functools as f\ncreate = f.partial(make, debug=False)",
        "create = lambda: make(False)",
    ],
)
def test_a_factory_whose_arguments_are_given(sources: MakeSources, bound: str) -> None:
    make = "from fastapi import FastAPI\ndef make(debug):\n    return FastAPI(debug=debug)\n"
    files = {"main.py": f"{make}{bound}\n", "Procfile": "web: uvicorn --factory main:create\n"}
    app = found_in(sources(files))
    assert (app.ref, app.kind, app.function) == ("main:create", "factory", "make")


def test_what_is_bound_for_later_is_no_application_where_it_asks(sources: MakeSources) -> None:
    make = "from fastapi import FastAPI\ndef make(debug):\n    return FastAPI(debug=debug)\n"
    made = sources({"main.py": f"{make}create = lambda debug: make(debug)\n"})
    assert find_app(made)[0] is None


def test_a_chain_of_a_builder(sources: MakeSources) -> None:
    code = """
from fastapi import FastAPI

class Builder:
    def __init__(self):
        self._app = FastAPI()
    def with_routes(self):
        return self
    def build(self) -> FastAPI:
        return self._app

app = Builder().with_routes().build()
"""
    app = found_in(sources({"main.py": code}))
    assert (app.ref, app.kind, app.function) == ("main:app", "called_factory", "Builder.__init__")


SERVER = (
    "import socketio\nfrom shop.api import api\napp = socketio.ASGIApp(sio, other_asgi_app=api)\n"
)
MOCK = f"{MAIN}import uvicorn\nif __name__ == '__main__':\n    uvicorn.run(app)\n"


@pytest.mark.parametrize(
    ("starter", "text"),
    [
        ("Dockerfile", 'CMD ["uvicorn", "shop.listen:app"]\n'),
        ("Makefile", "run:\n\tuvicorn shop.listen:app --reload\n"),
    ],
)
def test_what_is_around_an_application_of_another_module(
    sources: MakeSources, starter: str, text: str
) -> None:
    """Not a stand-in for development, which starts itself, and not another service's."""
    files = {"shop/api.py": MAIN.replace("app =", "api ="), "shop/mock/listen.py": MOCK}
    files |= {"paid/paid.py": SERVER, f"paid/{starter}": text.replace("shop.listen", "paid")}
    app = found_in(sources({**files, "shop/listen.py": SERVER, starter: text}))
    assert (app.ref, app.kind, app.built_in) == ("shop.listen:app", "wrapped", "shop/api.py")
