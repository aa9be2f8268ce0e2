"""New requirements go into each kind of dependency file, and every other byte of it stays."""

from __future__ import annotations

import pytest

from chatkit_agent.edits.dependency_files import WRITERS
from chatkit_agent.errors import UnusualFile
from chatkit_agent.project.facts import Packaging, Style
from chatkit_agent.project.text.lines import Text

NEW = ("mcp>=1.21.2,<3", "pyjwt[crypto]>=2.10")


def written(style: Style, text: str, *table: str, new: tuple[str, ...] = NEW) -> str:
    """What becomes of the text, which a second time changes nothing more."""
    packaging = Packaging("pip", "file", style, table=table)
    once = WRITERS[style](Text.of(text.encode()), new, packaging)
    assert WRITERS[style](once, new, packaging).content == once.content
    return once.content.decode()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "[options]\ninstall_requires =\n\tfastapi\n\t# ours\n\tuvicorn\n\n[flake8]\nx = 1\n",
            "[options]\ninstall_requires =\n\tfastapi\n\t# ours\n\tuvicorn\n"
            "\tmcp>=1.21.2,<3\n\tpyjwt[crypto]>=2.10\n\n[flake8]\nx = 1\n",
        ),
        (
            "[metadata]\ninstall_requires = no\n[options]\ninstall_requires = fastapi\nzip_safe=0",
            "[metadata]\ninstall_requires = no\n[options]\ninstall_requires = fastapi\n"
            "    mcp>=1.21.2,<3\n    pyjwt[crypto]>=2.10\nzip_safe=0",
        ),
        (
            "[options]\npackages = find:\ninstall_requires =\n  fastapi",
            "[options]\npackages = find:\ninstall_requires =\n  fastapi\n"
            "  mcp>=1.21.2,<3\n  pyjwt[crypto]>=2.10",
        ),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_setup_cfg(old: str, new: str, newline: str) -> None:
    after = written("setup.cfg", old.replace("\n", newline))
    assert after == new.replace("\n", newline)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "setup(\n  install_requires=[\n        'fastapi',  # web\n        'x'\n    ]\n)\n",
            "setup(\n  install_requires=[\n        'fastapi',  # web\n        'x',\n"
            "        'mcp>=1.21.2,<3',\n        'pyjwt[crypto]>=2.10'\n    ]\n)\n",
        ),
        (
            'setup(install_requires=["fastapi", "uvicorn",], name="x")\n',
            'setup(install_requires=["fastapi", "uvicorn", "mcp>=1.21.2,<3", '
            '"pyjwt[crypto]>=2.10",], name="x")\n',
        ),
        (
            "import setuptools\nNEEDS = (\n\t'fastapi', 'x',\n)\n"
            "setuptools.setup(install_requires=NEEDS)\n",
            "import setuptools\nNEEDS = (\n\t'fastapi', 'x',\n\t'mcp>=1.21.2,<3',\n"
            "\t'pyjwt[crypto]>=2.10',\n)\nsetuptools.setup(install_requires=NEEDS)\n",
        ),
        (
            "setup(install_requires=[\n    'fastapi'])",
            "setup(install_requires=[\n    'fastapi', 'mcp>=1.21.2,<3', 'pyjwt[crypto]>=2.10'])",
        ),
        (
            "setup(install_requires=[\n    'fastapi'  # web\n])",
            "setup(install_requires=[\n    'fastapi',  # web\n    'mcp>=1.21.2,<3',\n"
            "    'pyjwt[crypto]>=2.10'\n])",
        ),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_setup_py(old: str, new: str, newline: str) -> None:
    after = written("setup.py", old.replace("\n", newline))
    assert after == new.replace("\n", newline)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "name: x\ndependencies:\n  - python=3.11  # ours\n  - pip\n  - pip:\n"
            "      - fastapi\n      # end\nprefix: /x\n",
            "name: x\ndependencies:\n  - python=3.11  # ours\n  - pip\n  - pip:\n"
            "      - fastapi\n      - mcp>=1.21.2,<3\n      - pyjwt[crypto]>=2.10\n"
            "      # end\nprefix: /x\n",
        ),
        (
            "dependencies:\n- fastapi\n- pip\n",
            "dependencies:\n- fastapi\n- pip\n- pip:\n    - mcp>=1.21.2,<3\n"
            "    - pyjwt[crypto]>=2.10\n",
        ),
        (
            "channels:\n  - conda-forge\ndependencies:\n\n  # web\n  - fastapi\nname: x",
            "channels:\n  - conda-forge\ndependencies:\n\n  # web\n  - fastapi\n  - pip\n  - pip:\n"
            "      - mcp>=1.21.2,<3\n      - pyjwt[crypto]>=2.10\nname: x",
        ),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_conda(old: str, new: str, newline: str) -> None:
    after = written("conda", old.replace("\n", newline))
    assert after == new.replace("\n", newline)


HATCH = '[tool.hatch.envs.default]\ndependencies = [\n  "fastapi",\n]\n# end\n'
GROUPS = '[dependency-groups]\nweb = ["fastapi"]\ndev = ["pytest"]\n'


@pytest.mark.parametrize(
    ("old", "table", "new"),
    [
        (HATCH, ("tool", "hatch", "envs", "default", "dependencies"), '  "mcp>=1.21.2,<3",\n'),
        (GROUPS, ("dependency-groups", "web"), 'web = ["fastapi", "mcp>=1.21.2,<3", "pyjwt'),
        (
            '[project]\nname = "x"\n[project.optional-dependencies]\nweb = ["fastapi"]\n',
            ("project", "optional-dependencies", "web"),
            'web = ["fastapi", "mcp>=1.21.2,<3", "pyjwt',
        ),
        (
            '[project]\nname = "x"\n\n[tool.x]\ny = 1\n',
            ("project", "dependencies"),
            '[project]\nname = "x"\ndependencies = ["mcp>=1.21.2,<3", "pyjwt[crypto]>=2.10"]\n\n',
        ),
    ],
)
def test_a_list_in_its_place(old: str, table: tuple[str, ...], new: str) -> None:
    after = written("pep621", old, *table)
    assert new in after


@pytest.mark.parametrize("group", [("dependencies",), ("group", "web", "dependencies")])
def test_a_table_of_poetry_in_its_place(group: tuple[str, ...]) -> None:
    head = ".".join(("tool", "poetry", *group))
    old = f'[{head}]\nfastapi = "*"  # web\n\n[tool.x]\ny = 1\n'
    assert written("poetry", old, "tool", "poetry", *group) == (
        f'[{head}]\nfastapi = "*"  # web\nmcp = ">=1.21.2,<3"\n'
        'pyjwt = {extras = ["crypto"], version = ">=2.10"}\n\n[tool.x]\ny = 1\n'
    )


def test_a_requirement_for_some_pythons_only() -> None:
    new = ("mcp>=2 ; python_version >= '3.10'",)
    old = '[tool.poetry.dependencies]\nfastapi = "*"\n'
    assert written("poetry", old, "tool", "poetry", "dependencies", new=new) == (
        old + 'mcp = {version = ">=2", markers = "python_version >= \'3.10\'"}\n'
    )


@pytest.mark.parametrize(
    ("style", "text"),
    [
        ("setup.cfg", "[options]\ninstall_requires = fastapi; uvicorn\n"),
        ("setup.cfg", "[options]\npackages = find:\n"),
        ("setup.py", "setup(install_requires=read('requirements.txt'))\n"),
        ("setup.py", "setup(install_requires=['fastapi'] + MORE)\n"),
        ("setup.py", "setup(install_requires=['fastapi', *MORE])\n"),
        ("setup.py", "setup(install_requires=[])\n"),
        ("setup.py", "setup(\n"),
        ("conda", "dependencies: [fastapi]\n"),
        ("conda", "dependencies:\n  - pip:\n"),
        ("conda", "name: x\n"),
        ("requirements", "# This file is autogenerated by pip-compile\nfastapi==0.115.0\n"),
        ("pep621", "[project]\nname = 'x'\ndependencies = 'fastapi'\n"),
        ("pep621", "[project\n"),
        ("poetry", "[tool.poetry]\ndependencies = {fastapi = '*'}\n"),
    ],
)
def test_unusual_files_are_left_alone(style: Style, text: str) -> None:
    table = {"pep621": ("project", "dependencies"), "poetry": ("tool", "poetry", "dependencies")}
    with pytest.raises(UnusualFile):
        written(style, text, *table.get(style, ()))
