"""What people read: each document as text for a terminal, wide or narrow, dark or light."""

from __future__ import annotations

from chatkit_agent.terminal.answer import answer, how_understood
from chatkit_agent.terminal.changes import added, installed, undone, updated
from chatkit_agent.terminal.diagnosis import diagnosis, fixes
from chatkit_agent.terminal.guide import guide, understood
from chatkit_agent.terminal.layout import error, show
from chatkit_agent.terminal.plan import diff_by_file, modified, plan
from chatkit_agent.terminal.project import inspection
from chatkit_agent.terminal.report import check_line, verification

__all__ = [
    "added",
    "answer",
    "check_line",
    "diagnosis",
    "diff_by_file",
    "error",
    "fixes",
    "guide",
    "how_understood",
    "inspection",
    "installed",
    "modified",
    "plan",
    "show",
    "understood",
    "undone",
    "updated",
    "verification",
]
