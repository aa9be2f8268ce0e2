"""The variables that a settings class reads, by its fields, bases, aliases and options."""

from __future__ import annotations

import pytest

from chatkit_agent.project.facts import SettingsClass
from chatkit_agent.project.source.settings_fields import Fields, settings_fields
from tests.project.source.conftest import Project

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
