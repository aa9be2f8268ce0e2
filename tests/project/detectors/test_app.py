"""The application: every way of making one, and of choosing among several."""

from __future__ import annotations

import pytest

from chatkit_agent.errors import NoApplication
from chatkit_agent.project.detectors.app import find_app
from chatkit_agent.project.detectors.hints import find_hints
from chatkit_agent.project.facts import App
from chatkit_agent.project.source.sources import Sources
from tests.project.detectors.conftest import MakeSources

MAIN = "from fastapi import FastAPI\napp = FastAPI()\n"
FACTORY = "from fastapi import FastAPI\ndef create_app():\n    app = FastAPI()\n    return app\n"


def only(found: tuple[App | None, tuple[App, ...]]) -> App:
    app, _ = found
    assert app is not None
    return app


def found_in(made: Sources, wanted: str | None = None) -> App:
    return only(find_app(made, find_hints(made), wanted))


@pytest.mark.parametrize(
    ("source", "ref", "kind", "function"),
    [
        (MAIN, "main:app", "module", None),
        ("import fastapi\nAPP: fastapi.FastAPI = fastapi.FastAPI()\n", "main:APP", "module", None),
        ("import fastapi as f\napi = f.FastAPI()\n", "main:api", "module", None),
        ("from fastapi import FastAPI as F\napp = F()\n", "main:app", "module", None),
        ("from fastapi import *\napp = FastAPI()\n", "main:app", "module", None),
        ("from fastapi.applications import FastAPI\napp = FastAPI()\n", "main:app", "module", None),
        (f"if True:\n    {MAIN.replace(chr(10), chr(10) + '    ')}\n", "main:app", "module", None),
        (
            "from fastapi import FastAPI\ntry:\n    app = FastAPI()\nexcept OSError:\n    raise\n",
            "main:app",
            "module",
            None,
        ),
        (FACTORY, "main:create_app", "factory", "create_app"),
        (f"{FACTORY}app = create_app()\n", "main:app", "called_factory", "create_app"),
        (
            "from fastapi import FastAPI\ndef make():\n    return FastAPI()\napp = make()\n",
            "main:app",
            "called_factory",
            "make",
        ),
        (
            f"{FACTORY}def outer():\n    app = create_app()\n    return app\napp = outer()\n",
            "main:app",
            "called_factory",
            "create_app",
        ),
        (
            "from fastapi import FastAPI\n"
            "class Api(FastAPI): ...\nclass Mine(Api): ...\napp = Mine()\n",
            "main:app",
            "subclass",
            None,
        ),
        (
            "from fastapi import FastAPI\n"
            "class Server:\n    def __init__(self):\n        self.app = FastAPI()\n"
            "server = Server()\n",
            "main:server.app",
            "attribute",
            "Server.__init__",
        ),
        (
            "from fastapi import FastAPI\n"
            "class Server:\n    def __init__(self):\n        self.api = FastAPI()\n"
            "app = Server().api\n",
            "main:app",
            "attribute",
            "Server.__init__",
        ),
        (
            "from fastapi import FastAPI\n"
            "class Server:\n    def __init__(self):\n        self._app = FastAPI()\n"
            "    def app(self):\n        return self._app\n"
            "server = Server()\napp = server.app()\n",
            "main:app",
            "called_factory",
            "Server.__init__",
        ),
        (
            "from fastapi import FastAPI\n"
            "class Server:\n    def __init__(self):\n        self._app = FastAPI()\n"
            "    @property\n    def api(self):\n        return self._app\n"
            "server = Server()\n",
            "main:server.api",
            "attribute",
            "Server.__init__",
        ),
        (
            "from fastapi import FastAPI\n"
            "class Maker:\n    def __call__(self):\n        app = FastAPI()\n        return app\n"
            "make = Maker()\napp = make()\n",
            "main:app",
            "called_factory",
            "Maker.__call__",
        ),
        (
            "from fastapi import APIRouter, FastAPI\napp, router = FastAPI(), APIRouter()\n",
            "main:app",
            "module",
            None,
        ),
        (
            "from fastapi import FastAPI\nfrom starlette.middleware.cors import CORSMiddleware\n"
            "api = FastAPI()\napp = CORSMiddleware(api)\n",
            "main:app",
            "wrapped",
            None,
        ),
        (
            "from fastapi import FastAPI\nfrom mangum import Mangum\n"
            "app = FastAPI()\nhandler = Mangum(app)\n",
            "main:app",
            "module",
            None,
        ),
        (
            "from fastapi import FastAPI\n"
            "class Builder:\n    def build(self):\n        app = FastAPI()\n        return app\n"
            "app = Builder().build()\n",
            "main:app",
            "called_factory",
            "Builder.build",
        ),
        (
            "from fastapi import FastAPI\n"
            "def create():\n    app = FastAPI()\n    return Wrap(app)\n",
            "main:create",
            "factory",
            "create",
        ),
        (f"{MAIN}app = Middleware(app)\n", "main:app", "module", None),
    ],
)
def test_a_shape(
    sources: MakeSources, source: str, ref: str, kind: str, function: str | None
) -> None:
    app = found_in(sources({"main.py": source}))
    assert (app.ref, app.kind, app.function) == (ref, kind, function)


@pytest.mark.parametrize(
    "source",
    [
        "from starlette.applications import Starlette\napp = Starlette()\n",
        "from other import FastAPI\napp = FastAPI()\n",
        "def setup(app: 'FastAPI') -> 'FastAPI':\n    return app\n",
        "from fastapi import APIRouter\nrouter = APIRouter()  # for FastAPI\n",
        "# app = FastAPI()\n",
        "from fastapi import FastAPI\nif __name__ == '__main__':\n    app = FastAPI()\n",
        "from fastapi import FastAPI\ndef serve(port):\n    app = FastAPI()\n    run(app, port)\n",
        "from fastapi import FastAPI\ndef make(settings):\n    return FastAPI()\n",
    ],
)
def test_what_is_no_application(sources: MakeSources, source: str) -> None:
    assert find_app(sources({"main.py": source})) == (None, ())


def test_a_factory_in_another_module(sources: MakeSources) -> None:
    files = {"shop/__init__.py": "", "shop/factory.py": FACTORY}
    files["shop/main.py"] = "from .factory import create_app as make\napplication = make()\n"
    app = found_in(sources(files))
    assert (app.ref, app.kind) == ("shop.main:application", "called_factory")
    assert (app.built_in, app.function, app.variable) == ("shop/factory.py", "create_app", "app")


@pytest.mark.parametrize(
    ("maker", "taken"),
    [
        ("from config.made import init_app", "init_app()"),
        ("from config import made", "made.init_app()"),
        ("from fastapi import FastAPI as Api", "Api()"),
    ],
)
def test_a_factory_that_imports_within(sources: MakeSources, maker: str, taken: str) -> None:
    made = "from fastapi import FastAPI\ndef init_app():\n    app = FastAPI()\n    return app\n"
    around = f"# FastAPI\ndef build():\n    {maker}\n    api = {taken}\n    return api\n"
    files = {"run.py": "from config.app import build\napp = build()\n", "config/__init__.py": ""}
    app = find_app(sources({**files, "config/app.py": around, "config/made.py": made}))[0]
    assert app is not None
    assert (app.ref, app.kind) == ("run:app", "called_factory")


def test_a_factory_that_a_package_exports(sources: MakeSources) -> None:
    files = {
        "shop/__init__.py": "from shop.web.factory import create_app\n",
        "shop/web/__init__.py": "",
        "shop/web/factory.py": FACTORY,
        "asgi.py": "import shop\napp = shop.create_app()\n",
    }
    app = found_in(sources(files))
    assert (app.ref, app.built_in) == ("asgi:app", "shop/web/factory.py")


def test_a_star_import(sources: MakeSources) -> None:
    app = found_in(
        sources({"server.py": FACTORY, "main.py": "from server import *\napp = create_app()\n"})
    )
    assert (app.ref, app.built_in) == ("main:app", "server.py")


def test_a_subclass_in_another_module(sources: MakeSources) -> None:
    base = "import fastapi\nclass Api(fastapi.FastAPI):\n    pass\n"
    app = found_in(sources({"base.py": base, "main.py": "from base import Api\napp = Api()\n"}))
    assert (app.ref, app.kind, app.built_in) == ("main:app", "subclass", "main.py")


@pytest.mark.parametrize(
    "other",
    ["tests/test_main.py", "docs/example.py", "examples/tiny/main.py", "conftest.py"],
)
def test_tests_and_examples_are_not_meant(sources: MakeSources, other: str) -> None:
    app, candidates = find_app(sources({"main.py": MAIN, other: MAIN}))
    assert app is not None
    assert app.ref == "main:app"
    assert candidates == (app,)


def test_what_only_speaks_of_fastapi_is_not_parsed(sources: MakeSources) -> None:
    spoken = '"""A FastAPI dependency for FastAPI\'s routes."""\ndef (\n'
    made = sources({"main.py": MAIN, "spoken.py": spoken, "other.py": "import FastAPI as\n"})
    assert found_in(made).ref == "main:app"
    assert list(made.unreadable) == ["other.py"]


def test_an_example_is_taken_where_there_is_nothing_else(sources: MakeSources) -> None:
    assert found_in(sources({"examples/main.py": MAIN})).ref == "main:app"


def test_a_mounted_application_is_not_meant(sources: MakeSources) -> None:
    main = "from fastapi import FastAPI\nfrom admin import api as admin\napp = FastAPI()\n"
    made = sources(
        {
            "main.py": f"{main}app.mount('/admin', admin)\n",
            "admin.py": "from fastapi import FastAPI\napi = FastAPI()\n",
        }
    )
    assert found_in(made).ref == "main:app"


def test_an_unused_factory_does_not_compete(sources: MakeSources) -> None:
    assert found_in(sources({"main.py": MAIN, "testing_app.py": FACTORY})).ref == "main:app"


def test_two_that_nothing_tells_apart(sources: MakeSources) -> None:
    app, candidates = find_app(sources({"one.py": MAIN, "two.py": MAIN}))
    assert app is None
    assert [each.ref for each in candidates] == ["one:app", "two:app"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Dockerfile", 'CMD ["uvicorn", "two:app", "--host", "0.0.0.0"]\n'),
        ("Dockerfile", 'CMD ["fastapi", "run", "two.py"]\n'),
        ("compose.yaml", "services:\n  web:\n    command:\n      - uvicorn\n      - two:app\n"),
        ("Procfile", "web: gunicorn -k uvicorn.workers.UvicornWorker two:app\n"),
        ("Makefile", "run:\n\tuvicorn --reload two:app\n"),
        ("pyproject.toml", '[tool.fastapi]\nentrypoint = "two:app"\n'),
        ("README.md", "Run `uvicorn two:app`.\n"),
        ("serve.py", 'import uvicorn\nuvicorn.run("two:app", port=8000)\n'),
        ("gunicorn_conf.py", 'wsgi_app = "two:app"\nworker_class = "uvicorn.workers.X"\n'),
    ],
)
def test_a_hint_decides(sources: MakeSources, path: str, text: str) -> None:
    app = found_in(sources({"one.py": MAIN, "two.py": MAIN, path: text}))
    assert app.ref == "two:app"
    assert f"named in {path}" in app.reasons


def test_what_deploys_outweighs_what_a_text_mentions(sources: MakeSources) -> None:
    files = {"one.py": MAIN, "two.py": MAIN}
    files |= {"README.md": "uvicorn one:app", "Dockerfile": "CMD uvicorn two:app"}
    assert found_in(sources(files)).ref == "two:app"


def test_two_services_with_their_own_hints(sources: MakeSources) -> None:
    files = {f"{name}/main.py": MAIN for name in ("api", "jobs")}
    files |= {f"{name}/Dockerfile": "CMD uvicorn main:app" for name in ("api", "jobs")}
    made = sources(files)
    app, candidates = find_app(made, find_hints(made))
    assert app is None
    assert [(each.ref, each.directory) for each in candidates] == [
        ("main:app", "api"),
        ("main:app", "jobs"),
    ]


@pytest.mark.parametrize(
    ("wanted", "file", "directory"),
    [
        ("one:app", "one.py", ""),
        ("back.app.main:app", "back/app/main.py", ""),
        ("app.main:app", "back/app/main.py", "back"),
        ("examples.main:app", "examples/main.py", ""),
        ("factory:create_app", "factory.py", ""),
    ],
)
def test_one_is_asked_for(sources: MakeSources, wanted: str, file: str, directory: str) -> None:
    files = {"one.py": MAIN, "back/app/__init__.py": "", "back/app/main.py": MAIN}
    files |= {"examples/main.py": MAIN, "factory.py": FACTORY}
    app = found_in(sources(files), wanted)
    assert (app.ref, app.file, app.directory) == (wanted, file, directory)


def test_one_that_cannot_be_explained_is_believed(sources: MakeSources) -> None:
    app = found_in(sources({"main.py": "import frame\napp = frame.magic()\n"}), "main:app")
    assert (app.ref, app.kind, app.built_in) == ("main:app", "module", "main.py")


@pytest.mark.parametrize(
    ("wanted", "why"),
    [("main:nothing", r"main\.py defines no such name"), ("other:app", "no such module")],
)
def test_one_that_is_not_there(sources: MakeSources, wanted: str, why: str) -> None:
    with pytest.raises(NoApplication, match=f"{why}.*main:app"):
        found_in(sources({"main.py": MAIN}), wanted)


def test_a_folder_that_is_part_of_a_package(sources: MakeSources) -> None:
    made = sources({"__init__.py": "", "db.py": "", "main.py": f"from . import db\n{MAIN}"})
    with pytest.raises(NoApplication, match=f"Give that folder: {made.tree.root.parent}"):
        find_app(made)
