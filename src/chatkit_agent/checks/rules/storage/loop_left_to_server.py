"""The event loop is left to the server, and no module runs one of its own when it is imported."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.code import Code
from chatkit_agent.project.source.folders import is_side_file
from chatkit_agent.project.source.loading import calls_now, loaded_with, plain_calls
from chatkit_agent.project.source.meaning import reaches
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.sources import Symbol
from chatkit_agent.project.source.walking import last_name, receiver_of, within_node

WORDS = (
    *(b"asyncio.run", b"run_until_complete", b"from asyncio import", b"asyncio.Runner"),
    *(b"anyio", b"trio", b"async_to_sync"),
)
RUNNERS = {"anyio.run", "trio.run"}
APART = {*RUNNERS, "asgiref.sync.async_to_sync"}
OPENS = {"create_pool", "connect", "Pool", "ClientSession"}
CLOSES = {"close", "aclose", "disconnect", "dispose"}


@dataclass(frozen=True)
class Running:
    """Where a coroutine is run in a loop of its own."""

    scope: Scope
    statement: cst.BaseSmallStatement
    call: cst.Call
    coroutine: cst.BaseExpression


@check("CK414", needs=PROJECT, symptoms=("server_error", "stream_error"))
def loop_left_to_server(evidence: Evidence) -> Iterator[Finding]:
    """The event loop is left to the server: no module that the application imports runs a
    coroutine in a loop of its own (`asyncio.run`, `run_until_complete`). A pool that is opened
    so belongs to a loop that has ended when the first request comes; and a request that a plain
    function runs in a loop of its own cannot use what belongs to the server's.
    """
    sources = evidence.sources
    app = evidence.project.app
    files = [each for each in sources.holding(*WORDS) if not is_side_file(each)]
    if app is None or not files or sources.holding(b"nest_asyncio"):
        return
    yield from _in_coroutines(evidence)
    yield from _in_routes(evidence)
    code = Code(sources, tuple(files))
    found = [
        (each, module.file, "that runs when the module is imported.")
        for module in code.modules
        for each in _runs_in(code, module)
    ]
    for each, file, place in _through_functions(code):
        found.append((each, file, f"{place} calls that when the module is imported."))
    loaded = loaded_with(sources, app.file) if found else ()
    yield from (_finding(code, each, said) for each, file, said in found if file in loaded)


def _in_coroutines(evidence: Evidence) -> Iterator[Finding]:
    """There a loop is running already, whatever the server is."""
    code = evidence.chat.code
    for function in code.functions:
        now = set(calls_now(function.node)) if function.is_async else set()
        for call in code.inside(function) if now else ():
            is_run = call.runner in APART or _coroutine_of(code, function, call.node)
            if call.scope is function and call.node in now and is_run:
                yield Finding(
                    what=f"`{syntax.code(call.node.func)}` fails with a RuntimeError: the server's "
                    "event loop is running already.",
                    where=code.where(function, call.node),
                    evidence=f"It is called in the coroutine `{function.name}`.",
                    fix="Await the coroutine.",
                    cause="event loop",
                )


def _in_routes(evidence: Evidence) -> Iterator[Finding]:
    """`asyncio.run(server.process(...))` in a plain function, or in a thread, where the store
    awaits something.
    """
    chat = evidence.chat
    methods = (each for store in chat.stores for each in chat.code.methods(store).values())
    if not any(any(within_node(each.node, cst.Await)) for each in methods):
        return
    for function in chat.code.functions:
        for call in chat.code.inside(function):
            run = None if function.is_async else _coroutine_of(chat.code, function, call.node)
            run = run or _handed_on(chat.code, function, call.node)
            is_own = call.runner in APART and not function.is_async
            value = call.node if is_own else chat.code.value(function, run)
            made = chat.code.call_of(value) if call.scope is function else None
            called = chat.code.called(made) if made is not None else None
            inner = reaches(chat.code, [called]) if called is not None else ()
            if made in chat.handlers or any(each.scope.function in inner for each in chat.handlers):
                yield Finding(
                    what="Conversations are not loaded, or fail now and then: each request runs in "
                    "an event loop of its own, and the database's connections belong to another.",
                    where=call.where,
                    evidence=f"`{syntax.code(call.node)[:100]}` in `{function.name}`.",
                    fix="Make the route `async def`, and await `process` in it.",
                    cause="event loop",
                )


def _runs_in(code: Code, scope: Scope) -> Iterator[Running]:
    for statement, call in plain_calls(scope.node):
        coroutine = _coroutine_of(code, scope, call) or _handed_on(code, scope, call)
        if coroutine is not None:
            yield Running(scope, statement, call, coroutine)


def _coroutine_of(code: Code, scope: Scope, call: cst.Call) -> cst.BaseExpression | None:
    """The coroutine in `asyncio.run(coroutine)`, `loop.run_until_complete(coroutine)` and
    `anyio.run(function, argument)`.
    """
    if not call.args:
        return None
    first, func = call.args[0].value, call.func
    if code.package_name(scope, syntax.dotted(func)) in RUNNERS:
        return first if isinstance(first, cst.Call) else cst.Call(first, call.args[1:])
    name = func.attr.value if isinstance(func, cst.Attribute) else ""
    is_loop = name == "run_until_complete" or (name == "run" and _is_of_runner(code, scope, func))
    return first if is_loop or _is_runner(code, scope, func) else None


def _is_of_runner(code: Code, scope: Scope, func: cst.BaseExpression) -> bool:
    """`asyncio.Runner().run`"""
    name = syntax.dotted(receiver := receiver_of(func))
    opened = (each for each in within_node(scope.node, cst.WithItem) if each.asname)
    named = [each.item for each in opened if each.asname and last_name(each.asname.name) == name]
    made = [code.call_of(each) for each in (*named, code.value(scope, receiver)) if each]
    return any(each is not None and each.package_name == "asyncio.Runner" for each in made)


def _handed_on(code: Code, scope: Scope, call: cst.Call) -> cst.BaseExpression | None:
    """The coroutine in `threads.submit(asyncio.run, coroutine)`."""
    if len(call.args) == 2 and _is_runner(code, scope, call.args[0].value):
        return call.args[1].value
    return None


def _is_runner(code: Code, scope: Scope, node: cst.BaseExpression) -> bool:
    symbol = code.resolve(scope, syntax.dotted(node))
    return symbol is not None and (symbol.path, symbol.name) == (None, "asyncio.run")


def _through_functions(code: Code) -> Iterator[tuple[Running, str, str]]:
    """Those in functions, and in what makes an object, that a module calls when it is imported."""
    found = {
        Symbol(function.file, function.name.removesuffix(".__init__")): running
        for function in code.functions
        if not function.is_async
        for running in _runs_in(code, function)
    }
    words = [each.last_name.encode() for each in found]
    calling = code.sources.holding(*words) if words else ()
    callers = Code(code.sources, tuple(each for each in calling if not is_side_file(each)))
    for module in callers.modules:
        for _, call in plain_calls(module.node):
            symbol = callers.resolve(module, syntax.dotted(call.func))
            if symbol in found:
                yield found[symbol], module.file, callers.where(module, call)


def _finding(code: Code, running: Running, evidence: str) -> Finding:
    is_kept = _is_kept(code, running)
    what = (
        "what it opens belongs to an event loop that has ended when the first request comes "
        "(`Event loop is closed`, `attached to a different loop`)"
        if is_kept
        else "with uvicorn before 0.47, `--workers` or `--reload` the application does not start, "
        "for a loop is running already"
    )
    return Finding(
        what=f"A coroutine is run at import, in an event loop of its own: {what}.",
        where=code.where(running.scope, running.call),
        evidence=f"`{syntax.code(running.call)[:100]}`; {evidence}",
        fix="Await it in the lifespan, or on first use in the coroutine that needs it, and leave "
        "the event loop to the server.",
        severity="error" if is_kept else "warning",
        cause="event loop",
        explains=("does_not_start", "server_error", "stream_error", "unavailable"),
    )


def _is_kept(code: Code, running: Running) -> bool:
    """Whether it opens connections that are not closed, and gives or stores them."""
    calls = list(_opening(running.coroutine))
    is_given = isinstance(running.statement, cst.Assign | cst.AnnAssign | cst.Return)
    for call in within_node(running.coroutine, cst.Call):
        function = code.sources.function(code.resolve(running.scope, syntax.dotted(call.func)))
        if function is None:
            continue
        names = {last_name(each.func) for each in within_node(function.body, cst.Call)}
        if names & CLOSES:
            return False
        calls += _opening(function.body)
        is_given |= any(within_node(function.body, cst.Global))
        is_given |= any("." in each.target for each in syntax.assignments(function))
    return is_given and bool(calls)


def _opening(node: cst.CSTNode) -> Iterator[cst.Call]:
    """What is opened in a `with` is closed at its end."""
    closed = {
        call for item in within_node(node, cst.WithItem) for call in within_node(item, cst.Call)
    }
    for call in within_node(node, cst.Call):
        if last_name(call.func) in OPENS and call not in closed:
            yield call
