"""What is parsed: a file that only looks as if it mattered costs a search and no more."""

from __future__ import annotations

from pathlib import Path

import libcst as cst
import pytest

from chatkit_agent.project.read import read_project
from chatkit_agent.project.source import chunks, syntax
from chatkit_agent.project.source.sources import Sources
from tests.project.test_read import write

MAIN = {
    "main.py": "from fastapi import FastAPI\nimport orders\n"
    "app = FastAPI()\napp.include_router(orders.router)\n",
    "orders.py": "from fastapi import APIRouter\nrouter = APIRouter()\n\n"
    "@router.get('/orders')\ndef orders(): ...\n",
}
USERS = (
    "import jwt\nfrom fastapi import Depends, Request\nfrom pydantic import BaseModel\n\n"
    "class User(BaseModel):\n    id: int\n\n"
    "def get_current_user(request: Request) -> User:\n    {reads}\n    return User(id=1)\n\n"
    "def me(user: User = Depends(get_current_user)): ...\n"
)
GATE = (
    "def before(): ...\n\n{others}\n"
    'async def gate(request, call_next):\n    request.state.user = request.cookies["auth"]\n'
)


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were asked for as a tree, as a test goes on."""
    files: list[str] = []
    module = Sources.module

    def counted(self: Sources, path: str, *patterns: bytes, bodies: bool = True) -> cst.Module:
        files.append(path)
        return module(self, path, *patterns, bodies=bodies)

    monkeypatch.setattr(Sources, "module", counted)
    return files


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("texts.py", 'import jwt\n\ndef text(held):\n    return held.decode("utf-8")\n'),
        ("texts.py", "import jwt\n\ndef text(held):\n    return held.decode()\n"),
        ("numbers.py", "from shop.middleware import a\nSTATUS = [429]\nFIELDS = ['csrf']\n"),
        ("spoken.py", '"""Takes a FastAPI Request, or a FastAPI/Starlette one."""\n'),
        ("tests/test_settings.py", "def test_it():\n    Settings(_env_file=None)\n"),
    ],
)
def test_what_only_looks_like_it_is_not_parsed(
    tmp_path: Path, parsed: list[str], file: str, code: str
) -> None:
    read_project(write(tmp_path, {**MAIN, file: code}))
    assert file not in parsed
    assert "main.py" in parsed


def test_routes_are_parsed_for_whoever_shows_them(tmp_path: Path, parsed: list[str]) -> None:
    project = read_project(write(tmp_path, MAIN))
    assert "orders.py" not in parsed
    assert [each.path for each in project.routes] == ["/orders"]
    assert "orders.py" in parsed
    assert project.routes is project.routes


def test_a_state_is_looked_for_once_and_where_it_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked, written = [], []
    mentioning, code = Sources.mentioning, syntax.code

    def searched(
        self: Sources, pattern: bytes, *words: bytes, aside: bool = True
    ) -> tuple[str, ...]:
        looked.append(words)
        return mentioning(self, pattern, *words, aside=aside)

    def coded(node: cst.CSTNode) -> str:
        written.append(code(node))
        return written[-1]

    monkeypatch.setattr(Sources, "mentioning", searched)
    monkeypatch.setattr(syntax, "code", coded)
    others = "".join(f"def other_{number}(): {number}\n\n" for number in range(50))
    reads = "; ".join(["u = request.state.user"] * 20)
    files = {"users.py": USERS.format(reads=reads), "gate.py": GATE.format(others=others)}
    project = read_project(write(tmp_path, {**MAIN, **files}))
    assert [each.name for each in project.auth.dependencies[0].credentials] == ["auth"]
    assert looked.count((b".state.",)) == 1
    assert not {str(number) for number in range(50)} & set(written)


def test_a_class_that_makes_no_application_is_not_parsed_to_see_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However large it is; nor are imports, of which there are many."""
    parsed, real = list[bytes](), chunks._module_in

    def noted(content: bytes) -> cst.Module:
        parsed.append(content)
        return real(content)

    monkeypatch.setattr(chunks, "_module_in", noted)
    service = "class Importer:\n    def run(self):\n        return 1\n\nimporter = Importer()\n"
    spoken = f"import os\nfrom fastapi import FastAPI\n\n{service}"
    main = "from services import importer\n" + MAIN["main.py"] + "\n\ndef work():\n"
    main += "    done = importer.run()\n    return done\n"
    project = read_project(write(tmp_path, {**MAIN, "main.py": main, "services.py": spoken}))
    assert project.app is not None
    assert not [each for each in parsed if b"Importer:" in each or each.startswith(b"import os")]
