"""A settings class that would break on the chat's variables is told to ignore them."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from chatkit_agent.edits.allow_extra_settings import allow_extra_settings

if TYPE_CHECKING:
    from conftest import Block, Run

MAIN = "from fastapi import FastAPI\nfrom app.config import Settings\n\napp = FastAPI()\n"
HEAD = "from pydantic_settings import BaseSettings, SettingsConfigDict\n\n\n"

TRANSFORMED = {
    "call on one line": (
        'class Settings(BaseSettings):\n    model_config = SettingsConfigDict(env_file=".env")\n',
        'SettingsConfigDict(env_file=".env", extra="ignore")\n',
    ),
    "call with a trailing comma": (
        "class Settings(BaseSettings):\n    model_config = SettingsConfigDict(\n"
        '        env_file=".env",  # here\n    )\n',
        '        env_file=".env",  # here\n        extra="ignore",\n    )\n',
    ),
    "call without a trailing comma": (
        "class Settings(BaseSettings):\n    model_config = SettingsConfigDict(\n"
        '        env_file=".env"\n    )\n',
        '        env_file=".env",\n        extra="ignore"\n    )\n',
    ),
    "dict": (
        'class Settings(BaseSettings):\n    model_config = {"env_file": ".env"}\n',
        '{"env_file": ".env", "extra": "ignore"}\n',
    ),
    "dict over lines": (
        'class Settings(BaseSettings):\n    model_config = {\n        "env_file": ".env",\n    }\n',
        '        "env_file": ".env",\n        "extra": "ignore",\n    }\n',
    ),
    "class Config": (
        'class Settings(BaseSettings):\n    class Config:\n        env_file = ".env"\n\n'
        "    a: int = 1\n",
        '        env_file = ".env"\n        extra = "ignore"\n\n    a: int = 1\n',
    ),
    "class keywords": (
        'class Settings(BaseSettings, env_file=".env"):\n    a: int = 1\n',
        'class Settings(BaseSettings, env_file=".env", extra="ignore"):\n',
    ),
    "nothing but a name at the call": (
        "class Settings(BaseSettings):\n    a: int = 1\n\n\n"
        'settings = Settings(_env_file=".env")\n',
        'class Settings(BaseSettings):\n    model_config = {"extra": "ignore"}\n    a: int = 1\n',
    ),
    "nothing but a docstring": (
        'class Settings(BaseSettings):\n    """All."""\n\n    a: int = 1\n\n\n'
        'settings = Settings(_env_file=".env")\n',
        '    """All."""\n    model_config = {"extra": "ignore"}\n\n    a: int = 1\n',
    ),
    "forbidden in so many words": (
        "class Settings(BaseSettings):\n"
        '    model_config = SettingsConfigDict(extra="forbid", env_file=".env")\n',
        'SettingsConfigDict(extra="ignore", env_file=".env")\n',
    ),
    "forbidden in class Config": (
        "class Settings(BaseSettings):\n    class Config:\n"
        '        extra = "forbid"\n        env_file = ".env"\n',
        '        extra = "ignore"\n        env_file = ".env"\n',
    ),
}


@pytest.mark.parametrize("case", TRANSFORMED)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_transformed(case: str, newline: str, run: Run) -> None:
    before, expected = TRANSFORMED[case]
    config = f"{HEAD}{before}".replace("\n", newline)
    edited = run(allow_extra_settings, {"app/main.py": MAIN, "app/config.py": config.encode()})
    assert edited.changed == ["app/config.py"]
    after = edited.after.read("app/config.py").decode()
    assert expected.replace("\n", newline) in after
    assert len(after.splitlines()) - len(config.splitlines()) in (0, 1)


@pytest.mark.parametrize("case", TRANSFORMED)
def test_the_class_reads_an_env_file_with_the_chats_variables(case: str, run: Run) -> None:
    """The check is pydantic's own: what broke before does not any more."""
    source = f"{HEAD}{TRANSFORMED[case][0]}"
    files = {"app/main.py": MAIN, "app/config.py": source, ".env": "APP_CHATKIT_DATABASE_URL=x\n"}
    edited = run(allow_extra_settings, files)
    root = edited.before.root
    check = "settings = Settings(_env_file='.env')\n"
    assert "extra_forbidden" in _said(f"{source}\n{check}", str(root))
    assert _said(f"{edited.text('app/config.py')}\n{check}", str(root)) == ""


def _said(source: str, folder: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", source],
        cwd=folder,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr


@pytest.mark.parametrize(
    "config",
    [
        'class Settings(BaseSettings, env_file=".env", extra="ignore"):\n    a: int = 1\n',
        'class Settings(BaseSettings, env_file=".env", extra="allow"):\n    a: int = 1\n',
        "class Settings(BaseSettings):\n    a: int = 1\n",
    ],
)
def test_noop(config: str, run: Run) -> None:
    edited = run(allow_extra_settings, {"app/main.py": MAIN, "app/config.py": HEAD + config})
    assert edited.changed == []


@pytest.mark.parametrize(
    "config",
    [
        'SHARED = SettingsConfigDict(env_file=".env")\n\n\n'
        "class Settings(BaseSettings):\n    model_config = SHARED\n",
        'class Settings(BaseSettings):\n    class Config: env_file = ".env"\n',
    ],
)
def test_blocked(config: str, blocked: Block) -> None:
    files = {"app/main.py": MAIN, "app/config.py": HEAD + config}
    refusal = blocked(allow_extra_settings, files)
    assert "`Settings`" in refusal.reason
    assert 'extra="ignore"' in refusal.snippet


def test_the_class_of_another_application_is_left_alone(run: Run) -> None:
    strict = f'{HEAD}class Settings(BaseSettings):\n    model_config = {{"env_file": ".env"}}\n'
    application = "from fastapi import FastAPI\n\napp = FastAPI()\n"
    files = {
        f"{name}/{file}": text
        for name in ("shop", "mail")
        for file, text in (("__init__.py", ""), ("main.py", application), ("config.py", strict))
    }
    assert run(allow_extra_settings, files, app="shop.main:app").changed == ["shop/config.py"]
