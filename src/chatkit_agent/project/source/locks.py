"""Locks: which functions hold one while they go on, or refuse who comes second."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call, Code
from chatkit_agent.project.source.meaning import names_used, truth_of
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import last_name, literals, within_node

KINDS = ("Lock", "RLock", "Semaphore", "BoundedSemaphore", "Condition", "FileLock", "AsyncFileLock")
PACKAGES = ("asyncio", "threading", "anyio", "filelock", "multiprocessing", "aiorwlock", "redis")
OF_DATABASE = re.compile(r"\bpg_(?:try_)?advisory_(?:xact_)?lock\b|\block table\b", re.IGNORECASE)
TAKING = ("acquire", "acquire_nowait", "__aenter__", "__enter__")


def holds_lock(chat: Anatomy, function: Scope) -> bool:
    """Whether it takes a lock for one thread, or for everybody while it answers."""
    if any(_is_first(chat, call) for call in chat.code.inside(function)):
        return True
    for taken, body in _takings(function.node):
        keyed = _is_keyed(taken)
        answers = function.owner not in chat.stores and (body is None or _answers(body))
        if (keyed or answers) and _is_lock(chat, function, taken):
            return True
    return _refuses_second(chat, function)


def locks_database(code: Code, function: Scope) -> bool:
    """Whether it asks the database for a lock that other processes wait for."""
    given = (code.text(call.scope, arg) for call in code.inside(function) for arg in call.given)
    said = (text for _, text in literals(function.node))
    names = names_used(function.node)
    return any(OF_DATABASE.search(each) for each in (*said, *names, *filter(None, given)))


def _takings(node: cst.CSTNode) -> Iterator[tuple[cst.BaseExpression, cst.CSTNode | None]]:
    """`async with locks[thread_id]:`, `await lock.acquire()`, `stack.enter_async_context(lock)`"""
    for block in within_node(node, cst.With):
        yield from ((item.item, block.body) for item in block.items)
    for call in within_node(node, cst.Call):
        if isinstance(call.func, cst.Attribute) and call.func.attr.value in TAKING:
            yield call.func.value, None
        elif (syntax.dotted(call.func) or "").endswith(("enter_async_context", "enter_context")):
            yield from ((arg.value, None) for arg in call.args[:1])


def _is_keyed(taken: cst.BaseExpression) -> bool:
    """`locks[thread_id]`, `lock_of(thread_id)`; a name may stand for either."""
    if isinstance(taken, cst.Call):
        return bool(taken.args)
    return isinstance(taken, cst.Subscript)


def _answers(body: cst.CSTNode) -> bool:
    return any(within_node(body, cst.Yield)) or any(
        each.attr.value in ("run_streamed", "process") for each in within_node(body, cst.Attribute)
    )


def _is_lock(chat: Anatomy, scope: Scope, node: cst.BaseExpression, hops: int = 4) -> bool:
    """Whether an expression is a lock, by what makes it."""
    if not hops:
        return False
    value = chat.code.value(scope, node)
    if isinstance(value, cst.Subscript):
        return _keeps_locks(chat, scope, value.value, hops)
    if not isinstance(value, cst.Call):
        return False
    call = chat.code.call_of(value)
    if call is None or _makes_lock(chat, scope, value.func):
        return call is not None
    if call.method in ("get", "setdefault", "pop") and isinstance(value.func, cst.Attribute):
        return _keeps_locks(chat, scope, value.func.value, hops)
    called = chat.code.called(call)
    if called is None:
        return call.method == "lock" and call.symbol is None
    return any(_is_lock(chat, called, each, hops - 1) for each in syntax.returned(called.node))


def _makes_lock(chat: Anatomy, scope: Scope, node: cst.BaseExpression) -> bool:
    symbol = chat.code.resolve(scope, syntax.dotted(node))
    return any(chat.code.is_from(symbol, package, *KINDS) for package in PACKAGES)


def _keeps_locks(chat: Anatomy, scope: Scope, node: cst.BaseExpression, hops: int) -> bool:
    """A mapping of locks: `defaultdict(asyncio.Lock)`, or one that a lock is put into."""
    held = chat.code.value(scope, node)
    parts = within_node(held, cst.Name, cst.Attribute) if held is not None else ()
    if any(_makes_lock(chat, scope, each) for each in parts):
        return True
    name = last_name(node)
    for call in chat.code.calls_in(scope.outer.node if scope.outer else scope.node):
        is_put = call.method == "setdefault" and call.receiver.rpartition(".")[2] == name
        if is_put and any(_is_lock(chat, call.scope, a.value, hops - 1) for a in call.node.args):
            return True
    around = scope.owner or scope
    for each in within_node(around.node, cst.Assign):
        target = each.targets[0].target
        is_put = isinstance(target, cst.Subscript) and (last_name(target.value) == name)
        if is_put and _is_lock(chat, scope, each.value, hops - 1):
            return True
    return False


def _is_first(chat: Anatomy, call: Call) -> bool:
    """`redis.set(key, ..., nx=True)`"""
    return call.method == "setnx" or (
        call.method == "set" and truth_of(chat.code, call.scope, call.argument("nx")) is True
    )


def _refuses_second(chat: Anatomy, function: Scope) -> bool:
    """`if thread_id in running: raise ...` and then `running.add(thread_id)`; not what is seen."""
    node, own = function.node, set[str]()
    for each in function.around():
        if isinstance(each.node, cst.FunctionDef):
            own |= {one.target for one in syntax.assignments(each.node)}
            own |= set(each.parameters)
    asked = {
        (syntax.dotted(target.comparator), syntax.code(each.left))
        for each in within_node(node, cst.Comparison)
        for target in each.comparisons
        if isinstance(target.operator, cst.In | cst.NotIn)
        and syntax.dotted(target.comparator) not in own
    }
    is_turn = function.owner in chat.servers or function in (*chat.responders, *chat.endpoints)
    return any(
        isinstance(call.func, cst.Attribute)
        and call.func.attr.value == "add"
        and bool(call.args)
        and (syntax.dotted(call.func.value), syntax.code(call.args[0].value)) in asked
        and (is_turn or "thread" in syntax.code(call.args[0].value))
        for call in within_node(node, cst.Call)
    )
