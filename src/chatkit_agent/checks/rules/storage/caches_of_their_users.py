"""What is kept in memory of a thread is given to its own user only."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.flows import Flow
from chatkit_agent.project.source.meaning import is_collection
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.values import valued
from chatkit_agent.project.source.walking import called_name, receiver_of, within_node

LOADING = ("load_thread", "load_item", "load_thread_items", "load_attachment")
KEEPING = {"lru_cache", "cache", "alru_cache", "cached", "ttl_cache"}
ASKING = (cst.Equal, cst.NotEqual, cst.In, cst.NotIn)
Access = tuple[cst.CSTNode, list[cst.BaseExpression], str]


@check("CK419", needs=SOURCE, symptoms=("mixed_up", "leaks"))
def caches_of_their_users(chat: Anatomy) -> Iterator[Finding]:
    """A cache of threads in front of the database that everybody shares and that is keyed by the
    thread alone: whoever knows an id gets what the query would have refused.
    """
    for store in chat.database_stores:
        for name in LOADING:
            method = chat.code.methods(store).get(name)
            access = next(_open(chat, store, method), None) if method is not None else None
            if method is not None and access is not None:
                node, keys, holder = access
                key = ", ".join(map(syntax.code, keys))
                yield Finding(
                    what="Whoever knows the id of a thread reads it from the memory of the "
                    "process: the cache is shared by all users.",
                    where=chat.code.where(method, node),
                    evidence=f"`{method.name}` returns what `{holder}` has under `{key}`.",
                    fix="Let the user's id be part of the key, or leave the cache out.",
                    cause="shared cache",
                )


def _open(chat: Anatomy, store: Scope, method: Scope) -> Iterator[Access]:
    """What a method gives of a shared cache by ids alone, without a look at who asks."""
    params = method.parameters
    ids, user = (
        Flow(chat.code, method, set(params[1:-1])),
        Flow(chat.code, method, {params[-1]}, is_kept=True),
    )
    if _asks_who(user):
        return
    for access in _accesses(chat, store, method):
        node, keys, _ = access
        by_id = any(ids.holds(each) for each in keys) and not any(user.holds(e) for e in keys)
        if by_id and Flow(chat.code, method, nodes={node}, is_kept=True).is_given:
            yield access


def _asks_who(user: Flow) -> bool:
    """Whether the user is compared with something, or a helper is asked about them."""
    node = user.scope.node
    compared = any(
        user.holds(each)
        for each in within_node(node, cst.Comparison)
        if isinstance(each.comparisons[0].operator, ASKING)
    )
    asked = (call for each in within_node(node, cst.Expr) for call in within_node(each, cst.Call))
    tested = (
        call for each in within_node(node, cst.If) for call in within_node(each.test, cst.Call)
    )
    return compared or any(user.holds(arg.value) for call in (*asked, *tested) for arg in call.args)


def _accesses(chat: Anatomy, store: Scope, function: Scope, hops: int = 2) -> Iterator[Access]:
    """`CACHE[key]`, `CACHE.get(key)`, and helpers that give what is there."""
    parts: list[cst.Subscript | cst.Call] = [*within_node(function.node, cst.Subscript)]
    for node in (*parts, *within_node(function.node, cst.Call)):
        held: cst.BaseExpression | None = None
        keys: list[cst.BaseExpression] = []
        if isinstance(node, cst.Subscript):
            held, keys = node.value, list(syntax.subscripts(node)[:1])
        elif called_name(node.func).rpartition(".")[2] in ("get", "pop"):
            held, keys = receiver_of(node.func), [arg.value for arg in node.args[:1]]
        if held is not None and _is_shared(chat, store, function, held):
            yield node, keys, syntax.code(held)
        elif isinstance(node, cst.Call) and hops:
            yield from _through(chat, store, node, hops)


def _through(chat: Anatomy, store: Scope, node: cst.Call, hops: int) -> Iterator[Access]:
    call = chat.code.call_of(node)
    called = chat.code.called(call) if call else None
    if called is None:
        return
    args = [arg.value for arg in node.args]
    marks = {each.rpartition(".")[2] for each in syntax.decorators(called.node)}
    if marks & KEEPING:
        yield node, args, f"@{(marks & KEEPING).pop()} {called.name}"
        return
    for inner, _, holder in _accesses(chat, store, called, hops - 1):
        if Flow(chat.code, called, nodes={inner}, is_kept=True).is_given:
            yield node, args, holder


def _is_shared(chat: Anatomy, store: Scope, scope: Scope, held: cst.BaseExpression) -> bool:
    """Whether it is a mapping of the module, of a class, or of a store that all requests have."""
    where, value = valued(chat.code, scope, held)
    if not is_collection(chat.code, where, value):
        return False
    is_of_instance = where.name.endswith("__init__")
    if isinstance(where.node, cst.FunctionDef) and not is_of_instance:
        return False
    return not (is_of_instance and where.owner is store and _is_made_anew(chat, store))


def _is_made_anew(chat: Anatomy, store: Scope) -> bool:
    """Whether each request makes a store for itself."""
    calls = (c for c in chat.code.calls if chat.code.scope_of(c.symbol) is store)
    return any(each.scope.function in (*chat.endpoints, *chat.sign_ins) for each in calls)
