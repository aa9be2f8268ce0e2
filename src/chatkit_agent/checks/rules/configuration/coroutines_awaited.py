"""What is asynchronous in the chat is awaited."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.checks.rules.configuration.calls_fit import is_bound_nearer, is_defined_once
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.kinds import package_kind
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import sides_of, within_node

ASYNCHRONOUS = {"chatkit.agents.simple_to_agent_input", "agents.Runner.run"}
TAKING = ("agents", "chatkit", "fastapi", "openai", "starlette")
LOOKING = {"isinstance", "type", "str", "repr", "len", "bool", "print"}
"""What takes no coroutine for a value."""
LATER = {"create_task", "ensure_future", "gather", "wait", "wait_for", "shield"}
OF_REQUESTS = ("body", "json", "form")
OF_COROUTINES = ("send", "throw", "close")


@check("CK719", needs=SOURCE, symptoms=("stream_error", "server_error", "silent"))
def coroutines_awaited(chat: Anatomy) -> Iterator[Finding]:
    """A call of an `async` function gives a coroutine, and none of what the function does or
    returns. Silent where it is handed on, such as to `asyncio.create_task`, unless a coroutine
    returns it to those who await that one.
    """
    told = set()
    at_top = [
        (module, each)
        for module in chat.code.modules
        if isinstance(module.node, cst.Module)
        for each in module.node.body
        if not isinstance(each, cst.FunctionDef | cst.ClassDef)
    ]
    for scope, node in (*((each, each.node) for each in chat.code.functions), *at_top):
        for value in (*_values_in(chat, node), *_values_returned(chat, scope)):
            call = chat.code.call_of(value) or _call_behind(chat, scope, value)
            if call is not None and call not in told and _gives_coroutine(chat, call):
                told.add(call)
                yield Finding(
                    what="A coroutine is used that nobody awaits, and not what it gives.",
                    where=call.where,
                    evidence=f"`{call.written}` is `async`, and `{syntax.code(call.node)[:100]}` "
                    "stands without `await`.",
                    fix="Write `await` before the call, in a function that is `async` itself.",
                    cause=f"not awaited:{call.method}",
                )


def _values_in(chat: Anatomy, node: cst.CSTNode) -> Iterator[cst.BaseExpression]:
    """What is taken for a value, or left alone: `books().connect()`, `f"{prompt()}"`, `save()`."""
    for member in within_node(node, cst.Attribute):
        if member.attr.value not in OF_COROUTINES:
            yield member.value
    parts: list[cst.Expr | cst.Subscript] = [*within_node(node, cst.Expr)]
    for part in (*parts, *within_node(node, cst.Subscript)):
        yield part.value
    for shown in within_node(node, cst.FormattedStringExpression):
        yield shown.expression
    for loop in within_node(node, cst.For):
        yield loop.iter
    for sum_of in within_node(node, cst.BinaryOperation):
        yield from (sum_of.left, sum_of.right)
    for test in within_node(node, cst.Comparison):
        yield from sides_of(test)
    for given in within_node(node, cst.Call):
        call = chat.code.call_of(given)
        is_format = call is not None and call.method == "format"
        is_taken = call is not None and call.package_name.partition(".")[0] in TAKING
        is_taken = is_taken or call in chat.handlers
        if call and (is_format or (is_taken and call.method not in ("Depends", "Security"))):
            yield from (arg.value for arg in given.args)


def _values_returned(chat: Anatomy, scope: Scope) -> Iterator[cst.BaseExpression]:
    """What a coroutine returns to those who await it, and do nothing else with it."""
    inner = {part for each in syntax.functions(scope.node) for part in syntax.walk(each)}
    if not scope.is_async or any(e not in inner for e in within_node(scope.node, cst.Yield)):
        return
    for call in chat.code.called_by.get(scope, ()):
        around = call.scope.node
        is_awaited = any(each.expression is call.node for each in within_node(around, cst.Await))
        is_later = any(isinstance(e.expression, cst.Await) for e in within_node(around, cst.Await))
        tasks = (e for e in chat.code.calls_in(around) if e.method in LATER)
        if is_awaited and not is_later and not any(tasks):
            yield from (e for e in syntax.returned(scope.node) if isinstance(e, cst.Call))
            return


def _call_behind(chat: Anatomy, scope: Scope, value: cst.BaseExpression) -> Call | None:
    """`books()` of `server = books()`, where `server` is never awaited nor handed on."""
    given = syntax.assigned_to(scope.node, value.value) if isinstance(value, cst.Name) else ()
    own = [each for each in given if syntax.dotted(each.value) != "None"]
    call = chat.code.call_of(own[0].value) if len(own) == 1 else None
    if call is None or not _gives_coroutine(chat, call):
        return None
    handed: list[cst.CSTNode] = []
    for each in within_node(scope.node, cst.Await):
        handed += [each.expression] if isinstance(each.expression, cst.Name) else []
    for one in chat.code.calls_in(scope.node):
        is_taken = one in chat.handlers or one.written in LOOKING
        if not is_taken and one.package_name.partition(".")[0] not in TAKING:
            handed += [arg.value for arg in one.node.args]
    is_handed = any(
        name.value == own[0].target for e in handed for name in within_node(e, cst.Name)
    )
    return None if is_handed else call


def _gives_coroutine(chat: Anatomy, call: Call) -> bool:
    if call.runner:
        return False
    if call.package_name in ASYNCHRONOUS or call in chat.handlers:
        return call.method != "_process_streaming"
    if call.method in OF_REQUESTS and isinstance(call.node.func, cst.Attribute):
        kind = package_kind(chat.code, call.scope, call.node.func.value)
        return kind is not None and kind.last_name == "Request"
    called = chat.code.called(call)
    node = called.node if called else None
    if called is None or not isinstance(node, cst.FunctionDef) or node.asynchronous is None:
        return False
    inner = {part for each in syntax.functions(node) for part in syntax.walk(each)}
    yields = (each for each in within_node(node.body, cst.Yield) if each not in inner)
    is_plain = not node.decorators and not any(yields)
    # Of an object whose class is known, that class has it.
    is_known = bool(call.receiver) and chat.code.kind(call.scope, call.receiver) is not None
    return is_plain and (is_known or (is_defined_once(chat, called) and not is_bound_nearer(call)))
