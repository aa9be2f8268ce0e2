"""Which files are another application's is told by what the applications import."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from chatkit_agent.project.facts import App
from chatkit_agent.project.source.belonging import files_of_others, imported_by, may_be_imported
from tests.project.source.conftest import Project


def app(name: str) -> App:
    file = f"{name}.py"
    return App(f"{name}:app", "module", file, "", built_in=file, function=None, variable="app")


BOTH = {
    "one.py": "from shared import x\nimport mine\n",
    "two.py": "import shared, theirs\n",
    "shared.py": "",
    "mine.py": "",
    "theirs.py": "",
}


def test_imported_by(project: Project) -> None:
    files = {
        "a/__init__.py": "import b",
        "a/c.py": "from . import (\n    d as e,\n)\n",
        "a/d.py": "",
        "b.py": "",
        "z.py": "",
    }
    sources = project(files).sources
    assert imported_by(sources, "a/c.py") == {"a/c.py", "a/__init__.py", "a/d.py", "b.py"}


@pytest.mark.parametrize(
    ("changed", "others"),
    [
        ({}, {"two.py", "theirs.py"}),
        ({"mine.py": "import importlib\nimportlib.import_module(name)\n"}, {"two.py"}),
        ({"one.py": "import two\n"}, set()),
    ],
)
def test_files_of_others(project: Project, changed: Mapping[str, str], others: set[str]) -> None:
    sources = project({**BOTH, **changed}).sources
    assert files_of_others(sources, app("one"), [app("one"), app("two")]) == others


def test_one_application_has_no_others(project: Project) -> None:
    assert files_of_others(project(BOTH).sources, app("one"), [app("one")]) == frozenset()
    assert files_of_others(project(BOTH).sources, None, [app("one"), app("two")]) == frozenset()


def test_may_be_imported(project: Project) -> None:
    sources = project(BOTH).sources
    assert may_be_imported(sources, app("one"), ["mine.py", "theirs.py"]) == {"mine.py"}
