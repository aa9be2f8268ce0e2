"""An import of the project's own that cannot work is found, wherever the start gets to it."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.configuration.modules_there import modules_there
from tests.checks.rules.conftest import AUTH, CHAT, MAIN, Findings

TO_AUTH = "from app.auth import get_current_user"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("from .auht import get_current_user", "there is no `app/auht`; `auth` is"),
        (
            "from .core.auth import get_current_user",
            "there is no `app/core.py`; `x/app/core.py` is",
        ),
        ("from .auth import current_user", "`app/auth.py` has no `current_user`"),
        ("from app.auth import (\n    get_curent_user as who,\n)", "; `get_current_user` is"),
        ("from .auth import Request\nfrom auth import get_current_user", "is `app.auth` here"),
    ],
)
def test_found(findings: Findings, line: str, told: str) -> None:
    files = {**CHAT, "app/main.py": MAIN.replace(TO_AUTH, line), "x/app/core.py": ""}
    (finding,) = findings(modules_there, files)
    assert finding.where == f"app/main.py:{5 + line.startswith('from .auth import Request')}"
    assert told in finding.evidence


@pytest.mark.parametrize(
    ("line", "auth"),
    [
        (TO_AUTH, AUTH),
        ("from .auth import get_current_user", AUTH),
        ("from app import auth", AUTH),
        ("from .auth import __doc__ as why", AUTH),
        ("try:\n    from .auht import who\nexcept ImportError:\n    who = None", AUTH),
        ("if DEBUG:\n    from .auth import who", AUTH),
        ("def late():\n    from .auth import who", AUTH),
        ("from ._version import version", AUTH),
        ("from jose import jwt", AUTH),
        ("from auth import get_current_user", AUTH),
        ("from .auth import who", "from .others import *"),
        ("from .auth import who", "def __getattr__(name): ..."),
        ("from .auth import who", "try:\n    import who\nexcept ImportError:\n    who = None"),
        ("from .auth import who", "for who in (1, 2): pass"),
        ("from .auth import who", "(who := 3)"),
        ("from .auth import who", "def set_up():\n    global who"),
        ("from .auth import get_current_user", AUTH + "# from .auht import nothing\n"),
    ],
)
def test_quiet(findings: Findings, line: str, auth: str) -> None:
    files = {**CHAT, "app/main.py": MAIN.replace(TO_AUTH, line), "app/auth.py": auth}
    assert not findings(modules_there, files)


def test_quiet_where_a_library_has_the_name_of_a_module(findings: Findings) -> None:
    lines = "from .auth import Request\nfrom auth import BaseUserManager"
    assert not findings(modules_there, {**CHAT, "app/main.py": MAIN.replace(TO_AUTH, lines)})


def test_quiet_where_a_path_is_set(findings: Findings) -> None:
    lines = "from .auth import Request\nfrom auth import get_current_user"
    files = {**CHAT, "app/main.py": MAIN.replace(TO_AUTH, lines)}
    assert not findings(modules_there, {**files, "start.py": "import sys\nsys.path.append('app')"})


def test_found_where_a_delivered_file_is_gone(findings: Findings) -> None:
    sums = {"app/chatkit_runtime/SHA256SUMS": "00  chatkit_runtime/titles.py\n"}
    runtime = {"app/chatkit_runtime/turn.py": "from .titles import title\n"}
    main = MAIN.replace(TO_AUTH, f"{TO_AUTH}\nfrom .chatkit_runtime.turn import title")
    (finding,) = findings(modules_there, {**CHAT, **sums, **runtime, "app/main.py": main})
    assert finding.where == "app/chatkit_runtime/turn.py:1"
    assert "delivered with the chat, and is gone" in finding.evidence


@pytest.mark.parametrize("broken", ["def who(:\n    pass\n", "  who = 1\nwho = )\n"])
def test_found_where_a_file_is_not_python(findings: Findings, broken: str) -> None:
    (finding,) = findings(modules_there, {**CHAT, "app/auth.py": f"import os\n{broken}"})
    assert finding.where == "app/auth.py:2"
    assert "not Python" in finding.what


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ('SQL = (Path(__file__).parent / "x").with_name("gone.sql").read_text()', 1),
        ('SQL = read(name="gone.sql")', 1),
        ('SQL = read("there.sql")', 0),
        ('def later():\n    return read("gone.sql")', 0),
        ('# read("gone.sql")', 0),
    ],
)
def test_a_file_of_statements_that_is_gone(findings: Findings, line: str, count: int) -> None:
    main = f"from pathlib import Path\n{MAIN}\n{line}\n"
    files = {**CHAT, "app/main.py": main, "app/sql/there.sql": "select 1;\n"}
    assert len(findings(modules_there, files)) == count


@pytest.mark.parametrize(
    ("line", "module"),
    [
        ("from openai_chatkit.server import ChatKitServer", "chatkit"),
        ("import openai_agents as agents", "agents"),
        ("from openai_agents import Agent", "agents"),
        ("from chatkit.server import StreamingResult", ""),
        ("import agents", ""),
        ("# import openai_agents", ""),
    ],
)
def test_a_library_by_what_pip_calls_it(findings: Findings, line: str, module: str) -> None:
    found = findings(modules_there, {"app/main.py": f"{line}\n{MAIN}"})
    assert [each.where for each in found] == (["app/main.py:1"] if module else [])
    assert all(f"`{module}`" in each.fix for each in found)


def test_quiet_where_a_module_hides_the_library_that_is_meant(findings: Findings) -> None:
    main = f"from agents import Agent\n{MAIN}"
    assert not findings(
        modules_there, {**CHAT, "app/main.py": main, "agents.py": "def help(): ..."}
    )


ERRORS = "class Missing(Exception): ...\nclass Malformed(Exception): ...\n"


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("from app.exceptions import Missing, Malformed", 1),
        ("from .exceptions import Missing", 1),
        ("from app.exceptions import Missing, Other", 0),
        ("from app.exceptions import *", 0),
        ("from other.exceptions import Missing", 0),
        ("from app.errors import Missing", 0),
    ],
)
def test_a_module_whose_names_stand_in_another(findings: Findings, line: str, count: int) -> None:
    files = {**CHAT, "app/main.py": f"{line}\n{MAIN}", "app/errors.py": ERRORS}
    found = findings(modules_there, files)
    assert ["stand in `app/errors.py`" in each.evidence for each in found] == [True] * count


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("from chatkit.server import ChatServer", 1),
        ("from chatkit.server import (\n    ChatKitServer as Base,\n    Server,\n)", 1),
        ("from chatkit.server import ChatKitServer, StreamingResult", 0),
        ("from chatkit.store import Store", 0),
        ("try:\n    from chatkit.server import ChatServer\nexcept ImportError:\n    pass", 0),
        ("# from chatkit.server import ChatServer", 0),
    ],
)
def test_a_name_that_an_sdk_does_not_have(findings: Findings, line: str, count: int) -> None:
    place = ".venv/lib/python3.12/site-packages/chatkit"
    installed = {
        ".venv/pyvenv.cfg": "",
        f"{place}/__init__.py": "",
        f"{place}/server.py": "class ChatKitServer: ...\nclass StreamingResult: ...\n",
    }
    main = f"{line}\n{MAIN}"
    found = findings(modules_there, {**CHAT, **installed, "app/main.py": main})
    assert ["has no `" in each.what for each in found] == [True] * count
