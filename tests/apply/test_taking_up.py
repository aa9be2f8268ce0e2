"""What undo leaves because the user edited it is part of the next chat, edits and all."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest

from chatkit_agent.apply.apply import apply
from chatkit_agent.apply.undo import undo
from chatkit_agent.apply.update import update
from chatkit_agent.errors import BadOption, Refused
from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.project.manifest import KEPT

from .samples import copy_of, planned, snapshot

MINE = "\nMINE = 'a prompt'\n"


def edit(root: Path, name: str, text: str = MINE) -> None:
    with (root / name).open("a", newline="") as file:
        file.write(text)


@pytest.mark.parametrize("note", ["there", "lost"])
def test_an_edited_assistant_is_the_next_chats(root: Path, note: str) -> None:
    apply(planned(root))
    edit(root, "app/services/chat_agent.py")
    edited = (root / "app/services/chat_agent.py").read_bytes()
    assert undo(root).kept == ("app/services/chat_agent.py",)
    left = snapshot(root)
    if note == "lost":
        shutil.rmtree(root / ".chatkit-agent")
    plan = planned(root)
    assert plan.options.home == "app"
    assert not plan.manual_steps
    assert any("chat_agent.py" in each and "taken up" in each for each in plan.notes)
    apply(plan)
    assert (root / "app/services/chat_agent.py").read_bytes() == edited
    assert not (root / "app/chatkit_backend").exists()
    assert not (root / KEPT).exists()
    assert planned(root).changes == ()
    assert undo(root).kept == ("app/services/chat_agent.py",)
    assert {**snapshot(root), KEPT: None} == {**left, KEPT: None}


def test_other_options_reach_an_edited_file(root: Path) -> None:
    apply(planned(root))
    edit(root, "app/chatkit_store/config.py")
    undo(root)
    apply(planned(root, RequestedOptions(schema="other")))
    config = (root / "app/chatkit_store/config.py").read_text()
    assert 'SCHEMA = "other"' in config
    assert config.endswith(MINE)


def test_what_a_kept_configuration_says_is_planned(root: Path) -> None:
    apply(planned(root))
    config = root / "app/chatkit_store/config.py"
    old = next(line for line in config.read_text().splitlines() if line.startswith("SCHEMA"))
    config.write_text(config.read_text().replace(old, 'SCHEMA = "mine"'))
    undo(root)
    plan = planned(root)
    assert plan.options.schema == "mine"
    apply(plan)
    assert 'SCHEMA = "mine"' in config.read_text()


def test_a_kept_file_in_a_renamed_folder_is_taken_up(root: Path) -> None:
    apply(planned(root))
    edit(root, "app/services/chat_agent.py")
    undo(root)
    shutil.move(root / "app", root / "server")
    for file in root.rglob("*.py"):
        file.write_text(file.read_text().replace("from app", "from server"))
    apply(planned(root))
    assert (root / "server/services/chat_agent.py").read_text().endswith(MINE)
    assert (root / "server/chatkit_store").is_dir()


def test_a_mount_that_the_user_edited_gets_its_imports_again(root: Path) -> None:
    apply(planned(root))
    main = root / "app/main.py"
    main.write_text(main.read_text().replace("VerifiedUser()", "VerifiedUser(), path='/talk'"))
    undo(root, markers=True)
    lines = main.read_text().splitlines(keepends=True)
    start = lines.index("<<<<<<< yours\n")
    middle, end = lines.index("=======\n"), lines.index(">>>>>>> before the chat\n")
    main.write_text("".join([*lines[:start], *lines[start + 1 : middle], *lines[end + 1 :]]))
    undo(root, force=True)
    apply(planned(root))
    bound = {
        alias.asname or alias.name
        for node in ast.walk(ast.parse(main.read_text()))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert {"create_chatkit_router", "VerifiedUser"} <= bound
    assert main.read_text().count("create_chatkit_router(") == 1
    assert "path='/talk'" in main.read_text()


def test_a_kept_service_beside_is_taken_up(root: Path) -> None:
    apply(planned(root, RequestedOptions(mode="sidecar")))
    edit(root, "chatkit-sidecar/chat/services/chat_agent.py")
    undo(root)
    plan = planned(root)
    assert plan.options.mode == "sidecar"
    apply(plan)
    agent = root / "chatkit-sidecar/chat/services/chat_agent.py"
    assert agent.read_text().endswith(MINE)


def test_another_mode_gets_the_edits_too(root: Path) -> None:
    apply(planned(root))
    edit(root, "app/services/chat_agent.py")
    undo(root)
    apply(planned(root, RequestedOptions(mode="sidecar")))
    agent = root / "chatkit-sidecar/chat/services/chat_agent.py"
    assert agent.read_text().endswith(MINE)


def test_files_of_the_users_own_are_not_taken_for_ours(tmp_path: Path) -> None:
    root = copy_of("existing_services", tmp_path)
    plan = planned(root)
    assert not plan.project.leftovers.files
    assert plan.options.home.endswith("chatkit_backend")


CHANGES = {
    "mcp_url": ({"mcp_url": "https://tools.example.com/mcp"}, ".env.example", "tools.example.com"),
    "auth": ({"auth": "none"}, ".env.example", "_AUTH=none"),
    "token": ({"token": "prompt"}, "app/chatkit_store/config.py", 'MCP_TOKEN = "prompt"'),
    "env_prefix": ({"env_prefix": "SHOP"}, "app/chatkit_store/config.py", "SHOP_CHATKIT_"),
    "schema": ({"schema": "talks"}, "app/chatkit_store/config.py", 'SCHEMA = "talks"'),
    "path": ({"path": "/talk"}, "app/main.py", '"/talk"'),
    "features": ({"features": ("summary",)}, "CHATKIT.md", "summary"),
    "ci": ({"ci": True}, ".github/workflows/chatkit.yml", "chatkit-agent verify"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_an_option_is_changed_in_place_and_undone(root: Path, name: str) -> None:
    before = snapshot(root)
    apply(planned(root))
    edit(root, "app/services/chat_agent.py")
    asked, file, text = CHANGES[name]
    update(root, asked)
    assert text in (root / file).read_text()
    assert (root / "app/services/chat_agent.py").read_text().endswith(MINE)
    assert planned(root).changes == ()
    assert update(root).changed == ()
    assert undo(root).kept == ("app/services/chat_agent.py",)
    kept = {".chatkit-agent", KEPT, "app/services", "app/services/chat_agent.py"}
    assert {path for path in snapshot(root) if path not in before} == kept


def test_an_option_goes_back_to_what_it_was(root: Path) -> None:
    apply(planned(root, RequestedOptions(path="/talk", features=("summary",))))
    update(root, {"path": "/chatkit", "without": ("summary",)})
    changed = snapshot(root)
    undo(root)
    apply(planned(root))
    fresh = snapshot(root)
    assert {path: each for path, each in changed.items() if "manifest" not in path} == {
        path: each for path, each in fresh.items() if "manifest" not in path
    }


@pytest.mark.parametrize("name", ["app", "mode", "edits", "reference"])
def test_what_makes_another_chat_is_not_changed_in_place(root: Path, name: str) -> None:
    apply(planned(root))
    with pytest.raises(BadOption, match="chatkit-agent undo"):
        update(root, {name: "x"})


def test_add_with_other_options_says_how_to_change_them(root: Path) -> None:
    apply(planned(root))
    asked = RequestedOptions(mcp_url="https://a.example.com/mcp", features=("summary",))
    with pytest.raises(Refused, match=r"update --mcp-url https://a\S+ --with summary"):
        planned(root, asked)
