"""What a settings class refuses or lacks is told by name, and without any value."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.rules.logs.settings_accepted import settings_accepted
from chatkit_agent.evidence.static import Evidence
from tests.checks.rules.conftest import Logged

TRACE = 'Traceback (most recent call last):\n  File "/srv/app/x.py", line 3, in go\n{}\n'
EXTRA = """\
pydantic_core._pydantic_core.ValidationError: 1 validation error for Settings
shop_chatkit_database_url
  Extra inputs are not permitted [type=extra_forbidden, input_value='hunter2', input_type=str]"""
OLD = """\
pydantic.error_wrappers.ValidationError: 1 validation error for Config
chat_url
  extra fields not permitted (type=value_error.extra)"""
MISSING = """\
pydantic_core._pydantic_core.ValidationError: 1 validation error for StoreSettings
database_url
  Field required [type=missing, input_value={}, input_type=dict]"""
WRONG = """\
pydantic_core._pydantic_core.ValidationError: 1 validation error for Settings
max_turns
  Input should be a valid integer [type=int_parsing, input_value='hunter2', input_type=str]"""
NO_JSON = (
    'pydantic_settings.exceptions.SettingsError: error parsing value for field "origins" from '
    'source "EnvSettingsSource"'
)


SETTINGS = """\
import chatkit
from pydantic_settings import BaseSettings
class StoreSettings(BaseSettings):
    model_config = {"env_prefix": "SHOP_", "env_file": ".env", "extra": "ignore"}
    database_url: str
"""


@pytest.mark.parametrize(
    ("file", "line", "told"),
    [
        (".env", "DATABASE_URL=hunter2", "`DATABASE_URL` (.env:1), and read is"),
        ("deploy/.env", "SHOP_DATABASE_URL=hunter2", "stands in deploy/.env:1"),
        (".env", "OTHER=1", "lacks variables that it requires."),
    ],
)
def test_where_it_stands_instead_is_told(
    observed: Callable[..., Evidence], file: str, line: str, told: str
) -> None:
    log = ("app.log", TRACE.format(MISSING).encode())
    files = {"app/settings.py": SETTINGS, file: f"{line}\n"}
    (finding,) = settings_accepted.over(observed(files, log=log))
    assert told in finding.what
    assert "hunter2" not in repr(finding)


@pytest.mark.parametrize(
    ("error", "cause", "field"),
    [
        (EXTRA, "extra:Settings", "`shop_chatkit_database_url`"),
        (OLD, "extra:Config", "`chat_url`"),
        (MISSING, "missing:StoreSettings", "`database_url`"),
        (WRONG, "setting:Settings", "`max_turns`"),
        (NO_JSON, "setting:origins", '"origins"'),
    ],
)
def test_found(logged: Logged, error: str, cause: str, field: str) -> None:
    (finding,) = settings_accepted(logged(TRACE.format(error)))
    assert finding.cause == cause
    assert field in finding.evidence
    assert "hunter2" not in repr(finding)


@pytest.mark.parametrize(
    "error",
    [
        "ValueError: x",
        MISSING.replace("StoreSettings", "Order"),
        WRONG.replace("Settings", "Order"),
        EXTRA.replace("Settings", "AssistantMessageItem"),
        "ValidationError: odd",
    ],
)
def test_quiet(logged: Logged, error: str) -> None:
    assert not list(settings_accepted(logged(TRACE.format(error))))


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("set SHOP_CHATKIT_TEMPERATURE right (Input should be a number)", "setting:SHOP_"),
        ("set OPENAI_API_KEY", "unset:OPENAI_API_KEY"),
        ("give create_chatkit_router a user_id= that fits what current_user returns", "user id"),
    ],
)
def test_what_a_delivered_chat_says_is_found(logged: Logged, said: str, cause: str) -> None:
    (finding,) = settings_accepted(logged(f"the chat is not configured: {said}\n"))
    assert str(finding.cause).startswith(cause)
    assert finding.explains == ("unavailable", "silent")


def test_a_variable_that_a_delivered_chat_does_not_know_is_no_wrong_value(logged: Logged) -> None:
    said = "set SHOP_OPENAI_API_KEY right (Extra inputs are not permitted), set X right (y)"
    (finding,) = settings_accepted(logged(f"the chat is not configured: {said}\n"))
    assert finding.cause == "extra:ChatSettings"
