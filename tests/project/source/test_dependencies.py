"""Dependencies: the function that runs before a route, also by way of whoever makes that."""

from __future__ import annotations

import libcst as cst
import pytest

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.code import Code
from chatkit_agent.project.source.dependencies import (
    depended_on,
    dependencies,
    given_to_makers,
    injected_scope,
)
from chatkit_agent.project.source.scope import Scope
from tests.project.source.conftest import Project

HEAD = """\
from functools import partial
from fastapi import APIRouter, Depends, Security
from fastapi import Depends as Needs
class User:
    def __init__(self, a): ...
class Guard:
    def __call__(self, a): ...
guard = Guard()
def find(): ...
def first(): ...
"""


def named(code: Code, name: str) -> Scope:
    return next(each for each in code.scopes if each.name == name)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("find", "find"),
        ("Depends(find)", "find"),
        ("Needs(find)", "find"),
        ("Security(dependency=find)", "find"),
        ("Depends(Depends(find))", "find"),
        ("partial(find, 1)", "find"),
        ("User", "User.__init__"),
        ("guard", "Guard.__call__"),
        ("Guard()", "Guard.__call__"),
        ("Depends()", None),
        ("find()", None),
        ("lambda: find()", None),
        ("unknown", None),
        ("'find'", None),
    ],
)
def test_the_function_that_runs(project: Project, value: str, name: str | None) -> None:
    code = project({"main.py": HEAD})
    found = injected_scope(code, named(code, ""), cst.parse_expression(value))
    assert (found.name if found else None) == name
    assert injected_scope(code, named(code, ""), None) is None


@pytest.mark.parametrize(
    ("source", "of_route", "of_other"),
    [
        ("def route(a=Depends(find)): ...", ["find"], ["find"]),
        ("def route(a=Depends(guard), b=Depends(find)): ...",) + (["Guard.__call__", "find"],) * 2,
        ("@r.get('/', dependencies=[Depends(find)])\ndef route(): ...", ["find"], []),
        ("r = APIRouter(dependencies=[Depends(find)])\ndef route(): ...", ["find"], []),
        ("r = Other(dependencies=[Depends(find)])\ndef route(): ...", [], []),
        ("@r.get('/')  # Depends(find)\ndef route(a=find): ...", [], []),
        ("def route(a=Depends(unknown)): ...", [], []),
    ],
)
def test_what_runs_before_a_function(
    project: Project, source: str, of_route: list[str], of_other: list[str]
) -> None:
    """A decorator and a router ask on behalf of a route alone."""
    code = project({"main.py": f"{HEAD}{source}\n"})
    route = named(code, "route")
    assert [each.name for each in dependencies(code, route, is_route=True)] == of_route
    assert [each.name for each in dependencies(code, route, is_route=False)] == of_other


MAKER = """\
def make(who, other):
    def route(user=Depends(who)): ...
    return route
"""


@pytest.mark.parametrize(
    ("calls", "given"),
    [
        ("make(find, 1)", ["find"]),
        ("make(other=1, who=find)", ["find"]),
        ("make(find, 1)\nmake(first, 1)", ["find", "first"]),
        ("def outer(by):\n    make(by, 1)\nouter(find)", ["find"]),
        ("def outer(by):\n    return make(first, by)\nouter(find)", ["first"]),
        ("# make(find, 1)", []),
    ],
)
def test_what_the_maker_of_a_route_is_given(project: Project, calls: str, given: list[str]) -> None:
    code = project({"main.py": f"{HEAD}{MAKER}{calls}\n"})
    found = given_to_makers(code, [named(code, "make.route")], depended_on)
    assert [syntax.code(value) for _, value in found] == given


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("def route(user=Depends(who)): ...", {"who"}),
        ("def route(user: who): ...", {"who"}),
        ("def route(user=who): ...", {"who"}),
        ("found = Depends(who)\n    def route(user=found): ...", {"who"}),
        ("def route(user=Depends(find)): see(who)", set()),
        ("def route(user=Depends('who')): ...", set()),
    ],
)
def test_which_parameters_of_a_maker_stand_in_its_route(
    project: Project, body: str, names: set[str]
) -> None:
    code = project({"main.py": f"{HEAD}def make(who, other):\n    {body}\n"})
    assert depended_on(code, named(code, "make"), named(code, "make.route")) == names
