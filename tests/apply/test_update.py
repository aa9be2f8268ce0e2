"""An update brings what is new, and keeps what the user changed."""

from __future__ import annotations

import hashlib
import shutil
import sys
from pathlib import Path

import pytest

from chatkit_agent.apply.apply import apply
from chatkit_agent.apply.undo import undo
from chatkit_agent.apply.update import plan_update, update
from chatkit_agent.errors import DirtyTree, NothingToUpdate, PlanOutdated, UpdateConflict

from .samples import PROJECTS, commit, git, planned, snapshot


@pytest.fixture
def earlier(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project with the chat as an earlier version added it."""
    reference = tmp_path / "reference"
    module = sys.modules["chatkit_agent.edits.deliver_backend"]
    shutil.copytree(module.REFERENCE, reference)
    agent = reference / "services/chat_agent.py"
    agent.write_text(f"EARLIER = True\n{agent.read_text()}")
    (reference / "services/dropped.py").write_text("GONE = True\n")
    (reference / "chatkit_runtime/mcp.py").unlink()
    with monkeypatch.context() as patch:
        patch.setattr(module, "REFERENCE", reference)
        apply(planned(root))
    return root


def test_update_brings_what_is_new_and_undo_still_goes_all_the_way(earlier: Path) -> None:
    updated = update(earlier)
    assert set(updated.changed) == {
        "app/services/chat_agent.py",
        "app/chatkit_runtime/mcp.py",
        "app/chatkit_runtime/README.md",
        "app/chatkit_runtime/SHA256SUMS",
    }
    assert updated.removed == ("app/services/dropped.py",)
    assert planned(earlier).changes == ()
    assert not (earlier / "app/services/dropped.py").exists()
    assert update(earlier).changed == ()
    undo(earlier)
    fresh = snapshot(PROJECTS / "module_level")
    assert snapshot(earlier).keys() <= fresh.keys()
    assert all(snapshot(earlier)[path] == fresh[path] for path in snapshot(earlier))


def test_a_planned_update_tells_the_same_and_writes_nothing(earlier: Path) -> None:
    before = snapshot(earlier)
    told = plan_update(earlier)
    assert snapshot(earlier) == before
    assert "\n-EARLIER = True\n" in told.diff
    agent = earlier / "app/services/chat_agent.py"
    whole = agent.read_text()
    agent.write_text(whole.replace("from __future__", "# Mine.\nfrom __future__", 1))
    with pytest.raises(PlanOutdated):
        update(earlier, shown=told.diff)
    assert agent.read_text().startswith("EARLIER")
    agent.write_text(whole)
    assert told == update(earlier, shown=told.diff)


def test_update_keeps_what_the_user_changed(earlier: Path) -> None:
    agent, main = earlier / "app/services/chat_agent.py", earlier / "app/main.py"
    agent.write_bytes(agent.read_bytes() + b"\nMINE = True\n")
    main.write_bytes(main.read_bytes().replace(b"VerifiedUser()", b"VerifiedUser(), path='/talk'"))
    dropped = earlier / "app/services/dropped.py"
    dropped.write_text("MINE = True\n")
    (earlier / "CHATKIT.md").unlink()
    updated = update(earlier)
    assert agent.read_text().endswith("\nMINE = True\n")
    assert not agent.read_text().startswith("EARLIER")
    assert "path='/talk'" in main.read_text()
    assert updated.kept == ("app/services/dropped.py",)
    assert not (earlier / "CHATKIT.md").exists()


def test_machinery_is_replaced_whole_unless_it_was_edited(earlier: Path) -> None:
    """By its checksum: what the manifest says of an unedited file does not matter."""
    runtime = earlier / "app/chatkit_runtime"
    reference = sys.modules["chatkit_agent.edits.deliver_backend"].REFERENCE / "chatkit_runtime"
    turn, titles = runtime / "turn.py", runtime / "titles.py"
    turn.write_text(f"{turn.read_text()}\nMINE = True\n")
    older = "OLDER = True\n"
    checksum = hashlib.sha256(older.encode()).hexdigest()
    titles.write_text(older)
    sums = runtime / "SHA256SUMS"
    lines = [line for line in sums.read_text().splitlines() if "titles.py" not in line]
    sums.write_text("\n".join([*lines, f"{checksum}  chatkit_runtime/titles.py", ""]))
    updated = update(earlier, markers=True)
    assert titles.read_bytes() == (reference / "titles.py").read_bytes()
    assert turn.read_text().endswith("\nMINE = True\n")
    assert any("app/chatkit_runtime/turn.py" in note for note in updated.notes)
    assert not any("titles.py" in note for note in updated.notes)
    assert any("turn.py" in note for note in update(earlier).notes)


def test_an_update_that_overlaps_writes_nothing(earlier: Path) -> None:
    agent = earlier / "app/services/chat_agent.py"
    agent.write_text(agent.read_text().replace("EARLIER = True", "EARLIER = 'mine'"))
    edited = snapshot(earlier)
    with pytest.raises(UpdateConflict, match=r"chat_agent\.py line 1"):
        update(earlier)
    assert snapshot(earlier) == edited


@pytest.mark.parametrize("takes", ["yours", "this version"])
def test_an_update_with_markers_is_resolved_either_way(earlier: Path, takes: str) -> None:
    agent = earlier / "app/services/chat_agent.py"
    agent.write_text(agent.read_text().replace("EARLIER = True", "EARLIER = 'mine'"))
    updated = update(earlier, markers=True)
    assert [str(each) for each in updated.conflicts] == ["app/services/chat_agent.py line 1"]
    assert (earlier / "app/chatkit_runtime/mcp.py").exists()
    head = "<<<<<<< yours\nEARLIER = 'mine'\n=======\n>>>>>>> this version\n"
    assert agent.read_text().startswith(head)
    with pytest.raises(UpdateConflict, match=r"chat_agent\.py line 1"):
        update(earlier, markers=True)
    rest = agent.read_text().removeprefix(head)
    agent.write_text("EARLIER = 'mine'\n" + rest if takes == "yours" else rest)
    assert update(earlier).changed == ()
    assert undo(earlier).kept == (("app/services/chat_agent.py",) if takes == "yours" else ())


def test_an_update_of_a_dirty_tree_is_refused(earlier: Path) -> None:
    git(earlier, "init", "--quiet")
    commit(earlier)
    main = earlier / "app/main.py"
    main.write_bytes(main.read_bytes() + b"# mine\n")
    with pytest.raises(DirtyTree):
        update(earlier)
    assert update(earlier, allow_dirty=True).changed


def test_nothing_is_updated_where_nothing_was_added(root: Path) -> None:
    with pytest.raises(NothingToUpdate, match="chatkit-agent add"):
        update(root)
