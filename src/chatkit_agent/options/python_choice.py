"""The Python of an environment that is made for a project which has none."""

from __future__ import annotations

import json
import sys
from functools import lru_cache

from chatkit_agent.errors import CannotBoot
from chatkit_agent.options.uv_process import run_uv
from chatkit_agent.project.detectors.python import RUN_BY
from chatkit_agent.project.facts import Python
from chatkit_agent.project.source.python_ranges import PYTHONS, allows


def python_for(python: Python) -> str:
    """What runs the project where that is here, else what runs us, else the oldest that may.

    For the oldest, each pinned package most likely has a build. Another patch release than the
    one that is asked for does as well, and another minor one where nothing but an image or a
    `.python-version` names one.

    Raises:
        CannotBoot: none that the project allows is here.
    """
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    allowed = [each for each in PYTHONS if allows(python.requires, each)]
    runs_on = python.runs_on or own
    if runs_on == own and own in allowed:
        return sys.executable
    if runs_on in allowed and runs_on in pythons_here():
        return runs_on
    if (python.source or "").rpartition("/")[2] in RUN_BY and allowed == [runs_on]:
        older = [each for each in PYTHONS[: PYTHONS.index(runs_on)] if each in pythons_here()]
        return older[-1] if older else sys.executable
    if own in allowed:
        return sys.executable
    here = [each for each in allowed if each in pythons_here()]
    if allowed and not here:
        raise CannotBoot(
            f"`{python.source}` asks for Python `{python.requires}`, and no such is installed "
            f"here. Install one, such as with `uv python install {allowed[0]}`, or name one with "
            "--python PATH."
        )
    return here[0] if here else str(python.requires)


@lru_cache(maxsize=1)
def pythons_here() -> frozenset[str]:
    """Those that are installed, such as `3.12`."""
    found = json.loads(run_uv("python", "list", "--only-installed", "--output-format", "json"))
    return frozenset(
        ".".join(each["version"].split(".")[:2])
        for each in found
        if each["implementation"] == "cpython" and each.get("variant", "default") == "default"
    )
