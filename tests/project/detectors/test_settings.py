"""Settings: classes that read an env file, and whether a new key in it breaks them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from chatkit_agent.project.detectors.settings import find_settings
from chatkit_agent.project.facts import App
from tests.project.detectors.conftest import MakeSources

NEW = "from pydantic_settings import BaseSettings, SettingsConfigDict\n"
OLD = "from pydantic.v1 import BaseSettings, Extra\n"


def config(options: str) -> str:
    return f"{NEW}class S(BaseSettings):\n model_config = {options}\n"


def old_style(imports: str, *lines: str) -> str:
    body = "".join(f"  {line}\n" for line in lines)
    return f"{imports}class S(BaseSettings):\n class Config:\n{body}"


ENV = (".env",)
ENV_FILE = 'env_file = ".env"'


@pytest.mark.parametrize(
    ("source", "extra", "env_files", "breaks"),
    [
        (config('SettingsConfigDict(env_file=".env")'), None, ENV, True),
        (config('{"env_file": ".env"}'), None, ENV, True),
        (old_style(NEW, ENV_FILE), None, ENV, True),
        (f'{NEW}class S(BaseSettings, env_file=".env"):\n pass\n', None, ENV, True),
        (
            f'{NEW}C = {{"env_file": ".env"}}\nclass S(BaseSettings):\n model_config = C\n',
            None,
            ENV,
            True,
        ),
        (config('{"env_file": ".env", "extra": "forbid"}'), "forbid", ENV, True),
        (config('SettingsConfigDict(env_file=".env", extra="ignore")'), "ignore", ENV, False),
        (config('{"env_file": ".env", "extra": "allow"}'), "allow", ENV, False),
        (f"{NEW}class S(BaseSettings):\n x: int = 1\n", None, (), False),
        (config("SettingsConfigDict(env_file=None)"), None, (), False),
        (
            f'{NEW}class S(BaseSettings):\n x: int = 1\nsettings = S(_env_file=".env")\n',
            None,
            ENV,
            True,
        ),
        (config('{"env_file": (".env", ".local")}'), None, (".env", ".local"), True),
        (old_style(OLD, ENV_FILE), None, ENV, False),
        (old_style(OLD, ENV_FILE, "extra = Extra.forbid"), "forbid", ENV, False),
    ],
)
def test_a_class_is_read_as_pydantic_takes_it(
    sources: MakeSources, source: str, extra: str | None, env_files: tuple[str, ...], breaks: bool
) -> None:
    made = sources({"config.py": source, ".env": "UNKNOWN=1\n", ".local": ""})
    (found,) = find_settings(made, None)
    assert (found.extra, found.env_files, found.forbids_extra) == (extra, env_files, breaks)
    code = "import config; getattr(config, 'settings', None) or config.S()"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=made.tree.root, capture_output=True, text=True
    )
    assert (ran.returncode != 0) == breaks, ran.stderr


def test_a_computed_path_is_shown_as_written(sources: MakeSources) -> None:
    text = f'{NEW}class S(BaseSettings):\n model_config = {{"env_file": HERE / ".env"}}\n'
    (found,) = find_settings(sources({"config.py": text}), None)
    assert (found.env_files, found.reads_env_file) == (('HERE / ".env"',), True)


def test_a_class_that_inherits_is_cured_by_its_base(sources: MakeSources) -> None:
    base = f'{NEW}class Base(BaseSettings):\n model_config = {{"env_file": ".env"}}\n'
    child = (
        "from base import Base\n"
        "class Child(Base):\n pass\n"
        "class Odd(Base):\n model_config = {'extra': 'forbid'}\n"
    )
    found = {
        each.name: each
        for each in find_settings(sources({"base.py": base, "child.py": child}), None)
    }
    assert found["Base"].forbids_extra
    assert found["Child"].inherited
    assert not found["Child"].forbids_extra
    assert found["Child"].env_files == (".env",)
    assert found["Odd"].forbids_extra


@pytest.mark.parametrize(
    "source",
    [
        "from pydantic import BaseModel\nclass S(BaseModel):\n pass  # not BaseSettings\n",
        "class BaseSettings: ...\nclass S(BaseSettings):\n pass\n",
        "from theirs import BaseSettings\nclass S(BaseSettings):\n pass\n",
    ],
)
def test_what_is_no_settings_class(sources: MakeSources, source: str) -> None:
    assert find_settings(sources({"config.py": source}), None) == ()


def test_only_what_the_application_can_import(sources: MakeSources) -> None:
    text = f"{NEW}class S(BaseSettings):\n pass\n"
    app = App("app:app", "module", "back/app.py", "back", "back/app.py", None, "app")
    made = sources({"back/config.py": text, "worker/config.py": text, "back/tests/config.py": text})
    assert [each.file for each in find_settings(made, app)] == ["back/config.py"]
