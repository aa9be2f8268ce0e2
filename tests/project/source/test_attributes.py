"""The names of a class are its own and those of its bases, where all of them are known."""

from __future__ import annotations

import pytest

from chatkit_agent.project.source.attributes import attributes_of
from tests.project.source.conftest import Project

MAIN = """\
from sqlalchemy.orm import DeclarativeBase, declarative_base
from other import Mixin
class Base(DeclarativeBase): ...
Made = declarative_base()
class A(Base):
    one: int
    def two(self):
        self.three = 3
class B(Made):
    four = 4
class C(A, Mixin): ...
class D: ...
"""


@pytest.mark.parametrize(
    ("name", "known"),
    [("A", {"one", "two", "three"}), ("B", {"four"}), ("C", None), ("D", set()), ("E", None)],
)
def test_names(project: Project, name: str, known: set[str] | None) -> None:
    sources = project({"main.py": MAIN}).sources
    assert attributes_of(sources, sources.resolve("main.py", name)) == known


def test_a_library_that_brings_more_is_not_known(project: Project) -> None:
    sources = project({"main.py": MAIN}).sources
    assert attributes_of(sources, sources.resolve("main.py", "A"), ("object",)) is None
