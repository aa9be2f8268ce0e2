"""Names set: the variables that the project's `.env` or this environment gives the application."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace

from chatkit_agent.options.env_vars import Variable
from chatkit_agent.project.read import Project


def stated(variables: Iterable[Variable], project: Project) -> tuple[Variable, ...]:
    """The same, each with whether it is set: by name only, values are nobody's business here."""
    in_files = (name for each in project.env_files if not each.is_example for name in each.names)
    known = {*in_files, *(name for name, value in os.environ.items() if value)}
    return tuple(replace(each, is_set=each.name in known) for each in variables)
