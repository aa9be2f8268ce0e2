"""What a settings class says about itself is read in each of pydantic's ways."""

from __future__ import annotations

import libcst as cst
import pytest

from chatkit_agent.project.facts import SettingsClass
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.settings_fields import (
    SPREAD,
    Fields,
    class_options,
    settings_fields,
)
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


HEAD = "from pydantic import Field\nfrom pydantic_settings import BaseSettings\n"


def fields_of(project: Project, source: str) -> Fields | None:
    sources = project({"main.py": f"{HEAD}{source}\n"}).sources
    settings = SettingsClass("A", "main.py", "pydantic-settings", None, (), False)
    return settings_fields(sources, settings)


@pytest.mark.parametrize(
    ("source", "variables"),
    [
        ("class A(BaseSettings):\n    url: str", {"url"}),
        ("class A(BaseSettings):\n    url: str = Field(alias='DB')", {"db", "url"}),
        ("class B(BaseSettings):\n    url: str\nclass A(B):\n    key: str", {"url", "key"}),
        (
            "class A(BaseSettings):\n    model_config = dict(env_prefix='X_')\n    url: str",
            {"x_url"},
        ),
        (
            "SHARED = dict(env_prefix='X_')\n"
            "class A(BaseSettings):\n    model_config = SHARED\n    url: str",
            {"x_url"},
        ),
        ("class A(BaseSettings, env_prefix='X_'):\n    url: str", {"x_url"}),
        ("class A(BaseSettings):\n    name: ClassVar[str]\n    _own: str\n    url: str", {"url"}),
    ],
)
def test_variables(project: Project, source: str, variables: set[str]) -> None:
    found = fields_of(project, source)
    assert found is not None
    assert {name for field in found.fields for name in field.variables} == variables


@pytest.mark.parametrize(
    ("declared", "is_required"),
    [
        ("url: str", True),
        ("url: str = ...", True),
        ("url: str = Field(...)", True),
        ("url: str = Field(description='x')", True),
        ("url: str = 'x'", False),
        ("url: str = Field('x')", False),
        ("url: str = Field(default_factory=str)", False),
    ],
)
def test_required(project: Project, declared: str, is_required: bool) -> None:
    found = fields_of(project, f"class A(BaseSettings):\n    {declared}")
    assert found is not None
    assert [each.required for each in found.fields] == [is_required]


def test_a_base_that_cannot_be_read(project: Project) -> None:
    assert fields_of(project, "class A(Unknown):\n    url: str") is None


def test_a_delimiter_leads_into_an_inner_model(project: Project) -> None:
    source = "class A(BaseSettings):\n    model_config = dict(env_nested_delimiter='__')\n    db: D"
    found = fields_of(project, source)
    assert found is not None
    assert found.knows("DB__URL")
    assert not found.knows("OTHER__URL")
