"""A required field that the class's own file lacks is found; one that is set anywhere is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.check import Finding
from chatkit_agent.checks.rules.configuration.required_fields_set import required_fields_set
from tests.checks.rules.conftest import Findings

SETTINGS = """\
from pydantic import Field
from pydantic_settings import BaseSettings
class ChatSettings(BaseSettings):
    model_config = {"env_prefix": "NOTES_CHAT_", "env_file": ".env", "extra": "ignore"}
    database_url: str
    mcp_url: str = ""
    key: str = Field(validation_alias="NOTES_KEY", default="")
"""
AUTH = "from app.settings import ChatSettings\nasync def get_current_user(): ...\n"


def found(findings: Findings, env: str, **more: str) -> list[Finding]:
    files = {"app/settings.py": SETTINGS, "app/auth.py": AUTH, ".env": env, **more}
    return findings(required_fields_set, files)


def test_found_under_another_prefix(findings: Findings) -> None:
    (finding,) = found(findings, "NOTES_CHAT_MCP_URL=x\nCHAT_DATABASE_URL=hunter2\n")
    assert (finding.where, finding.severity) == (".env:2", "error")
    assert "`NOTES_CHAT_DATABASE_URL`" in finding.fix
    assert "hunter2" not in repr(finding)


def test_found_where_the_file_sets_others(findings: Findings) -> None:
    (finding,) = found(findings, "NOTES_CHAT_MCP_URL=x\n")
    assert (finding.where, finding.severity) == (".env:1", "warning")


def test_an_alias_in_the_annotation_is_read(findings: Findings) -> None:
    field = '    key: Annotated[str, Field(validation_alias="NOTES_KEY")]\n'
    settings = {"app/settings.py": SETTINGS.replace("class", "from typing import Annotated\nclass")}
    settings["app/settings.py"] = settings["app/settings.py"].rpartition("    key")[0] + field
    env = "NOTES_CHAT_DATABASE_URL=x\n"
    (finding,) = found(findings, env, **settings)
    assert "`NOTES_KEY`" in finding.fix
    assert not found(findings, env + "NOTES_KEY=x\n", **settings)


@pytest.mark.parametrize(
    ("env", "more"),
    [
        ("NOTES_CHAT_MCP_URL=x\nnotes_chat_database_url=x\n", {}),
        ("OTHER=1\n", {}),
        ("NOTES_CHAT_MCP_URL=x\n", {"compose.yaml": "NOTES_CHAT_DATABASE_URL: x\n"}),
        ("NOTES_CHAT_MCP_URL=x\n", {"app/made.py": "ChatSettings(database_url=url())\n"}),
    ],
)
def test_quiet(findings: Findings, env: str, more: dict[str, str]) -> None:
    if "app/made.py" in more:
        more = {"app/settings.py": f"{SETTINGS}settings = {more['app/made.py']}"}
    assert not found(findings, env, **more)


def test_quiet_where_the_environment_has_it(
    findings: Findings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTES_CHAT_DATABASE_URL", "x")
    assert not found(findings, "NOTES_CHAT_MCP_URL=x\n")
