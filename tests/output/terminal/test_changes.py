"""What was added, put back or brought up to date, in the words of what happened."""

from __future__ import annotations

from typing import Any

import pytest

from chatkit_agent.output.documents import (
    ConflictPart,
    InstallDocument,
    UndoDocument,
    UpdateDocument,
)
from chatkit_agent.output.documents.changes import DependentPart, MovedPart
from chatkit_agent.output.terminal.changes import installed, undone, updated
from tests.output.terminal.conftest import text

CONFLICT = (ConflictPart(path="app/main.py", line=7),)
DIFF = """\
diff --git a/app/services/chat_agent.py b/app/services/chat_agent.py
--- a/app/services/chat_agent.py
+++ b/app/services/chat_agent.py
@@ -1 +1 @@
-one
+two
diff --git a/app/chatkit_runtime/turn.py b/app/chatkit_runtime/turn.py
--- a/app/chatkit_runtime/turn.py
+++ b/app/chatkit_runtime/turn.py
@@ -1 +1 @@
-three
+four
"""


@pytest.mark.parametrize(
    ("more", "lines"),
    [
        ({"restored": ("main.py",)}, ["Undone", "  put back  main.py"]),
        (
            {"removed": ("a/chatkit_store/x.py", "a/chatkit_store/y.py", "b.py")},
            ["Undone", "  removed  a/chatkit_store/ (2 files)", "  removed  b.py"],
        ),
        ({"removed": ("b.py",), "undone": False}, ["What undo would do", "  remove  b.py"]),
        (
            {"kept": ("a.py", "b/__init__.py")},
            [
                "Undone",
                "  kept  a.py (you edited it)",
                "  kept  b/__init__.py (you edited it, or have modules beside it)",
                "Stays",
                "  Files: a.py, b/__init__.py. A later `add` takes them up again.",
            ],
        ),
        ({"missing": ("a.py",)}, ["Undone", "  missing  a.py (it was removed before)"]),
        (
            {"moved": (MovedPart(before="a.py", now="b.py"),)},
            ["Undone", "  moved  a.py, found as b.py"],
        ),
        (
            {"conflicts": CONFLICT},
            [
                "Undone in part",
                "  conflict  app/main.py line 7",
                "Keep one version of each, take the markers out, then undo again.",
            ],
        ),
        (
            {"used": (DependentPart(path="a.py", line=3, what="import x"),)},
            [
                "Undone",
                "  Nothing was left to change: what you resolved stays as it is.",
                "Your own code uses what goes away:",
                "  a.py line 3: import x",
            ],
        ),
        (
            {"restored": ("m.py",), "stays": ("The tables. To drop them:\ndrop schema x;",)},
            [
                "Undone",
                "  put back  m.py",
                "Stays",
                "  The tables. To drop them:",
                "     drop schema x;",
            ],
        ),
    ],
)
def test_an_undo(more: dict[str, Any], lines: list[str]) -> None:
    document = UndoDocument(**{"restored": (), "removed": (), "kept": (), **more})
    assert shown(undone(document)) == lines


@pytest.mark.parametrize(
    ("more", "lines"),
    [
        ({}, ["Nothing to change: the chat is that of version 2."]),
        ({"notes": ("n",)}, ["Nothing to change: the chat is that of version 2.", "  - n"]),
        (
            {"changed": ("a.py",), "removed": ("b.py",), "kept": ("c.py",), "merged": ("d.py",)},
            [
                "Updated from version 1 to 2",
                "  changed  a.py",
                "  removed  b.py",
                "  kept  c.py (you edited it)",
                "  merged  d.py (your edits are in it)",
                "Check it: chatkit-agent verify",
            ],
        ),
        (
            {"changed": ("a.py",), "before": "2"},
            ["Updated, version 2", "  changed  a.py", "Check it: chatkit-agent verify"],
        ),
        (
            {"changed": ("app/main.py",), "conflicts": CONFLICT},
            [
                "Updated from version 1 to 2",
                "  changed  app/main.py",
                "  conflict  app/main.py line 7",
                "Keep one version of each, take the markers out, then verify.",
            ],
        ),
        (
            {"changed": ("a.py",), "updated": False, "diff": DIFF},
            [
                "What update would do, to version 2",
                "  change  a.py",
                "  edit  app/services/chat_agent.py",
                "@@ -1 +1 @@",
                "-one",
                "+two",
            ],
        ),
    ],
)
def test_an_update(more: dict[str, Any], lines: list[str]) -> None:
    document = UpdateDocument(**{"before": "1", "after": "2", "changed": (), "kept": (), **more})
    assert shown(updated(document)) == lines


@pytest.mark.parametrize(
    ("more", "lines"),
    [
        ({}, ["claude in /home/ann", "  Nothing to change: it is there already."]),
        ({"written": ("a.md",)}, ["claude in /home/ann", "  put in place  a.md"]),
        (
            {"removed": ("a.md",), "kept": ("b.md",), "command": "claude mcp add"},
            ["claude in /home/ann", "  removed  a.md", "  kept  b.md (you edited it)"],
        ),
        (
            {"written": ("a.md",), "command": "claude mcp add"},
            [
                "claude in /home/ann",
                "  put in place  a.md",
                "To add the MCP server as well, run:",
                "  claude mcp add",
            ],
        ),
    ],
)
def test_an_installation(
    more: dict[str, Any], lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: f"/bin/{name}")
    plain = {"agent": "claude", "base": "/home/ann", "written": (), "removed": (), "kept": ()}
    assert shown(installed(InstallDocument(**{"command": None, **plain, **more}))) == lines


def test_without_uvx_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    plain: dict[str, Any] = {"agent": "x", "base": "/", "written": ("a",), "removed": ()}
    document = InstallDocument(**plain, kept=(), command=None)
    assert "not on PATH here" in " ".join(shown(installed(document)))
    gone = document.model_copy(update={"removed": ("a",)})
    assert "not on PATH here" not in " ".join(shown(installed(gone)))


def shown(part: Any) -> list[str]:
    """Its lines, labels two spaces from what belongs to them, and without empty ones."""
    lines = (line.rstrip() for line in text(part, width=120).splitlines())
    return [_even(line) for line in lines if line]


def _even(line: str) -> str:
    indent = len(line) - len(line.lstrip())
    first, gap, rest = line.lstrip().partition("  ")
    return f"{' ' * indent}{first}{gap}{rest.lstrip()}"
