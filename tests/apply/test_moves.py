"""Files of the chat are found again where the user has moved them, or undo says that it cannot."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from chatkit_agent.apply.apply import apply
from chatkit_agent.apply.undo import undo
from chatkit_agent.apply.update import update
from chatkit_agent.errors import CannotLocate, NothingToUndo, UndoConflict
from chatkit_agent.project.manifest import MANIFEST

from .samples import commit, copy_of, git, planned, snapshot

PROMPT = b"\nMINE = 'a prompt'\n"


def contents(root: Path) -> dict[str, bytes]:
    return {path: each[0] for path, each in snapshot(root).items() if each is not None}


def edit(file: Path) -> None:
    file.write_bytes(file.read_bytes() + PROMPT)


@pytest.mark.parametrize("place", ["src/app", "backend/app", "lib/python/app"])
def test_a_package_that_was_moved_is_undone_where_it_is(root: Path, place: str) -> None:
    before = contents(root)
    apply(planned(root))
    (root / place).parent.mkdir(parents=True)
    shutil.move(root / "app", root / place)
    edit(root / place / "main.py")
    undone = undo(root)
    assert not undone.kept
    assert not undone.missing
    assert ("app/services/chat_agent.py", f"{place}/services/chat_agent.py") in undone.moved
    moved = {path.replace("app/", f"{place}/", 1): each for path, each in before.items()}
    moved[f"{place}/main.py"] += PROMPT
    assert contents(root) == moved
    assert not (root / place / "services").exists()


def test_a_package_with_another_name_is_undone(root: Path) -> None:
    before = contents(root)
    apply(planned(root))
    shutil.move(root / "app", root / "server")
    for file in root.rglob("*.py"):
        file.write_text(file.read_text().replace("from app.", "from server."))
    undone = undo(root)
    assert not undone.kept
    renamed = {
        path.replace("app/", "server/", 1): each.replace(b"from app.", b"from server.")
        for path, each in before.items()
    }
    assert contents(root) == renamed


def test_a_project_in_a_folder_is_undone_from_above(root: Path) -> None:
    """`mv *` leaves hidden folders behind, so the manifest is where the project was."""
    before = contents(root)
    apply(planned(root))
    (root / "backend").mkdir()
    for each in [each for each in root.iterdir() if each.name not in ("backend", ".chatkit-agent")]:
        shutil.move(each, root / "backend" / each.name)
    undone = undo(root)
    assert not undone.kept
    assert not undone.missing
    assert contents(root) == {f"backend/{path}": each for path, each in before.items()}


def test_an_edited_file_in_a_renamed_folder_is_kept_there(root: Path) -> None:
    apply(planned(root))
    edit(root / "app/services/chat_agent.py")
    shutil.move(root / "app/services", root / "app/chat")
    undone = undo(root, force=True)
    assert undone.kept == ("app/chat/chat_agent.py",)
    assert {each.name for each in (root / "app/chat").iterdir()} == {"chat_agent.py"}


def test_an_edited_file_with_another_name_is_found(root: Path) -> None:
    apply(planned(root))
    agent = root / "app/services/chat_agent.py"
    edit(agent)
    shutil.move(agent, root / "app/services/agent.py")
    assert undo(root, force=True).kept == ("app/services/agent.py",)


def test_an_update_goes_where_the_files_are(root: Path) -> None:
    apply(planned(root))
    (root / "src").mkdir()
    shutil.move(root / "app", root / "src/app")
    edit(root / "src/app/services/chat_agent.py")
    update(root, {"mcp_url": "https://tools.example.com/mcp"})
    assert not (root / "app").exists()
    assert (root / "src/app/services/chat_agent.py").read_bytes().endswith(PROMPT)
    assert "tools.example.com" in (root / ".env.example").read_text()
    assert undo(root).moved == ()


def test_another_add_after_a_move_changes_nothing(root: Path) -> None:
    apply(planned(root))
    (root / "src").mkdir()
    shutil.move(root / "app", root / "src/app")
    plan = planned(root)
    assert [each.path for each in plan.changes] == []
    assert plan.options.home == "src/app"


def test_two_copies_are_not_chosen_between(root: Path) -> None:
    apply(planned(root))
    shutil.copytree(root / "app", root / "one/app")
    shutil.move(root / "app", root / "two")
    before = contents(root)
    with pytest.raises(CannotLocate, match="several places"):
        undo(root)
    assert contents(root) == before


def test_what_was_moved_out_of_the_project_is_named(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    root = copy_of("module_level", tmp_path)
    commit(tmp_path)
    apply(planned(root))
    shutil.move(root / "app", tmp_path / "elsewhere")
    with pytest.raises(CannotLocate, match=r"elsewhere/services/chat_agent\.py"):
        undo(root)
    assert (root / MANIFEST).is_file()


def test_files_of_another_chat_below_are_its_own(root: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = copy_of("module_level", tmp_path / "other")
    apply(planned(other))
    apply(planned(root))
    shutil.move(other, root / "second")
    below = contents(root / "second")
    (root / "app/services/turn_events.py").unlink(missing_ok=True)
    undone = undo(root, force=True)
    assert not undone.moved
    assert contents(root / "second") == below


@pytest.mark.parametrize("where", ["app", "..", "app/services"])
def test_undo_in_another_folder_says_where_the_chat_is(root: Path, where: str) -> None:
    apply(planned(root))
    git(root.parent, "init", "--quiet")
    with pytest.raises(NothingToUndo, match=rf"chatkit-agent undo .*{root.name}"):
        undo(root / where)


def test_undo_in_a_worktree(tmp_path: Path) -> None:
    root = copy_of("module_level", tmp_path)
    git(root, "init", "--quiet")
    commit(root)
    git(root, "worktree", "add", "--quiet", str(tmp_path / "tree"))
    before = contents(tmp_path / "tree")
    apply(planned(tmp_path / "tree"))
    commit(tmp_path / "tree")
    undo(tmp_path / "tree")
    assert {**contents(tmp_path / "tree"), ".git": b""} == {**before, ".git": b""}


def test_a_link_to_a_file_of_ours_is_not_followed(root: Path) -> None:
    apply(planned(root))
    agent = root / "app/services/chat_agent.py"
    shutil.move(agent, root / "agent_of_mine.py")
    agent.symlink_to("../../agent_of_mine.py")
    assert undo(root, force=True).kept == ("app/services/chat_agent.py",)
    assert (root / "agent_of_mine.py").is_file()
    assert agent.is_symlink()


def test_a_package_with_a_module_of_the_users_own_stays_one(tmp_path: Path) -> None:
    root = copy_of("flat_file", tmp_path)
    apply(planned(root))
    (root / "chatkit_backend/mine.py").write_text("MINE = 1\n")
    assert undo(root).kept == ("chatkit_backend/__init__.py",)
    left = {each.name for each in (root / "chatkit_backend").iterdir()}
    assert left == {"mine.py", "__init__.py"}


def test_lines_that_were_sorted_are_taken_out_where_they_are(tmp_path: Path) -> None:
    root = copy_of("factory_annotated", tmp_path)
    file = root / "requirements.txt"
    before = sorted(file.read_text().split())
    apply(planned(root))
    assert len(file.read_text().split()) > len(before) + 2
    file.write_text("\n".join(sorted(file.read_text().split())) + "\n")
    undo(root)
    assert file.read_text().split() == before


def test_a_requirement_that_was_pinned_since_is_no_line_of_ours(tmp_path: Path) -> None:
    root = copy_of("factory_annotated", tmp_path)
    apply(planned(root))
    file = root / "requirements.txt"
    file.write_text(file.read_text().replace("mcp>=", "mcp==").replace("fastapi", "fastapi>=0.1"))
    with pytest.raises(UndoConflict, match=r"requirements\.txt"):
        undo(root)


def test_what_somebody_removed_before_is_missed_by_nobody(root: Path) -> None:
    apply(planned(root))
    for path in ("tests", "app/chatkit_page"):
        shutil.rmtree(root / path, ignore_errors=True)
    undo(root)
    assert not (root / "app/chatkit_runtime").exists()


def test_of_many_chats_below_a_few_are_named(tmp_path: Path) -> None:
    for number in range(9):
        manifest = tmp_path / f"service{number}" / MANIFEST
        manifest.parent.mkdir(parents=True)
        manifest.write_text("{}")
        (tmp_path / f"service{number}" / "main.py").touch()
    with pytest.raises(NothingToUndo, match="and 4 more") as told:
        undo(tmp_path)
    assert str(told.value).count("chatkit-agent undo") == 5
