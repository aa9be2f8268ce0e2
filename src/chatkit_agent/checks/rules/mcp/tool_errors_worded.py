"""A tool that fails does not tell the model the text of the exception."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.prompts import tools_of
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import last_name, within_node


@check("CK209", needs=SOURCE, severity="warning", symptoms=("leaks",))
def tool_errors_worded(chat: Anatomy) -> Iterator[Finding]:
    """A tool that fails does not tell the model the text of the exception, neither by itself
    nor by a `failure_error_function`.
    """
    names = {last_name(each) for each in _explaining(chat)} - {""}
    offered = list(tools_of(chat))
    tools = {*offered, *(each for tool in offered for each in _behind(chat, tool))}
    for tool in chat.code.functions:
        name = tool.last_name
        told = _answer_with_error(tool) if tool in tools else None
        returned = told or (_place_of_error(tool.node) if name in names else None)
        if returned is not None:
            evidence = f"`{tool.name}` returns `{syntax.code(returned)[:120]}`."
            yield _finding(chat.code.where(tool, returned), evidence)
    for each in _explaining(chat):
        if isinstance(each, cst.Lambda) and _place_of_error(each):
            scope = next(s for s in chat.code.modules if each in within_node(s.node, cst.Lambda))
            evidence = f"`{syntax.code(each)[:120]}` makes the answer of it."
            yield _finding(chat.code.where(scope, each), evidence)


def _behind(chat: Anatomy, tool: Scope) -> Iterator[Scope]:
    """The functions whose results a tool returns as they are."""
    returned = {
        each.value.expression if isinstance(each.value, cst.Await) else each.value
        for each in within_node(tool.node, cst.Return)
    }
    for call in chat.code.inside(tool):
        made = chat.code.scope_of(chat.code.resolve(call.scope, call.written))
        if call.node in returned and made and isinstance(made.node, cst.FunctionDef):
            yield made


def _explaining(chat: Anatomy) -> Iterator[cst.BaseExpression]:
    """What is given as `failure_error_function`, by keyword or in a dictionary."""
    for call in chat.code.calls:
        if (given := call.argument("failure_error_function")) is not None:
            yield given
    for module in chat.code.modules:
        if "failure_error_function" in chat.code.sources.code(module.file):
            for each in within_node(module.node, cst.DictElement):
                if syntax.text(each.key) == "failure_error_function":
                    yield each.value


def _answer_with_error(tool: Scope) -> cst.Return | None:
    for handler in within_node(tool.node, cst.ExceptHandler):
        name = syntax.dotted(handler.name.name) if handler.name else None
        if name and (found := _return_of(handler.body, name)):
            return found
    return None


def _place_of_error(function: cst.CSTNode) -> cst.CSTNode | None:
    """Where the function that words a failure, of a context and an exception, tells the latter."""
    if not isinstance(function, cst.FunctionDef | cst.Lambda):
        return None
    params = [each.name.value for each in function.params.params if each.name.value != "self"]
    if len(params) != 2:
        return None
    if isinstance(function, cst.Lambda):
        return function.body if _speaks(function.body, {params[1]}) else None
    return _return_of(function.body, params[1])


def _return_of(block: cst.BaseSuite, error: str) -> cst.Return | None:
    given = [each for each in within_node(block, cst.Assign) if _is_text(each.value, error)]
    names = {syntax.dotted(each.targets[0].target) or "" for each in given} | {error}
    found = (each for each in within_node(block, cst.Return) if each.value)
    return next((each for each in found if each.value and _speaks(each.value, names)), None)


def _is_text(value: cst.BaseExpression, error: str) -> bool:
    """`str(error)` and the like; what a function looks for in it is its own affair."""
    is_call = isinstance(value, cst.Call) and syntax.dotted(value.func) not in ("str", "repr")
    return not is_call and _speaks(value, {error})


def _speaks(value: cst.BaseExpression, names: set[str]) -> bool:
    """Whether what an exception says is part of a value, and not only the name of its kind."""
    kinds = [
        each
        for each in within_node(value, cst.Call)
        if (syntax.dotted(each.func) or "") in ("type", "isinstance")
    ]
    aside = {name for each in kinds for name in within_node(each, cst.Name)}
    used = (each for each in within_node(value, cst.Name) if each not in aside)
    return any(each.value in names for each in used)


def _finding(where: str, evidence: str) -> Finding:
    return Finding(
        what="What an exception of a tool says is told to the model, which may repeat it "
        "to the person: a URL with a password, say, or SQL.",
        where=where,
        evidence=evidence,
        fix="Log the exception, and return a sentence of your own.",
        cause="tool errors",
    )
