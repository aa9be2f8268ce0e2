"""A class that forbids extras is found where its own file has some, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.rules.configuration.unknown_variables_ignored import (
    unknown_variables_ignored,
)
from chatkit_agent.evidence.static import Evidence

SETTINGS = """\
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict
class Settings(BaseSettings):
    model_config = SettingsConfigDict({config})
    database_url: str
    key: str = Field(alias="OPENAI_API_KEY")
"""
SECRET = "postgresql://u:hunter2@db/x"
ENV = f"DATABASE_URL={SECRET}\nOPENAI_API_KEY=sk-hunter2\nSHOP_CHATKIT_DATABASE_URL={SECRET}\n"


def files(config: str, env: str = ENV, name: str = ".env") -> dict[str, str]:
    return {"app/settings.py": SETTINGS.format(config=config), name: env}


@pytest.mark.parametrize("config", ['env_file=".env"', 'env_file=".env", extra="forbid"'])
def test_found(observed: Callable[..., Evidence], config: str) -> None:
    (finding,) = unknown_variables_ignored.over(observed(files(config)))
    assert finding.edit == "allow_extra_settings"
    assert "`SHOP_CHATKIT_DATABASE_URL`" in finding.evidence
    assert ".env:3" in finding.where
    assert "hunter2" not in repr(finding)


def test_each_class_once(observed: Callable[..., Evidence]) -> None:
    two = SETTINGS + SETTINGS.replace("Settings(", "Other(")
    given = {**files(""), "app/settings.py": two.format(config='env_file=".env"')}
    assert len(list(unknown_variables_ignored.over(observed(given)))) == 2


@pytest.mark.parametrize(
    "given",
    [
        files('env_file=".env", extra="ignore"'),
        files('env_file=".env"', "database_url=x\nOPENAI_API_KEY=y\n"),
        files('env_file=".env"', "DATABASE_URL=x\nOPENAI_API_KEY=y\nUNSET=\n"),
        files('env_file=".env"', name=".env.example"),
        files('env_file="other.env"'),
        files('env_file=".env", env_prefix="SHOP_"', "SHOP_DATABASE_URL=x\nOPENAI_API_KEY=y\n"),
        files(
            'env_file=".env", env_nested_delimiter="__"',
            "DATABASE_URL__HOST=x\nOPENAI_API_KEY=y\n",
        ),
        files(""),
    ],
)
def test_quiet(observed: Callable[..., Evidence], given: dict[str, str]) -> None:
    assert not list(unknown_variables_ignored.over(observed(given)))


def test_quiet_where_a_base_cannot_be_read(observed: Callable[..., Evidence]) -> None:
    hidden = SETTINGS.replace("(BaseSettings)", "(Mixin, BaseSettings)")
    given = {"app/settings.py": hidden.format(config='env_file=".env"'), ".env": ENV}
    assert not list(unknown_variables_ignored.over(observed(given)))


def test_quiet_where_the_class_is_of_another_application(
    observed: Callable[..., Evidence],
) -> None:
    other = {
        "mail/main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n",
        "mail/settings.py": SETTINGS.format(config='env_file=".env"'),
        ".env": ENV,
    }
    assert not list(unknown_variables_ignored.over(observed(other, app="app.main:app")))
    assert list(unknown_variables_ignored.over(observed(other, app="mail.main:app")))
