"""Installs: which requirements the image of an application installs beside the declared ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from chatkit_agent.facts import App, Install, Packaging
from chatkit_agent.finders.installs import find_installs
from chatkit_agent.finders.packaging import find_packaging
from chatkit_agent.reading.sources import Sources

MakeSources = Callable[[Mapping[str, str | bytes]], Sources]
PYPROJECT = '[project]\nname = "shop"\ndependencies = ["fastapi", "uvicorn"]\n'
FILES = {"app/main.py": "", "pyproject.toml": PYPROJECT, "requirements.txt": "FastAPI==0.115\n"}
START = 'CMD ["uvicorn", "app.main:app"]\n'
INSTALL = "FROM python:3.12\nRUN pip install -r requirements.txt\n"


def found(made: Sources, app: App) -> tuple[Install, ...]:
    return find_installs(made, app, find_packaging(made, app))


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("Dockerfile", INSTALL + START, 2),
        ("Dockerfile", INSTALL + "CMD ./start.sh\n", 2),
        ("Dockerfile", "RUN pip install --no-cache-dir --requirement=requirements.txt\n", 1),
        ("Dockerfile", "FROM python:3.12\nRUN uv pip install -r /tmp/requirements.txt\n", 2),
        ("docker/api.Dockerfile", INSTALL + START, 2),
        ("docker/api.Dockerfile", INSTALL + "CMD uvicorn main:app\n", 2),
        ("Dockerfile", 'RUN ["pip", "install", "-r", "requirements.txt"]\n', 1),
        ("render.yaml", "start: uvicorn app.main:app\nbuild: pip install -r requirements.txt\n", 2),
    ],
)
def test_found(sources: MakeSources, app: App, path: str, text: str, line: int) -> None:
    made = sources(FILES | {path: text})
    (install,) = found(made, app)
    assert (install.where, install.file) == (f"{path}:{line}", "requirements.txt")
    assert install.declared == ("fastapi",)


@pytest.mark.parametrize(
    "files",
    [
        {"Dockerfile": "RUN pip install .\n" + START},
        {"Dockerfile": "# RUN pip install -r requirements.txt\nRUN pip install .\n"},
        {"Dockerfile": "RUN pip install -r exported.txt\n" + START},
        {"Dockerfile": INSTALL + 'CMD ["uvicorn", "worker.main:jobs"]\n'},
        {"jobs/Dockerfile": INSTALL},
        {"a.Dockerfile": INSTALL, "b.Dockerfile": INSTALL},
        {"README.md": INSTALL},
    ],
)
def test_not_found(sources: MakeSources, app: App, files: dict[str, str]) -> None:
    assert found(sources(FILES | files), app) == ()


def test_what_takes_in_the_declared_file_is_not_beside_it(sources: MakeSources, app: App) -> None:
    files = {
        "app/main.py": "",
        "requirements/base.txt": "fastapi\n",
        "requirements/prod.txt": "-r base.txt\ngunicorn\n",
        "Dockerfile": "RUN pip install -r requirements/prod.txt\n" + START,
    }
    assert found(sources(files), app) == ()


def test_what_it_includes_counts(sources: MakeSources, app: App) -> None:
    files = {"requirements.txt": "-r more.txt\nfastapi\n", "more.txt": "openai_agents>=0.20\n"}
    (install,) = found(sources(FILES | files | {"Dockerfile": INSTALL}), app)
    assert install.declared == ("fastapi", "openai-agents")


def test_nothing_without_a_declaration(sources: MakeSources, app: App) -> None:
    made = sources({"Dockerfile": INSTALL, "requirements.txt": ""})
    assert find_installs(made, app, Packaging("none", None, "none")) == ()
    assert find_installs(made, None, Packaging("pip", "pyproject.toml", "project")) == ()
