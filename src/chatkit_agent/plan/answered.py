"""Answered: the plan of a folder, for which the resolver is asked once."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from chatkit_agent.options import resolver
from chatkit_agent.options.blockers import certain_obstacle
from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.options.resolver import Resolution
from chatkit_agent.plan.plan import Plan, make_plan
from chatkit_agent.project.read import Project, read_project


def answered_plan(path: Path, requested: RequestedOptions) -> Plan:
    """What would be done to the project at `path`, with what the resolver says about it.

    It is not asked where that could change nothing.

    Raises:
        NoApplication, SeveralApplications, BadOption, Refused: as `make_plan` does.
    """
    project = read_project(path, app=requested.app, current_user=requested.current_user)
    is_beside = requested.mode == "auto" and certain_obstacle(project) is not None
    if project.chat.applied or requested.mode == "sidecar" or is_beside:
        return make_plan(project, requested)
    verifies_tokens = None if requested.auth in ("auto", "existing") else True
    return make_plan(project, requested, _answer(project, requested.features, verifies_tokens))


def ask_again() -> None:
    """Forget what the resolver answered."""
    _answer.cache_clear()


@lru_cache(maxsize=8)
def _answer(
    project: Project, features: tuple[str, ...], verifies_tokens: bool | None
) -> Resolution:
    """One answer for a plan and for applying it: a resolver may have no time the second time."""
    return resolver.resolve(project, features, verifies_tokens=verifies_tokens)
