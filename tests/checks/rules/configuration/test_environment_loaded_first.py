"""A module that reads the environment too early is found through any number of imports."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.configuration.environment_loaded_first import (
    environment_loaded_first,
)
from tests.checks.rules.conftest import Findings

MAIN = """\
{above}
from dotenv import load_dotenv
load_dotenv()
{below}
from fastapi import FastAPI
app = FastAPI()
"""
SETTINGS = """\
import os
import chatkit
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    {config}
    key: str = ""
"""
BLIND, OWN = "model_config = {}", 'model_config = {"env_file": ".env"}'


def files(above: str, below: str, settings: str) -> dict[str, str]:
    return {
        "app/main.py": MAIN.format(above=above, below=below),
        "app/chat.py": "import chatkit\nfrom app import settings\n",
        "app/settings.py": settings,
    }


@pytest.mark.parametrize(
    "settings",
    [
        SETTINGS.replace("{config}", BLIND) + "settings = Settings()\n",
        SETTINGS.replace("{config}", OWN) + 'KEY = os.getenv("KEY")\n',
        SETTINGS.replace("{config}", OWN) + 'KEY = os.environ["KEY"]\n',
        SETTINGS.replace("{config}", OWN) + 'class Kept:\n    key = os.environ["KEY"].strip()\n',
    ],
)
@pytest.mark.parametrize("above", ["from app import chat", "from app.settings import Settings"])
def test_found(findings: Findings, above: str, settings: str) -> None:
    (finding,) = findings(environment_loaded_first, files(above, "", settings))
    assert finding.where == "app/main.py:3"
    assert "app/settings.py:" in finding.evidence


@pytest.mark.parametrize(
    ("read", "load", "is_found"),
    [
        ('KEY = os.environ.get("KEY")', "load_dotenv()", True),
        ('STAGE = os.getenv("STAGE")', "load_dotenv()", False),
        ('KEY = os.getenv("KEY")', 'load_dotenv(f".env.{KEY}")', False),
    ],
)
def test_a_module_that_reads_before_it_loads(
    findings: Findings, read: str, load: str, is_found: bool
) -> None:
    main = MAIN.format(above=f"import os\n{read}", below="").replace("load_dotenv()", load)
    found = findings(environment_loaded_first, {"app/main.py": main, ".env": "KEY=x\n"})
    assert bool(found) is is_found


@pytest.mark.parametrize(
    ("above", "below", "settings"),
    [
        (
            "",
            "from app import chat",
            SETTINGS.replace("{config}", BLIND) + "settings = Settings()\n",
        ),
        ("from app import chat", "", SETTINGS.replace("{config}", OWN) + "settings = Settings()\n"),
        ("from app import chat", "", SETTINGS.replace("{config}", BLIND)),
        ("from app import chat", "", "import os\ndef key():\n    return os.environ['KEY']\n"),
        ("from app import chat", "", "import os\nos.environ['KEY'] = '1'\n"),
    ],
)
def test_quiet(findings: Findings, above: str, below: str, settings: str) -> None:
    assert not findings(environment_loaded_first, files(above, below, settings))


@pytest.mark.parametrize(("env", "count"), [("KEY=x\n", 1), ("OTHER=x\n", 0)])
def test_a_variable_with_a_default(findings: Findings, env: str, count: int) -> None:
    reading = SETTINGS.replace("{config}", OWN) + 'KEY = os.getenv("KEY", "standard")\n'
    given = {**files("from app import chat", "", reading), ".env.example": env}
    assert len(findings(environment_loaded_first, given)) == count
