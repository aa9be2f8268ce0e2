"""A ContextVar that says who is asking holds that where a turn reads it."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.dependencies import injected_scope
from chatkit_agent.project.source.injection import targets_of
from chatkit_agent.project.source.kinds import package_kind
from chatkit_agent.project.source.meaning import reaches, resolves_to
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.sources import Symbol
from chatkit_agent.project.source.values import module_at
from chatkit_agent.project.source.walking import called_name, is_partial, receiver_of, within_node

VARIABLE = "contextvars.ContextVar"
THREADS = {"threading.Thread": ("target", 1), "threading.Timer": ("function", 1)}
EXECUTING = {"run_in_executor": 1, "submit": 0, "map": 0}
EXECUTORS = ("ThreadPoolExecutor", "ProcessPoolExecutor")


@check("CK011", needs=SOURCE, symptoms=("stream_error", "token_missing"))
def variables_reach_turns(chat: Anatomy) -> Iterator[Finding]:
    """A thread that `run_in_executor` or `Thread` runs begins with an empty context, unlike one of
    `asyncio.to_thread`; FastAPI runs a dependency that is no coroutine in a thread whose context
    ends with it; and a `reset` as the route ends comes before the answer streams.
    """
    if not (reading := _reading(chat)):
        return
    setting = {each: name for each in chat.code.calls if (name := _variable_of(each, "set"))}
    for call in chat.code.calls:
        started = _thread_of(chat, call)
        inner = reaches(chat.code, [started]) if started else ()
        kept = {setting[c] for each in inner for c in chat.code.inside(each) if c in setting}
        lost = [reading[e] for e in inner if e in reading and reading[e] not in kept]
        if lost and lost[0] in setting.values():
            yield _finding(
                call,
                f"`{call.method}` runs `{inner[0].last_name}` without the context of the turn, "
                f"and there `{lost[0].name}` is read.",
                "Use `asyncio.to_thread(...)`, which takes the context along; or hand the value "
                "over as an argument.",
            )
    for call, name in setting.items():
        function, readers = call.scope.function, [e for e in reading if reading[e] == name]
        if function is None or all(each in chat.sign_ins for each in readers):
            continue
        if not function.is_async and _is_dependency(chat, function):
            yield _finding(
                call,
                f"`{function.last_name}` is no coroutine: FastAPI calls it in a thread, and what "
                "it sets ends there.",
                "Make it `async def`, or set it in the route.",
            )
    for call in chat.code.calls:
        if (name := _variable_of(call, "reset")) in reading.values() and _is_too_soon(chat, call):
            yield _finding(
                call,
                "It is reset as the route ends, and the answer streams after that.",
                "Set it in the generator that streams, or in `respond`.",
            )


def _reading(chat: Anatomy) -> dict[Scope, Symbol]:
    """The functions of the chat that ask a variable, and which."""
    found = ((each.scope.function, _variable_of(each, "get")) for each in chat.code.calls)
    return {scope: name for scope, name in found if scope is not None and name is not None}


def _variable_of(call: Call, method: str) -> Symbol | None:
    """The ContextVar of a module whose method is called."""
    if call.method != method or not call.receiver:
        return None
    symbol = call.code.resolve(call.scope, call.receiver)
    made = call.code.sources.assigned(symbol)
    if symbol is None or symbol.path is None or not isinstance(made, cst.Call):
        return None
    where = module_at(call.code, symbol.path)
    is_variable = resolves_to(call.code, where, called_name(made.func), VARIABLE)
    return symbol if is_variable else None


def _thread_of(chat: Anatomy, call: Call) -> Scope | None:
    """The function that a call has run in a thread of its own."""
    given: cst.BaseExpression | None = None
    if call.package_name in THREADS:
        given = call.argument(*THREADS[call.package_name])
    elif call.method in EXECUTING and _is_executor(chat, call):
        given = call.argument("func" if call.method != "submit" else "fn", EXECUTING[call.method])
    if given is None:
        return None
    value = chat.code.value(call.scope, given)
    if isinstance(value, cst.Call) and is_partial(value):
        given = value.args[0].value
    if isinstance(given, cst.Lambda):
        inner = next(chat.code.calls_in(given.body), None)
        return chat.code.called(inner) if inner is not None else None
    name = syntax.dotted(given)
    handed = cst.Call(cst.parse_expression(name), []) if name else None
    return chat.code.called(Call(chat.code, call.scope, handed, name or "")) if handed else None


def _is_executor(chat: Anatomy, call: Call) -> bool:
    if call.method == "run_in_executor":
        return True
    owner = receiver_of(call.node.func)
    made = package_kind(chat.code, call.scope, owner) if owner is not None else None
    return made is not None and made.last_name in EXECUTORS


def _is_dependency(chat: Anatomy, function: Scope) -> bool:
    """Whether FastAPI calls it, and nobody else does."""
    asked = {
        injected_scope(chat.code, module_at(chat.code, target.file), target.value)
        for scope in chat.injected
        for param in scope.params
        for target in targets_of(chat.code.sources, scope.file, param)
    }
    return function in asked and not chat.code.called_by.get(function)


def _is_too_soon(chat: Anatomy, call: Call) -> bool:
    """Whether it stands in the `finally` of a route that gives its answer to a response."""
    function = call.scope
    if function not in chat.endpoints or not any(each.scope is function for each in chat.handlers):
        return False
    blocks = (each.finalbody for each in within_node(function.node, cst.Try) if each.finalbody)
    return any(call.node in within_node(each, cst.Call) for each in blocks)


def _finding(call: Call, evidence: str, fix: str) -> Finding:
    return Finding(
        what="The turn does not find who is asking: a ContextVar is read where nobody set it.",
        where=call.where,
        evidence=evidence,
        fix=fix,
        cause=f"variable:{call.where}",
    )
