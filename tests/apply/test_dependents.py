"""Undo says which of the user's own lines use what goes away, and is refused because of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.apply.apply import apply
from chatkit_agent.apply.undo import plan_undo, undo
from chatkit_agent.errors import StillUsed

from .samples import copy_of, planned, snapshot

USES = {
    "from": ("app/jobs.py", "from app.services.chat_agent import SYSTEM_PROMPT\n"),
    "import": ("app/jobs.py", "import app.services.chat_agent\n"),
    "as": ("app/jobs.py", "import app.chatkit_store.config as config\n"),
    "package": ("app/jobs.py", "from app import services\n"),
    "module of package": ("app/jobs.py", "from app.services import chat_agent\n"),
    "relative": ("app/jobs.py", "from .services.chat_agent import SYSTEM_PROMPT\n"),
    "relative package": ("app/jobs.py", "from . import chatkit_store\n"),
    "two up": ("app/inner/jobs.py", "from ..services import chat_agent as agent\n"),
    "star": ("app/jobs.py", "from app.chatkit_store import *\n"),
    "inside": ("app/services/mine.py", "from .chat_settings import ChatSettings\n"),
    "in a function": ("app/jobs.py", "def run():\n    from app.services import chat_agent\n"),
    "guarded": (
        "app/jobs.py",
        "try:\n    import app.services.chat_settings\nexcept ImportError: 1\n",
    ),
    "type checking": ("app/jobs.py", "if TYPE_CHECKING:\n    from app.chatkit_store import X\n"),
    "importlib": ("app/jobs.py", "m = import_module('app.services.chat_agent')\n"),
    "importlib relative": ("app/jobs.py", "m = import_module('.chat_agent', 'app.services')\n"),
    "patch": ("tests/test_mine.py", "patch('app.services.chat_agent.SYSTEM_PROMPT', 'x')\n"),
    "reference": ("app/run.py", "uvicorn.run('app.services.chatkit_endpoint:router')\n"),
    "script": ("scripts/seed.py", "from app.chatkit_store.config import SCHEMA\n"),
    "alembic": ("alembic/env.py", "from app.chatkit_store import config\n"),
    "entry point": ("setup.cfg", "[options.entry_points]\nchat = app.services.chat_agent:main\n"),
    "python -m": ("Makefile", "purge:\n\tpython -m app.chatkit_store.config\n"),
    "workflow": (".github/workflows/ci.yml", "run: python -m app.services.chat_agent\n"),
    "path": ("Dockerfile", "COPY app/chatkit_store/schema.sql /schema.sql\n"),
    "folder": ("Dockerfile", "COPY app/chatkit_store /srv/chatkit_store\n"),
    "package data": ("MANIFEST.in.toml", 'packages = ["app", "app.services"]\n'),
}
NO_USES = {
    "comment": ("app/jobs.py", "# from app.services.chat_agent import SYSTEM_PROMPT\n"),
    "other package": ("app/jobs.py", "from elsewhere.services.chat_agent import SYSTEM_PROMPT\n"),
    "own module": ("app/jobs.py", "import services.chat_agents\n"),
    "documentation": ("README.md", "See app.services.chat_agent.\n"),
    "words": ("app/jobs.py", "TEXT = 'the app.services.chat_agent of the chat'\n"),
    "commented configuration": ("Makefile", "# python -m app.services.chat_agent\n"),
}


def put(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    with (root / path).open("a") as file:
        file.write(text)


@pytest.mark.parametrize("name", USES)
def test_a_use_is_told_with_its_place_and_refused(root: Path, name: str) -> None:
    apply(planned(root))
    path, text = USES[name]
    put(root, path, text)
    before = snapshot(root)
    used = plan_undo(root).used
    assert {each.path for each in used} == {path}
    assert all(each.what in (root / path).read_text() for each in used)
    with pytest.raises(StillUsed, match=rf"{path} line {used[0].line}: .*--force|{path}"):
        undo(root)
    assert snapshot(root) == before
    assert undo(root, force=True).removed
    assert not (root / "app/services/chat_agent.py").exists()


@pytest.mark.parametrize("name", NO_USES)
def test_what_only_looks_like_a_use_is_none(root: Path, name: str) -> None:
    apply(planned(root))
    put(root, *NO_USES[name])
    assert plan_undo(root).used == ()
    undo(root)


def test_another_use_of_what_was_imported_is_told(root: Path) -> None:
    apply(planned(root))
    put(root, "app/main.py", "\nother.include_router(create_chatkit_router())\n")
    number = len((root / "app/main.py").read_text().splitlines())
    used = plan_undo(root).used
    assert [each.what for each in used] == ["other.include_router(create_chatkit_router())"]
    assert used[0].path == "app/main.py"
    assert used[0].line < number


def test_an_edited_file_that_stays_breaks_with_what_goes(root: Path) -> None:
    """`chat_agent.py` stays, but it imports what goes, so whoever imports it breaks too."""
    apply(planned(root))
    put(root, "app/services/chat_agent.py", "\nMINE = 1\n")
    put(root, "app/jobs.py", "from app.services.chat_agent import MINE\n")
    assert [each.path for each in plan_undo(root).used] == ["app/jobs.py"]


def test_what_stays_may_be_used(root: Path) -> None:
    apply(planned(root))
    config = root / "app/chatkit_store/config.py"
    config.write_text("MINE = 1\n")
    put(root, "app/jobs.py", "from app.chatkit_store.config import MINE\n")
    assert plan_undo(root).used == ()
    assert undo(root).kept == ("app/chatkit_store/config.py",)


def test_a_module_of_the_users_own_in_our_package_may_be_used(root: Path) -> None:
    apply(planned(root))
    put(root, "app/services/mine.py", "MINE = 1\n")
    put(root, "app/jobs.py", "from app.services.mine import MINE\nNAME = 'app.services.mine'\n")
    assert plan_undo(root).used == ()


def test_a_package_below_src_is_known_by_its_own_name(tmp_path: Path) -> None:
    root = copy_of("src_layout", tmp_path)
    plan = planned(root)
    apply(plan)
    put(root, "tests/test_mine.py", f"import {plan.options.home_package}.services.chat_agent\n")
    assert [each.path for each in plan_undo(root).used] == ["tests/test_mine.py"]
