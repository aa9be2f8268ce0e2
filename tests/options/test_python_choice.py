"""Which of the Pythons that are here runs a project without an environment."""

from __future__ import annotations

import sys

import pytest

from chatkit_agent.errors import CannotBoot
from chatkit_agent.options.python_choice import python_for, pythons_here
from chatkit_agent.project.facts import Python

OWN = f"3.{sys.version_info.minor}"
OTHERS = sorted({"3.10", "3.11", "3.12", "3.13"} & pythons_here() - {OWN})


def declared(requires: str | None, runs_on: str | None = None) -> Python:
    return Python(requires, "pyproject.toml", runs_on)


def test_ours_where_nothing_speaks_against_it() -> None:
    assert OWN in pythons_here()
    for python in (declared(None), declared(">=3.10"), declared(">=3.10", OWN)):
        assert python_for(python) == sys.executable


@pytest.mark.skipif(not OTHERS, reason="needs another Python")
def test_what_runs_the_project_where_it_is_here_and_allowed() -> None:
    other = OTHERS[0]
    assert python_for(declared(">=3.10", other)) == other
    assert python_for(declared(f"=={OWN}.*", other)) == sys.executable
    assert python_for(declared(">=3.10", "3.29")) == sys.executable
    assert python_for(declared(">=3.8", "3.9")) == sys.executable


@pytest.mark.skipif(not OTHERS, reason="needs another Python")
def test_the_oldest_that_may_where_ours_may_not() -> None:
    assert python_for(declared(f">=3.10,!={OWN}.*")) == OTHERS[0]


@pytest.mark.parametrize("requires", [">=3.28", "==3.28.*"])
def test_what_is_not_here_is_said(requires: str) -> None:
    with pytest.raises(CannotBoot, match=r"`uv python install 3\.28`"):
        python_for(declared(requires, "3.28"))


def test_the_newest_that_is_here_where_only_an_image_names_a_newer_one() -> None:
    newest = python_for(Python("==3.28.*", "Dockerfile", "3.28"))
    assert newest in pythons_here()
    assert newest == max(pythons_here(), key=lambda each: int(each[2:]))
