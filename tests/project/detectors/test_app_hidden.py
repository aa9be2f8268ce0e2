"""Applications that are hard to see: factories by annotation, attributes, and names in files."""

from __future__ import annotations

import pytest

from chatkit_agent.project.detectors.app import find_app, find_unnamed
from chatkit_agent.project.detectors.hints import find_hints
from chatkit_agent.project.facts import App
from chatkit_agent.project.source.sources import Sources
from tests.project.detectors.conftest import MakeSources

IMPORT = "from fastapi import FastAPI\n"
MAIN = f"{IMPORT}app = FastAPI()\n"
WRAPPED = "    app = FastAPI()\n    return Wiring(app).wired()\n"
SERVER = (
    f"{IMPORT}class Server:\n    def __init__(self):\n        self.app = FastAPI()\n"
    "    def start(self): ...\n"
)


def found_in(made: Sources) -> App | None:
    return find_app(made, find_hints(made))[0]


@pytest.mark.parametrize(
    ("source", "ref", "variable"),
    [
        (f"{IMPORT}def make() -> FastAPI:\n{WRAPPED}", "main:make", "app"),
        (f"{IMPORT}def make() -> 'FastAPI':\n{WRAPPED}", "main:make", "app"),
        (f"{IMPORT}def make() -> FastAPI | None:\n{WRAPPED}", "main:make", "app"),
        (f"{IMPORT}def make() -> 'Optional[FastAPI]':\n{WRAPPED}", "main:make", "app"),
        (f"{IMPORT}def make(debug: bool = False) -> FastAPI:\n{WRAPPED}", "main:make", "app"),
        (
            "import fastapi as web\ndef make() -> web.FastAPI:\n"
            "    api = web.FastAPI()\n    return wired(one=api).app\n",
            "main:make",
            "api",
        ),
        (
            "from fastapi import FastAPI as Api\nfrom typing import Optional\n"
            "def make() -> Optional[Api]:\n    a = Api()\n    return register(a)[0]\n",
            "main:make",
            "a",
        ),
        (
            f"{IMPORT}from starlette.types import ASGIApp\ndef make() -> ASGIApp:\n"
            "    inner = FastAPI()\n    app = Cors(inner)\n    return app\n",
            "main:make",
            "inner",
        ),
        (
            f"{SERVER}def make():\n    api = Server()\n    api.start()\n    return api.app\n",
            "main:make",
            "self.app",
        ),
        (f"{SERVER}def make():\n    return Server().app\n", "main:make", "self.app"),
        (f"{SERVER}class Mine(Server): ...\nserver = Mine()\n", "main:server.app", "self.app"),
        (f"{SERVER}class Mine(Server): ...\napp = Mine().app\n", "main:app", "self.app"),
        (
            f"{IMPORT}def make(test=False):\n    app = FastAPI()\n"
            "    return app if test else Middleware(app)\n",
            "main:make",
            "app",
        ),
        (f"{IMPORT}from lab import build\napp: FastAPI = build()\n", "main:app", "app"),
        (f"{IMPORT}from lab import build\napp: 'FastAPI' = build()\n", "main:app", "app"),
    ],
)
def test_a_shape(sources: MakeSources, source: str, ref: str, variable: str) -> None:
    app = found_in(sources({"main.py": source}))
    assert app is not None
    assert (app.ref, app.variable) == (ref, variable)


@pytest.mark.parametrize(
    "source",
    [
        "from other import FastAPI\ndef make() -> FastAPI:\n    return FastAPI().app\n",
        f"{IMPORT}def make(app: FastAPI) -> FastAPI:\n    return app\n",
        f"{IMPORT}def of(request) -> FastAPI:\n    return request.app\n",
        f"{IMPORT}def made() -> dict[str, FastAPI]:\n    return {{}}\n",
        f"{IMPORT}def made() -> int:\n    app = FastAPI()\n    return count(app).total\n",
    ],
)
def test_what_is_none(sources: MakeSources, source: str) -> None:
    assert find_app(sources({"main.py": source})) == (None, ())


FRAMEWORK = f"{IMPORT}from lab import build\ndef make() -> FastAPI:\n    return build()\n"
UNKNOWN = "from lab import build\nimport fastapi\napp = build()\n"


@pytest.mark.parametrize(
    ("files", "ref"),
    [
        ({"main.py": FRAMEWORK, "Procfile": "web: uvicorn main:make --factory"}, "main:make"),
        ({"main.py": FRAMEWORK}, None),
        ({"main.py": UNKNOWN, "Dockerfile": "CMD uvicorn main:app"}, "main:app"),
        ({"main.py": UNKNOWN}, None),
        (
            {
                "main.py": "from flask import Flask\nimport fastapi\napp = Flask('x')\n",
                "Procfile": "web: gunicorn main:app",
            },
            None,
        ),
    ],
)
def test_a_name_makes_a_candidate(
    sources: MakeSources, files: dict[str, str], ref: str | None
) -> None:
    app = found_in(sources(files))
    assert (app.ref if app else None) == ref


CALLED = f"{IMPORT}def create():\n    app = FastAPI()\n    return app\n"
RUN = "import uvicorn\nfrom two import app\nuvicorn.run(app, port=80)\n"


@pytest.mark.parametrize(
    "files",
    [
        {".github/workflows/test.yml": "run: uvicorn two:app &\n"},
        {".gitlab-ci.yml": "script:\n  - uvicorn two:app\n"},
        {".vscode/launch.json": '{"module": "uvicorn", "args": ["two:app"]}'},
        {"deploy/k8s/api.yaml": "args: [uvicorn, 'two:app']\n"},
        {"supervisord.conf": "command=gunicorn -k uvicorn.workers.UvicornWorker two:app\n"},
        {"Containerfile": 'CMD ["uvicorn", "two:app"]'},
        {"railway.toml": 'startCommand = "uvicorn two:app"\n'},
        {"run.py": RUN},
        {"run.py": "import uvicorn\nimport two\nuvicorn.run(two.app)\n"},
        {"run.py": "import uvicorn\nfrom two import app as api\nuvicorn.Config(api, port=1)\n"},
        {"run.py": "import uvicorn\ndef main():\n    uvicorn.run('two:app')\n"},
        {
            "run.py": RUN,
            "dev.py": "import uvicorn\nuvicorn.run('one:app')\n",
            "Dockerfile": 'CMD ["python", "-u", "run.py"]',
        },
        {
            "serve/__main__.py": RUN,
            "dev.py": "import uvicorn\nuvicorn.run('one:app')\n",
            "Procfile": "web: python -m serve",
        },
    ],
)
def test_what_starts_it_decides(sources: MakeSources, files: dict[str, str]) -> None:
    app = found_in(sources({"one.py": MAIN, "two.py": MAIN, **files}))
    assert app is not None
    assert app.ref == "two:app"


@pytest.mark.parametrize(
    "run",
    [
        "import uvicorn\nfrom two import create\nuvicorn.run(create())\n",
        "import uvicorn\nfrom two import create\ndef go():\n    a = create()\n    uvicorn.run(a)\n",
        "import uvicorn\nuvicorn.run('two:create', factory=True)\n",
    ],
)
def test_a_factory_that_is_run_decides(sources: MakeSources, run: str) -> None:
    app = found_in(sources({"one.py": CALLED, "two.py": CALLED, "run.py": run}))
    assert app is not None
    assert app.ref == "two:create"


def test_what_an_object_makes_is_named_where_nothing_else_is(sources: MakeSources) -> None:
    code = (
        "from fastapi import FastAPI\n"
        "class Server:\n"
        "    def __init__(self, title):\n        self.title = title\n"
        "    def app(self):\n        app = FastAPI()\n        return app\n"
    )
    made = sources({"serving.py": code})
    found, candidates = find_app(made)
    assert found is None
    (told,) = find_unnamed(made, candidates)
    assert told.startswith("`Server.app` in `serving.py` makes one for an object")
