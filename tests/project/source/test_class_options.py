"""What a settings class says about itself is read in each of pydantic's ways."""

from __future__ import annotations

import libcst as cst
import pytest

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.class_options import SPREAD, class_options
from tests.project.source.conftest import Project


@pytest.mark.parametrize(
    ("source", "options"),
    [
        ("class A(Base, extra='allow'): ...", {"extra": "'allow'"}),
        (
            "class A(Base):\n    model_config = SettingsConfigDict(env_prefix='X_', extra=E)",
            {"env_prefix": "'X_'", "extra": "E"},
        ),
        ("class A(Base):\n    model_config = {'extra': 'ignore'}", {"extra": "'ignore'"}),
        ("SHARED = dict(extra=1)\nclass A(Base):\n    model_config = SHARED", {"extra": "1"}),
        ("class A(Base):\n    class Config:\n        extra = 'forbid'", {"extra": "'forbid'"}),
        ("class A(Base):\n    model_config = dict(**MORE)", {SPREAD: "MORE"}),
        ("class A(Base):\n    model_config = {**MORE}", {SPREAD: "MORE"}),
        ("class A(Base):\n    model_config = {KEY: 1}", {"": "1"}),
        ("class A(Base):\n    extra = 'allow'", {}),
    ],
)
def test_class_options(project: Project, source: str, options: dict[str, str]) -> None:
    sources = project({"main.py": f"{source}\n"}).sources
    (node,) = (each for each in sources.module("main.py").body if isinstance(each, cst.ClassDef))
    found = class_options(sources, "main.py", node)
    assert {name: syntax.code(value) for name, value in found} == options
