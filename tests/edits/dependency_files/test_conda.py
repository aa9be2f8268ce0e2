"""`environment.yml`: what YAML reads afterwards has the requirements under `pip`, and all else."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from chatkit_agent.edits.dependency_files.conda import add_to_environment
from chatkit_agent.errors import UnusualFile
from chatkit_agent.project.facts import Packaging
from chatkit_agent.project.text.lines import Text

NEW = ("mcp>=1.21.2,<3", "pyjwt[crypto]>=2.10", 'tzdata; sys_platform == "win32"')
FILE = Packaging("conda", "environment.yml", "conda")


def added(text: str) -> tuple[str, Any]:
    found = add_to_environment(Text.of(text.encode()), NEW, FILE).content.decode()
    return found, yaml.safe_load(found)


@pytest.mark.parametrize(
    ("text", "conda", "pip"),
    [
        ("dependencies:\n  - python=3.11\n", ["python=3.11", "pip"], []),
        ("dependencies:\n- python\n- pip\n", ["python", "pip"], []),
        ("dependencies:\n  - pip>=23\nname: shop\n", ["pip>=23"], []),
        ("dependencies:  # all\n  - pip\n  - pip:\n    - fastapi\n", ["pip"], ["fastapi"]),
        (
            "dependencies:\n- pip:\n  - fastapi\n  # ours\n  - uvicorn\n- python\n",
            ["python"],
            ["fastapi", "uvicorn"],
        ),
        (
            "name: x\ndependencies:\n    -   pip\n    -   pip:\n        -   'fastapi'",
            ["pip"],
            ["fastapi"],
        ),
        (
            "dependencies:\n\n  - pip\n\n  - pip:\n      - -r base.txt\n\nprefix: /x\n",
            ["pip"],
            ["-r base.txt"],
        ),
        ("dependencies:\r\n  - pip\r\n  - pip:\r\n    - fastapi\r\n", ["pip"], ["fastapi"]),
        ("dependencies:\n  - pipdeptree\n", ["pipdeptree", "pip"], []),
    ],
)
def test_they_stand_under_pip(text: str, conda: list[str], pip: list[str]) -> None:
    found, read = added(text)
    before = yaml.safe_load(text)
    assert [each for each in read["dependencies"] if isinstance(each, str)] == conda
    assert [each for each in read["dependencies"] if isinstance(each, dict)] == [
        {"pip": [*pip, *NEW]}
    ]
    assert {**read, "dependencies": 0} == {**before, "dependencies": 0}
    assert set(text.splitlines()) <= set(found.splitlines()), "what was there stays"
    assert added(found)[0] == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name: shop\n",
        "dependencies: [python, pip]\n",
        "dependencies:\n",
        "dependencies:\n  - pip\n  - pip:\n",
        "  dependencies:\n  - python\n",
    ],
)
def test_where_it_is_not_certain_it_is_left(text: str) -> None:
    with pytest.raises(UnusualFile):
        added(text)
