"""Integrates a ChatKit chat into a FastAPI project, and proves that it works."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chatkit_agent.changes import apply, restore_unfinished, undo, update
    from chatkit_agent.checks.diagnosis import diagnose
    from chatkit_agent.checks.verification import verify
    from chatkit_agent.choices import Request
    from chatkit_agent.evidence.gathering import gather
    from chatkit_agent.guide import Guide, make_guide
    from chatkit_agent.installation import install, next_steps
    from chatkit_agent.observations.gathering import Looking
    from chatkit_agent.plan import Plan, make_plan, plan_mends
    from chatkit_agent.project import Project, read_project
    from chatkit_agent.proposals import ProposedEdit
    from chatkit_agent.resolution import Resolution, resolve

__all__ = [
    "Guide",
    "Looking",
    "Plan",
    "Project",
    "ProposedEdit",
    "Request",
    "Resolution",
    "apply",
    "diagnose",
    "gather",
    "install",
    "make_guide",
    "make_plan",
    "next_steps",
    "plan_mends",
    "read_project",
    "resolve",
    "restore_unfinished",
    "undo",
    "update",
    "verify",
]

_HOMES = {
    "Guide": "guide",
    "Looking": "observations.gathering",
    "Plan": "plan",
    "Project": "project",
    "ProposedEdit": "proposals",
    "Request": "choices",
    "Resolution": "resolution",
    "apply": "changes",
    "diagnose": "checks.diagnosis",
    "gather": "evidence.gathering",
    "install": "installation",
    "make_guide": "guide",
    "make_plan": "plan",
    "next_steps": "installation",
    "plan_mends": "plan",
    "read_project": "project",
    "resolve": "resolution",
    "restore_unfinished": "changes",
    "undo": "changes",
    "update": "changes",
    "verify": "checks.verification",
}


def __getattr__(name: str) -> Any:
    # Imported on first use, so that `chatkit-agent --help` does not pay for LibCST and PostgreSQL.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
