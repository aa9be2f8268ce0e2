"""`setup.py`: the list that Python makes of it afterwards has the requirements, in its style."""

from __future__ import annotations

import ast

import pytest

from chatkit_agent.edits.dependency_files.setup_py import add_to_setup_py
from chatkit_agent.errors import UnusualFile
from chatkit_agent.project.facts import Packaging
from chatkit_agent.project.text.lines import Text

NEW = ("mcp>=1.21.2,<3", "pyjwt[crypto]>=2.10")
FILE = Packaging("pip", "setup.py", "setup.py")
HEAD = "from setuptools import setup\n"


def longest_list(text: str) -> list[str]:
    lists = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.List)]
    return max((ast.literal_eval(node) for node in lists), key=len)


@pytest.mark.parametrize(
    "text",
    [
        'setup(install_requires=["fastapi"])\n',
        "setup(install_requires=['fastapi', 'uvicorn',], name='x')\n",
        'setup(\n  install_requires=[\n    "fastapi",\n    "uvicorn"  # serves\n  ],\n)\n',
        "setup(\n    install_requires=[\n        'fastapi',\n        'uvicorn',\n    ],\n)\n",
        "setup(\n  install_requires=['fastapi',\n                    'uvicorn'],\n)\n",
        'REQUIRES = [\n    "fastapi",\n]\nsetup(install_requires=REQUIRES)\n',
    ],
)
def test_they_come_after_the_last(text: str) -> None:
    found = add_to_setup_py(Text.of((HEAD + text).encode()), NEW, FILE).content.decode()
    assert longest_list(found) == [*longest_list(text), *NEW]
    quote = "'" if "'" in text else '"'
    assert all(f"{quote}{each}{quote}" in found for each in NEW), "with the quotes that it has"
    again = add_to_setup_py(Text.of(found.encode()), NEW, FILE)
    assert again.content.decode() == found


@pytest.mark.parametrize(
    "text",
    [
        "setup(install_requires=[])\n",
        "setup(install_requires=open('requirements.txt').read().split())\n",
        "setup(install_requires=[*BASE])\n",
        "setup(name='x')\n",
        'setup(**{"install_requires": ["fastapi"]})\n',
        "setup(install_requires=[\n",
        "setup(install_requires=BASE + ['fastapi'])\n",
    ],
)
def test_what_is_computed_is_left(text: str) -> None:
    with pytest.raises(UnusualFile):
        add_to_setup_py(Text.of((HEAD + text).encode()), NEW, FILE)
