"""Inclusion: after which statement of a scope one more router can be included."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import libcst as cst

from chatkit_agent.project.source import syntax

Line = cst.SimpleStatementLine | cst.BaseCompoundStatement

AnswersAll = Callable[[Line], bool]
"""Whether a statement makes the application answer every path."""


def place_to_include(
    body: Sequence[Line], variable: str, answers_all: AnswersAll, *, floor: int
) -> int | None:
    """The index of the statement to follow at the top level of a module.

    That is the last one that includes a router, else the last of those that set the application
    up; never before statement `floor`, never behind what answers every path. None where there is
    no such place.
    """
    made = made_at(body, variable)
    if made is None:
        return None
    catch_all_route = _catch_all_route(body, variable, made, answers_all)
    place = _last_include(body, variable, made, catch_all_route)
    if place is None:
        place = made
        while place + 1 < catch_all_route and _sets_up(body[place + 1], variable):
            place += 1
    place = max(place, floor)
    return place if place < catch_all_route else None


def place_in_factory(body: Sequence[Line], variable: str, answers_all: AnswersAll) -> int | None:
    """The same in a function that makes the application, which has to be before it returns."""
    made = made_at(body, variable)
    if made is None or _returns(body[made]):
        return None
    catch_all_route = _catch_all_route(body, variable, made, answers_all)
    if any(_returns(each) for each in body[made:catch_all_route]):
        return made
    place = _last_include(body, variable, made, catch_all_route)
    return catch_all_route - 1 if place is None else place


def made_at(body: Sequence[Line], variable: str) -> int | None:
    """The index of the statement that first assigns `variable`."""
    return next((index for index, each in enumerate(body) if _assigns(each, variable)), None)


def calls(statement: Line, function: str) -> list[cst.Call]:
    """The calls of a dotted name in a statement, outside of the functions it defines."""
    return [
        node
        for inner in syntax.statements(cst.Module([statement]))
        if isinstance(inner, cst.BaseSmallStatement)
        for node in syntax.walk(inner)
        if isinstance(node, cst.Call) and syntax.dotted(node.func) == function
    ]


def _assigns(statement: Line, variable: str) -> bool:
    found = syntax.assignments(cst.Module([statement]))
    return any(each.target == variable and syntax.code(each.value) != "None" for each in found)


def _returns(statement: Line) -> bool:
    inner = syntax.statements(cst.Module([statement]))
    return any(isinstance(each, cst.Return) for each in inner)


def _last_include(
    body: Sequence[Line], variable: str, made: int, catch_all_route: int
) -> int | None:
    found = [
        i for i in range(made, catch_all_route) if calls(body[i], f"{variable}.include_router")
    ]
    return found[-1] if found else None


def _sets_up(statement: Line, variable: str) -> bool:
    if isinstance(statement, cst.FunctionDef | cst.ClassDef):
        return False
    name = variable.split(".")[0]
    nodes = syntax.walk(statement)
    return any(isinstance(node, cst.Name) and node.value == name for node in nodes)


def _catch_all_route(
    body: Sequence[Line], variable: str, made: int, answers_all: AnswersAll
) -> int:
    """The index of the first statement that a router may not be included behind."""
    later = range(made + 1, len(body))
    return next(
        (index for index in later if _is_catch_all_route(body[index], variable, answers_all)),
        len(body),
    )


def _is_catch_all_route(statement: Line, variable: str, answers_all: AnswersAll) -> bool:
    if isinstance(statement, cst.If) and syntax.is_main_guard(statement):
        return True
    if isinstance(statement, cst.SimpleStatementLine) and _returns(statement):
        return True
    return _assigns(statement, variable) or answers_all(statement)
