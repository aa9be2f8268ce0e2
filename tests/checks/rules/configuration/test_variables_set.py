"""A variable that is not set is found where it shows, and its three causes are told apart."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chatkit_agent.apply.apply import apply
from chatkit_agent.checks.check import Finding
from chatkit_agent.checks.rules.configuration.variables_set import variables_set
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.evidence.static.gathering import Looking, observe
from chatkit_agent.plan.plan import make_plan
from chatkit_agent.project.read import read_project
from tests.checks.rules.conftest import SERVER

NAME = "SHOP_CHATKIT_DATABASE_URL"
SYMPTOM = "I get a 503 at /chatkit"


@pytest.fixture
def lacking(observed: Callable[..., Evidence]) -> Callable[..., list[Finding]]:
    def find(files: dict[str, str], symptom: str = SYMPTOM) -> list[Finding]:
        evidence = observed(files, symptom=symptom)
        return list(variables_set(dataclasses.replace(evidence, required=(NAME,))))

    return find


def test_set_nowhere(lacking: Callable[..., list[Finding]]) -> None:
    (finding,) = lacking({".env": "DATABASE_URL=x\n"})
    assert NAME in finding.what
    assert "`.env`" in finding.evidence


@pytest.mark.parametrize(("symptom", "severity"), [(SYMPTOM, "error"), ("", "warning")])
def test_set_under_another_name(
    lacking: Callable[..., list[Finding]], symptom: str, severity: str
) -> None:
    (finding,) = lacking({".env": "# chat\nCHATKIT_DATABASE_URL=hunter2\n"}, symptom)
    assert (finding.where, finding.severity) == (".env:2", severity)
    assert "hunter2" not in repr(finding)


@pytest.mark.parametrize(
    ("misspelt", "is_found"),
    [
        ("SHOP_CHATKIT_DATABSE_URL", True),
        ("SHOP_CHATKIT_DATABASEURL", True),
        ("SHOP_CHATKIT_DATABASE_URI", True),
        ("SHOP_DATABASE_URL", False),
        ("SHOP_CHATKIT_DATABASE_URI  # read below", False),
    ],
)
def test_misspelt(lacking: Callable[..., list[Finding]], misspelt: str, is_found: bool) -> None:
    name, _, note = misspelt.partition("  ")
    other = {"app/other.py": f"import os\nURI = os.environ['{name}']\n"} if note else {}
    found = lacking({".env": f"{name}=x\n", **other}, "")
    assert [each.fix for each in found] == [f"Rename it to `{NAME}`."] * is_found


@pytest.mark.parametrize(("symptom", "severity"), [(SYMPTOM, "error"), ("", "warning")])
def test_set_to_nothing(lacking: Callable[..., list[Finding]], symptom: str, severity: str) -> None:
    (finding,) = lacking({".env": f"A=1\n{NAME}=\n"}, symptom)
    assert (finding.where, finding.severity) == (".env:2", severity)
    assert "has no value" in finding.what


def test_set_in_a_file_that_is_not_read(lacking: Callable[..., list[Finding]]) -> None:
    (finding,) = lacking({"deploy/.env": f"{NAME}=hunter2\n"})
    assert finding.where == "deploy/.env:1"
    assert "hunter2" not in repr(finding)


@pytest.mark.parametrize(
    ("files", "symptom"),
    [
        ({".env": f"{NAME}=x\n"}, SYMPTOM),
        ({"app/.env": f"{NAME}=x\n"}, SYMPTOM),
        ({".env": f"{NAME}=x\n", "app/.env": f"{NAME}=\n"}, SYMPTOM),
        ({".env": "DATABASE_URL=x\n"}, ""),
        ({"deploy/.env": f"{NAME}=x\n"}, ""),
    ],
)
def test_quiet(lacking: Callable[..., list[Finding]], files: dict[str, str], symptom: str) -> None:
    assert not lacking(files, symptom)


READ = {
    "index": "import os\nURL = os.environ['SHOP_URL']\n",
    "raise": "import os\nURL = os.getenv('SHOP_URL')\nif not URL:\n    raise E('set it')\n",
    "either": "import os\nURL = os.environ.get('SHOP_URL', '')\nKEY = os.getenv('SHOP_KEY')\n"
    "if URL is None or not (KEY and URL):\n    raise ValueError\n",
    "try": "import os\ntry:\n    URL = os.environ['SHOP_URL']\nexcept ValueError:\n    URL = ''\n",
    "class": "from os import environ\nclass Config:\n    url = environ['SHOP_URL']\n",
}
MAIN = "from dotenv import load_dotenv\nload_dotenv()\nimport app.config\n"


@pytest.fixture
def by_hand(observed: Callable[..., Evidence]) -> Callable[..., list[Finding]]:
    def find(config: str, env: str = "SHOP_KEY=1\n", /, **more: Any) -> list[Finding]:
        log, symptom, file = more.get("log"), more.get("symptom"), more.get("file")
        chat = (observed()).project.root
        main = (chat / "app/main.py").read_text()
        files = {"app/config.py": f"{config}\nKEY = __import__('os').getenv('SHOP_KEY')\n"}
        files |= {
            "app/main.py": MAIN + main,
            ".env": env,
            **({file: "SHOP_URL=x\n"} if file else {}),
        }
        given = ("app.log", log.encode()) if log else None
        files |= more.get("more_files") or {}
        return list(variables_set.over(observed(files, log=given, symptom=symptom)))

    return find


@pytest.mark.parametrize(
    ("how", "line"), [("index", 2), ("raise", 4), ("either", 5), ("class", 3), ("try", 3)]
)
def test_read_by_hand_and_not_set(
    by_hand: Callable[..., list[Finding]], how: str, line: int
) -> None:
    (finding,) = by_hand(READ[how])
    assert (finding.where, finding.severity) == (f"app/config.py:{line}", "warning")
    assert "`SHOP_URL` is not set" in finding.what
    assert "not set in .env" in finding.evidence


def test_read_by_hand_under_another_name(by_hand: Callable[..., list[Finding]]) -> None:
    index = READ["index"].replace("SHOP_URL", "SHOP_DATABASE_URL")
    (finding,) = by_hand(index, "SHOP_KEY=1\nCHAT_DATABASE_URL=hunter2\n")
    assert finding.severity == "error"
    assert ".env:2 sets `CHAT_DATABASE_URL`" in finding.evidence
    assert "hunter2" not in repr(finding)


def test_read_by_hand_and_left_empty(by_hand: Callable[..., list[Finding]]) -> None:
    env = "SHOP_KEY=1\nSHOP_URL=\n"
    (finding,) = by_hand(READ["raise"], env)
    assert "left empty at .env:2" in finding.evidence
    assert not by_hand(READ["index"], env)


@pytest.mark.parametrize(
    ("how", "error"),
    [("index", "KeyError: 'SHOP_URL'"), ("raise", "RuntimeError: SHOP_URL is not set")],
)
def test_the_log_shows_it(by_hand: Callable[..., list[Finding]], how: str, error: str) -> None:
    log = f"Traceback (most recent call last):\n{error}\n"
    (finding,) = by_hand(READ[how], "", log=log)
    assert finding.severity == "error"
    assert "app.log:2 says so" in finding.evidence


def test_a_symptom_makes_it_an_error(by_hand: Callable[..., list[Finding]]) -> None:
    (finding,) = by_hand(READ["index"], symptom="it does not start")
    assert finding.severity == "error"


@pytest.mark.parametrize(
    ("config", "env"),
    [
        (READ["index"], "SHOP_KEY=1\nSHOP_URL=x\n"),
        (READ["index"], "OTHER=1\n"),
        (READ["index"].replace("SHOP_URL", "OPENAI_API_KEY"), "SHOP_KEY=1\n"),
        ("import os\nURL = os.getenv('SHOP_URL')\n", "SHOP_KEY=1\n"),
        ("import os\nURL = os.getenv('SHOP_URL', 'x')\nif not URL:\n    raise E\n", "SHOP_KEY=1\n"),
        ("import os\nos.environ['SHOP_URL'] = 'x'\nURL = os.environ['SHOP_URL']\n", "SHOP_KEY=1\n"),
        ("import os\nif KEY:\n    URL = os.environ['SHOP_URL']\n", "SHOP_KEY=1\n"),
        (
            "import os\nURL = os.environ['SHOP_URL'] if 'SHOP_URL' in os.environ else 1\n",
            "SHOP_KEY=1\n",
        ),
        (
            "import os\ntry:\n    URL = os.environ['SHOP_URL']\nexcept KeyError:\n    URL = 1\n",
            "SHOP_KEY=1\n",
        ),
        ("import os\ndef url():\n    return os.environ['SHOP_URL']\nurl()\n", "SHOP_KEY=1\n"),
        (
            "import os\nA = os.getenv('SHOP_URL')\nif not A and not B:\n    raise E\n",
            "SHOP_KEY=1\n",
        ),
    ],
)
def test_by_hand_quiet(by_hand: Callable[..., list[Finding]], config: str, env: str) -> None:
    assert not by_hand(config, env)


@pytest.mark.parametrize("file", ["deploy/.env", "compose.yaml", "app/scripts/run.sh"])
def test_set_elsewhere(by_hand: Callable[..., list[Finding]], file: str) -> None:
    assert not by_hand(READ["index"], file=file)


def test_set_in_a_file_of_another_name(lacking: Callable[..., list[Finding]]) -> None:
    (finding,) = lacking({".env.local": f"{NAME}=hunter2\n"})
    assert finding.where == ".env.local:1"
    assert "`.env.local`, which" in finding.what
    assert not lacking({".env.local": f"{NAME}=hunter2\n"}, "")
    assert not lacking({".env.local": f"{NAME}=a\n", ".env": f"{NAME}=b\n"})


def test_set_under_a_prefix_that_was_renamed_in_the_code(tmp_path: Path) -> None:
    home = tmp_path / "app"
    shutil.copytree(Path(__file__).parents[3] / "projects" / "module_level", home)
    apply(make_plan(read_project(home)))
    (config,) = home.rglob("chatkit_store/config.py")
    names = [each for each in observe(home, Looking()).required if "DATABASE" in each]
    prefix = names[0].removesuffix("DATABASE_URL")
    (home / ".env").write_text(f"{names[0]}=postgresql://u:p@h/d\n")
    assert not [each for each in variables_set(observe(home, Looking())) if names[0] in each.what]
    text = config.read_text().replace(f'ENV_PREFIX = "{prefix}"', 'ENV_PREFIX = "NEW_CHAT_"')
    config.write_text(text)
    (finding,) = variables_set(observe(home, Looking()))
    assert finding.where == ".env:1"
    assert "NEW_CHAT_DATABASE_URL" in finding.what


def test_without_tools_the_chat_still_answers(observed: Callable[..., Evidence]) -> None:
    evidence = observed({".env": "A=1\n"}, symptom=SYMPTOM)
    asked = dataclasses.replace(evidence, required=("MCP_SERVER_URL",))
    (finding,) = variables_set(asked)
    assert finding.what == "The assistant has no tools as long as `MCP_SERVER_URL` is not set."
    assert finding.severity == "warning"
    assert "unavailable" not in finding.explains


def test_read_by_what_a_turn_calls(by_hand: Callable[..., list[Finding]]) -> None:
    server = SERVER.replace("        items =", "        place = where()\n        items =")
    reading = "import os\ndef where():\n    return os.environ['SHOP_URL']\n"
    (finding,) = by_hand("", more_files={"app/server.py": f"{server}\n{reading}"})
    assert "`SHOP_URL` is not set" in finding.what
