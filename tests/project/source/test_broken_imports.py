"""What an import asks for is looked up as Python would, from the module that starts."""

from __future__ import annotations

import pytest

from chatkit_agent.project.source.broken_imports import broken_imports
from tests.project.source.conftest import Project

PACKAGE = {
    "a/__init__.py": "",
    "a/inner/__init__.py": "",
    "a/inner/c.py": "x = 1\n",
    "a/d.py": "y = 2\n",
}


@pytest.mark.parametrize(
    ("main", "told"),
    [
        ("from .inner.c import x", None),
        ("from .inner import c", None),
        ("from . import d", None),
        ("from .inner.c import z", "`a/inner/c.py` has no `z`"),
        ("from .e.c import x", None),
        ("from .innner.c import x", "there is no `a/innner`; `inner` is"),
        ("from .d import *", None),
        ("from .....far import x", None),
        ("from a.d import z", "`a/d.py` has no `z`"),
        ("from nowhere import x", None),
        ("from a.iner.c import x", "there is no `a/iner`; `inner` is"),
        ("from a.generated.c import x", None),
        ("from aa.inner.c import x", None),
    ],
)
def test_an_import(project: Project, main: str, told: str | None) -> None:
    sources = project({**PACKAGE, "a/main.py": f"{main}\n"}).sources
    assert [each.why for each in broken_imports(sources, "a/main.py")] == [told] * (
        told is not None
    )


def test_a_library_with_the_name_of_a_module_beside_is_not_looked_into(project: Project) -> None:
    files = {"a/d.py": "from library import Base\n", "a/library.py": "", "main.py": "import a.d\n"}
    sources = project(files).sources
    assert not list(broken_imports(sources, "main.py"))


def test_what_the_start_does_not_import_is_not_looked_at(project: Project) -> None:
    sources = project({**PACKAGE, "a/other.py": "from .d import z\n", "a/main.py": ""}).sources
    assert not list(broken_imports(sources, "a/main.py"))


@pytest.mark.parametrize(
    "deep",
    [
        "x = " + "1+" * 20_000 + "1",
        "x = " + "-" * 100_000 + "1",
        "if a: pass\n" + "elif b: pass\n" * 5_000,
        "x = a" + ".b" * 50_000,
    ],
    ids=["sum", "signs", "branches", "names"],
)
def test_what_only_this_parser_cannot_follow_says_nothing(project: Project, deep: str) -> None:
    files = {"main.py": f"from other import y\n{deep}\n", "other.py": deep}
    assert [each.why for each in broken_imports(project(files).sources, "main.py")] == []
