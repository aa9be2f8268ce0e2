"""What people read: each document as text for a terminal, wide or narrow, dark or light."""

from __future__ import annotations

from chatkit_agent.output.terminal.answer import answer, how_understood
from chatkit_agent.output.terminal.changes import added, installed, undone, updated
from chatkit_agent.output.terminal.diagnosis import diagnosis, fixes, rules
from chatkit_agent.output.terminal.guide import guide, understood
from chatkit_agent.output.terminal.layout import error, show
from chatkit_agent.output.terminal.markdown import rendered
from chatkit_agent.output.terminal.plan import plan
from chatkit_agent.output.terminal.project import inspection
from chatkit_agent.output.terminal.report import check_line, verification
from chatkit_agent.output.terminal.working import is_watched, working
from chatkit_agent.project.text.visible import visible

__all__ = [
    "added",
    "answer",
    "check_line",
    "diagnosis",
    "error",
    "fixes",
    "guide",
    "how_understood",
    "inspection",
    "installed",
    "is_watched",
    "plan",
    "rendered",
    "rules",
    "show",
    "understood",
    "undone",
    "updated",
    "verification",
    "visible",
    "working",
]
