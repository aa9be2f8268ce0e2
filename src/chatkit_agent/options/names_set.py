"""Names set: the variables that the project's `.env` or this environment gives the application."""

from __future__ import annotations

import os

from chatkit_agent.project.read import Project


def names_set(project: Project) -> frozenset[str]:
    """Names only: their values are nobody's business here."""
    in_files = (name for each in project.env_files if not each.is_example for name in each.names)
    return frozenset({*in_files, *(name for name, value in os.environ.items() if value)})
