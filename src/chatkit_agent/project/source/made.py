"""Made: the FastAPI objects of a project, and the names that hold them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import libcst as cst

from chatkit_agent.project.facts import AppKind
from chatkit_agent.project.source import syntax


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


def inner_app(value: cst.BaseExpression, local: Mapping[str, Made]) -> Made | None:
    """`return Middleware(app)`: what is served still leads to `app`."""
    if not isinstance(value, cst.Call):
        return None
    for arg in value.args:
        made = local.get(syntax.dotted(arg.value) or "")
        if made:
            return made
    return None
