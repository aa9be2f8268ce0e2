"""Packaging: the file that really declares the dependencies, in every style."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.project.detectors.packaging import find_packaging
from chatkit_agent.project.facts import App
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.tree import Tree
from tests.project.detectors.conftest import MakeSources

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
            {"pixi.toml": '[dependencies]\nfastapi = "*"\n', "requirements.txt": "fastapi\n"},
            "pixi",
            "pixi.toml",
            "pixi",
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
            {
                "pyproject.toml": (
                    '[project]\nname = "x"\ndynamic = ["dependencies"]\n'
                    '[tool.setuptools.dynamic]\ndependencies = {file = ["needs.txt"]}\n'
                ),
                "needs.txt": "fastapi\n",
            },
            "pip",
            "needs.txt",
            "requirements",
        ),
        (
            {"setup.py": "NEEDS = ['fastapi']\nsetup(install_requires=NEEDS)\n"},
            "setuptools",
            "setup.py",
            "setup.py",
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
    ("text", "manager", "table"),
    [
        (PEP621, "pip", "project.dependencies"),
        (POETRY, "poetry", "tool.poetry.dependencies"),
        (
            '[project]\nname="x"\n[project.optional-dependencies]\nweb=["fastapi"]\n',
            "pip",
            "project.optional-dependencies.web",
        ),
        (
            '[dependency-groups]\ndev=["pytest"]\nweb=["fastapi", {include-group="dev"}]\n'
            "[tool.uv]\npackage=false\n",
            "uv",
            "dependency-groups.web",
        ),
        (
            '[tool.poetry.dependencies]\npython="^3.11"\n'
            '[tool.poetry.group.web.dependencies]\nfastapi="*"\n',
            "poetry",
            "tool.poetry.group.web.dependencies",
        ),
        (
            '[project]\nname="x"\ndynamic=["version"]\n'
            '[tool.hatch.envs.default]\ndependencies=["fastapi"]\n',
            "hatch",
            "tool.hatch.envs.default.dependencies",
        ),
        (
            f'{PEP621}[project.optional-dependencies]\nall=["fastapi"]\n',
            "pip",
            "project.dependencies",
        ),
    ],
)
def test_the_list_that_names_fastapi(
    sources: MakeSources, text: str, manager: str, table: str
) -> None:
    found = find_packaging(sources({"pyproject.toml": text}), None)
    assert (found.manager, ".".join(found.table)) == (manager, table)
    assert "fastapi" in found.declared


def test_a_setup_that_computes_its_list(sources: MakeSources) -> None:
    found = find_packaging(sources({"setup.py": "setup(install_requires=read('x'))\n"}), None)
    assert (found.file, found.declared) == ("setup.py", ())


def test_constraints_bound_what_others_ask_for(sources: MakeSources) -> None:
    files = {"requirements.txt": "-c limits.txt\nfastapi\n", "limits.txt": "pydantic<2\n"}
    found = find_packaging(sources(files), None)
    assert found.declared == ("fastapi",)
    assert [(each.text, each.limits_only) for each in found.requirements] == [
        ("fastapi", False),
        ("pydantic<2", True),
    ]


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


@pytest.mark.parametrize(
    ("header", "compiler"),
    [
        ("uv pip compile web.in -o web.txt", "uv pip compile web.in -o web.txt"),
        ("pip-compile web.in", "pip-compile web.in -o web.txt"),
    ],
)
def test_what_makes_the_lock_file(sources: MakeSources, header: str, compiler: str) -> None:
    files = {"requirements/web.in": "fastapi\n"}
    files["requirements/web.txt"] = f"# made by\n#    {header}\nfastapi==0.1\n"
    found = find_packaging(sources(files), None)
    assert found.file == "requirements/web.in"
    assert " ".join(found.compiler).replace("requirements/", "") == compiler


API = "services/api/"
ABOVE = '[project]\nname = "shop"\ndependencies = ["fastapi", "asyncpg<0.30"]\n'


@pytest.mark.parametrize(
    ("files", "file"),
    [
        ({"pyproject.toml": ABOVE}, "../../pyproject.toml"),
        ({"services/pyproject.toml": ABOVE}, "../pyproject.toml"),
        ({"requirements.txt": "fastapi\n"}, "../../requirements.txt"),
        ({"requirements/base.txt": "fastapi\n"}, "../../requirements/base.txt"),
        ({"Pipfile": '[packages]\nfastapi = "*"\n'}, "../../Pipfile"),
        (
            {"pyproject.toml": ABOVE, f"{API}requirements.txt": "fastapi\n"},
            "requirements.txt",
        ),
        (
            {"pyproject.toml": ABOVE, f"{API}dev-requirements.txt": "pytest\n"},
            "../../pyproject.toml",
        ),
        ({"pyproject.toml": '[project]\nname = "tools"\ndependencies = ["ruff"]\n'}, None),
    ],
)
def test_what_stands_above_the_project_in_its_repository(
    tmp_path: Path, files: dict[str, str], file: str | None
) -> None:
    for path, text in {".git/HEAD": "", "services/api/main.py": "", **files}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    found = find_packaging(Sources(Tree(tmp_path / "services" / "api")), None)
    assert found.file == file
    assert ("fastapi" in found.declared) == (file is not None)
    assert found.is_above == bool(file and file.startswith("../"))


def test_what_is_included_from_above(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "api").mkdir()
    (tmp_path / "base-requirements.txt").write_text("fastapi\n")
    (tmp_path / "api" / "requirements.txt").write_text("-r ../base-requirements.txt\n")
    found = find_packaging(Sources(Tree(tmp_path / "api")), None)
    assert (found.file, found.declared) == ("requirements.txt", ("fastapi",))


def test_nothing_above_counts_without_a_repository(tmp_path: Path) -> None:
    (tmp_path / "api").mkdir()
    (tmp_path / "pyproject.toml").write_text(ABOVE)
    assert find_packaging(Sources(Tree(tmp_path / "api")), None).file is None
