"""Packaging: the file that really declares the dependencies, in every style."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from chatkit_agent.facts import App
from chatkit_agent.finders.packaging import find_packaging
from chatkit_agent.reading.sources import Sources

MakeSources = Callable[[Mapping[str, str | bytes]], Sources]
PEP621 = """[project]
name = "x"
dependencies = ["fastapi>=0.1", "My_Package[a] ; python_version>'3'"]
"""
POETRY = '[tool.poetry]\nname = "x"\n[tool.poetry.dependencies]\npython = "^3.10"\nfastapi = "*"\n'
TOOLS = "[tool.ruff]\nline-length = 99\n"


@pytest.mark.parametrize(
    ("files", "manager", "file", "style"),
    [
        ({"pyproject.toml": PEP621}, "pip", "pyproject.toml", "pep621"),
        ({"pyproject.toml": PEP621, "uv.lock": ""}, "uv", "pyproject.toml", "pep621"),
        ({"pyproject.toml": f"{PEP621}[tool.uv]\n"}, "uv", "pyproject.toml", "pep621"),
        (
            {"pyproject.toml": PEP621, "uv.lock": "", "poetry.lock": ""},
            "uv",
            "pyproject.toml",
            "pep621",
        ),
        ({"pyproject.toml": PEP621, "poetry.lock": ""}, "poetry", "pyproject.toml", "pep621"),
        ({"pyproject.toml": PEP621, "pdm.lock": ""}, "pdm", "pyproject.toml", "pep621"),
        (
            {"pyproject.toml": f'{PEP621}[build-system]\nbuild-backend = "hatchling.build"\n'},
            "hatch",
            "pyproject.toml",
            "pep621",
        ),
        (
            {
                "pyproject.toml": (
                    f'{PEP621}[build-system]\nbuild-backend = "setuptools.build_meta"\n'
                )
            },
            "setuptools",
            "pyproject.toml",
            "pep621",
        ),
        ({"pyproject.toml": POETRY}, "poetry", "pyproject.toml", "poetry"),
        ({"requirements.txt": "fastapi\n"}, "pip", "requirements.txt", "requirements"),
        (
            {"pyproject.toml": TOOLS, "requirements.txt": "fastapi\n"},
            "pip",
            "requirements.txt",
            "requirements",
        ),
        (
            {"requirements.in": "fastapi\n", "requirements.txt": "fastapi==0.1\n"},
            "pip-tools",
            "requirements.in",
            "requirements",
        ),
        (
            {
                "requirements.piptools": "fastapi\n",
                "requirements.txt": "#\n#    pip-compile requirements.piptools\n#\nfastapi==0.1\n",
            },
            "pip-tools",
            "requirements.piptools",
            "requirements",
        ),
        (
            {
                "base.txt": "fastapi\n",
                "requirements.txt": "# uv pip compile base.txt -o requirements.txt\nfastapi==1\n",
            },
            "pip-tools",
            "base.txt",
            "requirements",
        ),
        (
            {
                "requirements/base.txt": "fastapi\n",
                "requirements/dev.txt": "-r base.txt\npytest\n",
            },
            "pip",
            "requirements/base.txt",
            "requirements",
        ),
        (
            {
                "requirements.txt": "-r requirements/base.txt\n",
                "requirements/base.txt": "fastapi\n",
            },
            "pip",
            "requirements/base.txt",
            "requirements",
        ),
        (
            {"requirements-dev.txt": "fastapi\npytest\n", "requirements.txt": "fastapi\n"},
            "pip",
            "requirements.txt",
            "requirements",
        ),
        (
            {"requirements.txt": "fastapi\r\n".encode("utf-16")},
            "pip",
            "requirements.txt",
            "requirements",
        ),
        (
            {"Pipfile": '[packages]\nfastapi = "*"\n', "requirements.txt": "fastapi\n"},
            "pipenv",
            "Pipfile",
            "pipfile",
        ),
        (
            {"setup.cfg": "[options]\ninstall_requires =\n    fastapi\n    uvicorn\n"},
            "setuptools",
            "setup.cfg",
            "setup.cfg",
        ),
        (
            {"setup.py": "from setuptools import setup\nsetup(install_requires=['fastapi'])\n"},
            "setuptools",
            "setup.py",
            "setup.py",
        ),
        (
            {
                "setup.py": "setup(install_requires=open('requirements.txt').readlines())\n",
                "requirements.txt": "fastapi\n",
            },
            "pip",
            "requirements.txt",
            "requirements",
        ),
        (
            {
                "pyproject.toml": '[project]\nname = "x"\ndynamic = ["dependencies"]\n',
                "requirements.txt": "fastapi\n",
            },
            "pip",
            "requirements.txt",
            "requirements",
        ),
        (
            {"environment.yml": "dependencies:\n  - python=3.11\n  - pip:\n    - fastapi>=0.1\n"},
            "conda",
            "environment.yml",
            "conda",
        ),
    ],
)
def test_a_style(
    sources: MakeSources,
    files: dict[str, str | bytes],
    manager: str,
    file: str,
    style: str,
) -> None:
    found = find_packaging(sources(files), None)
    assert (found.manager, found.file, found.style) == (manager, file, style)
    assert "fastapi" in found.declared


@pytest.mark.parametrize(
    "files",
    [{}, {"pyproject.toml": TOOLS}, {"setup.cfg": "[flake8]\nmax-line-length = 99\n"}],
)
def test_nothing_that_declares(sources: MakeSources, files: dict[str, str | bytes]) -> None:
    found = find_packaging(sources(files), None)
    assert (found.manager, found.file, found.declared) == ("none", None, ())


def test_names_are_normalised(sources: MakeSources) -> None:
    found = find_packaging(sources({"pyproject.toml": PEP621}), None)
    assert found.declared == ("fastapi", "my-package")


def test_what_is_included_is_declared(sources: MakeSources) -> None:
    files = {"requirements.txt": "-r reqs/base.txt\nfastapi\n--hash=sha256:1\n# asyncpg\n"}
    files |= {"reqs/base.txt": "uvicorn\n-r ../requirements.txt\n"}
    assert find_packaging(sources(files), None).declared == ("fastapi", "uvicorn")


def test_the_nearest_to_the_application_that_names_fastapi(sources: MakeSources) -> None:
    app = App("app.main:app", "module", "back/app/main.py", "back", "back/app/main.py", None, "app")
    files = {"requirements.txt": "fastapi\n", "back/requirements.txt": "fastapi\n"}
    files |= {"back/app/requirements.txt": "boto3\n", "front/requirements.txt": "fastapi\n"}
    assert find_packaging(sources(files), app).file == "back/requirements.txt"


def test_a_lock_above_the_project(sources: MakeSources) -> None:
    made = sources({"pyproject.toml": PEP621})
    (made.tree.root / ".git").mkdir()
    assert find_packaging(made, None).manager == "pip"
    (made.tree.root / "uv.lock").touch()
    assert find_packaging(made, None).manager == "uv"


def test_a_broken_file_is_named(sources: MakeSources) -> None:
    made = sources({"pyproject.toml": "[project\n", "requirements.txt": "fastapi\n"})
    assert find_packaging(made, None).file == "requirements.txt"
    assert "not valid TOML" in made.unreadable["pyproject.toml"]
