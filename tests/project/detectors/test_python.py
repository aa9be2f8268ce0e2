"""Python: every place that declares a version, as one kind of specifier."""

from __future__ import annotations

import pytest
from packaging.specifiers import SpecifierSet

from chatkit_agent.project.detectors.packaging import find_packaging
from chatkit_agent.project.detectors.python import find_python
from chatkit_agent.project.facts import App, Python
from tests.project.detectors.conftest import MakeSources


def poetry(python: str) -> str:
    return f'[tool.poetry.dependencies]\npython = "{python}"\n'


@pytest.mark.parametrize(
    ("path", "text", "requires"),
    [
        ("pyproject.toml", '[project]\nrequires-python = ">=3.10,<4"\n', ">=3.10,<4"),
        ("pyproject.toml", poetry("^3.8"), ">=3.8,<4"),
        ("pyproject.toml", poetry("~3.9"), ">=3.9,<3.10"),
        ("pyproject.toml", poetry("~3"), ">=3,<4"),
        ("pyproject.toml", poetry(">=3.9, <3.13"), ">=3.9,<3.13"),
        ("pyproject.toml", poetry("3.11.*"), "==3.11.*"),
        ("pyproject.toml", poetry("*"), None),
        ("pyproject.toml", '[project]\nrequires-python = "==3.11.7"\n', "==3.11.7"),
        ("pyproject.toml", '[project]\nrequires-python = "~=3.11.2"\n', "~=3.11.2"),
        ("pyproject.toml", '[project]\nrequires-python = "!=3.12.1,>=3.11"\n', "!=3.12.1,>=3.11"),
        ("pyproject.toml", poetry("3.11.7"), "==3.11.7"),
        ("pyproject.toml", poetry("3.11"), "==3.11"),
        ("pyproject.toml", poetry("~3.11.2"), ">=3.11.2,<3.12"),
        ("pyproject.toml", poetry("^3.11.7"), ">=3.11.7,<4"),
        ("pyproject.toml", poetry("^3.11.*"), ">=3.11,<4"),
        ("pyproject.toml", poetry(">= 3.9, < 3.13"), ">=3.9,<3.13"),
        ("pyproject.toml", poetry(">=3.9 <3.13"), ">=3.9,<3.13"),
        ("pyproject.toml", poetry(">=3.10,<3.13,!=3.11.4"), ">=3.10,<3.13,!=3.11.4"),
        ("pyproject.toml", poetry("~3.9 || ~3.11"), ">=3.9,<3.12,!=3.10.*"),
        ("pyproject.toml", poetry("^2.7 | ^3.10"), ">=3.10"),
        (
            "pyproject.toml",
            '[tool.poetry.dependencies]\npython = {version = "^3.10"}\n',
            ">=3.10,<4",
        ),
        ("setup.cfg", "[options]\npython_requires = >=3.9\n", ">=3.9"),
        ("setup.py", "from setuptools import setup\nsetup(python_requires='>=3.8')\n", ">=3.8"),
        ("Pipfile", '[requires]\npython_version = "3.11"\n', "==3.11.*"),
        ("Pipfile", "[requires]\npython_version = 3.11\n", "==3.11.*"),
        (".python-version", "3.12.4\n", "==3.12.*"),
        ("runtime.txt", "python-3.9.1\n", "==3.9.*"),
        ("Dockerfile", "FROM --platform=linux/amd64 docker.io/python:3.13-slim AS a\n", "==3.13.*"),
        ("Dockerfile", "FROM alpine:3.19\n", None),
        ("setup.py", "setup(python_requires=VERSION)\n", None),
        ("setup.py", "WANTED = '~=3.11.2'\nsetup(python_requires=WANTED)\n", "~=3.11.2"),
        ("setup.cfg", "[options]\npython_requires = ==3.11.7\n", "==3.11.7"),
        ("Pipfile", '[requires]\npython_full_version = "3.11.7"\n', "==3.11.*"),
        (".python-version", "cpython-3.12.4\n", "==3.12.*"),
        ("runtime.txt", "python-3.12\n", "==3.12.*"),
        ("pixi.toml", '[dependencies]\npython = "3.9.*"\n', "==3.9.*"),
        ("pixi.toml", '[dependencies]\npython = { version = ">=3.11,<3.13" }\n', ">=3.11,<3.13"),
        ("pyproject.toml", '[tool.pixi.dependencies]\npython = "<3.10"\n', "<3.10"),
        ("Dockerfile", "ARG V=3.9.1\nFROM python:${V}-slim\n", "==3.9.*"),
        ("Dockerfile", "ARG V=3.12\nFROM python:$V\n", "==3.12.*"),
        ("Dockerfile", "FROM python:${V}\n", None),
        ("mise.toml", '[tools]\npython = "3.9"\n', "==3.9.*"),
        (".mise.toml", '[tools]\npython = ["3.12.1", "3.9"]\n', "==3.12.*"),
        ("mise.toml", '[tools]\npython = { version = "3.9.1", virtualenv = "v" }\n', "==3.9.*"),
        ("mise.toml", '[tools]\nnode = "20.1"\npython = "latest"\n', None),
        (".tool-versions", "nodejs 20.1.0\npython 3.9.1 system\n", "==3.9.*"),
        (
            "conda-lock.yml",
            "version: 1\npackage:\n- name: python-dateutil\n  version: 2.9.0\n"
            "- name: python\n  version: 3.9.18\n  manager: conda\n",
            "==3.9.*",
        ),
    ],
)
def test_a_declaration(sources: MakeSources, path: str, text: str, requires: str | None) -> None:
    found = find_python(sources({path: text}), None)
    assert found.requires == requires
    assert found.source == (path if requires else None)
    assert str(SpecifierSet(found.requires or "")) is not None


def test_the_nearest_declaration(sources: MakeSources) -> None:
    app = App("app:app", "module", "back/app.py", "back", "back/app.py", None, "app")
    made = sources({".python-version": "3.9", "back/runtime.txt": "python-3.12.0"})
    assert find_python(made, app).source == "back/runtime.txt"


@pytest.mark.parametrize(
    ("files", "runs_on"),
    [
        ({".python-version": "3.13.0\n"}, "3.13"),
        ({"Dockerfile": "FROM python:3.12-slim\n"}, "3.12"),
        ({"Dockerfile": "FROM python:3.12-slim\n", ".python-version": "3.13\n"}, "3.13"),
        ({"Dockerfile": "FROM alpine\n"}, None),
        ({}, None),
    ],
)
def test_the_one_that_runs_it_of_those_that_it_allows(
    sources: MakeSources, files: dict[str, str], runs_on: str | None
) -> None:
    made = sources({"pyproject.toml": '[project]\nrequires-python = ">=3.10"\n', **files})
    assert find_python(made, None) == Python(">=3.10", "pyproject.toml", runs_on)


@pytest.mark.parametrize(
    ("path", "text", "requires", "advice"),
    [
        ("pyproject.toml", '[project]\nrequires-python = "3.11.7"\n', "==3.11.7", "`==3.11.7`"),
        ("pyproject.toml", '[project]\nrequires-python = "3.11.*"\n', "==3.11.*", "`==3.11.*`"),
        ("pyproject.toml", '[project]\nrequires-python = "^3.11"\n', ">=3.11,<4", "`>=3.11,<4`"),
        ("setup.cfg", "[options]\npython_requires = 3.11.7\n", "==3.11.7", "`==3.11.7`"),
        ("setup.py", "setup(python_requires='3.11.7')\n", "==3.11.7", "`==3.11.7`"),
        ("pyproject.toml", '[project]\nrequires-python = "new"\n', None, "one such as `>=3.10`"),
    ],
)
def test_what_pip_does_not_read_is_said_and_taken_as_it_is_meant(
    sources: MakeSources, path: str, text: str, requires: str | None, advice: str
) -> None:
    made = sources({path: text})
    assert find_python(made, None).requires == requires
    assert "no range that pip reads" in made.unreadable[path]
    assert made.unreadable[path].endswith(f"write {advice}")


@pytest.mark.parametrize(
    ("line", "requires"),
    [("python=3.9", "==3.9.*"), ("python=3.11.7", "==3.11.7.*"), ("python>=3.11", ">=3.11")],
)
def test_what_conda_installs(sources: MakeSources, line: str, requires: str) -> None:
    made = sources({"environment.yml": f"dependencies:\n  - {line}\n  - fastapi\n"})
    found = find_python(made, None, find_packaging(made, None))
    assert (found.requires, found.source) == (requires, "environment.yml")
