"""Made: the FastAPI objects of a project, and the names that hold them."""

from __future__ import annotations

from dataclasses import dataclass

from chatkit_agent.project.facts import AppKind


@dataclass(frozen=True)
class Made:
    """One FastAPI object: the file, function (None: module level) and variable that it is made in.

    `variable` is empty where a function returns it straight away.
    """

    file: str
    function: str | None
    variable: str
    subclass: bool = False


@dataclass(frozen=True)
class Holder:
    """A name by which a server can get at a FastAPI object."""

    kind: AppKind
    file: str
    attribute: str
    made: Made
    is_sure: bool = True
    """Whether what wraps an application is known to be served in its place."""
