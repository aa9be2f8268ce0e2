"""What is kept in memory of a thread is given to its own user only."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.meaning import names_used
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import within_node

USER = re.compile(r"user|owner|tenant|account|principal|context|caller", re.IGNORECASE)
THREAD = re.compile(r"thread|item", re.IGNORECASE)
MAKING = {"dict", "defaultdict", "OrderedDict", "LRUCache", "TTLCache", "WeakValueDictionary"}


@check(
    "CK419",
    "What is kept in memory of a thread is given to its own user only",
    needs=SOURCE,
    symptoms=("mixed_up", "leaks"),
)
def caches_of_their_users(chat: Anatomy) -> Iterator[Finding]:
    """A cache of threads in front of the database that everybody shares and that is keyed by the
    thread alone: whoever knows an id gets what the query would have refused.
    """
    for store in chat.database_stores:
        shared = {*_of_module(chat, store), *_of_instance(chat, store)}
        for name, method in chat.code.methods(store).items():
            if not name.startswith("load"):
                continue
            for given in _returned(method):
                holder, key = given
                is_keyed = THREAD.search(syntax.code(key)) and not USER.search(syntax.code(key))
                if holder in shared and is_keyed and not _looks_at_user(method):
                    yield Finding(
                        what="Whoever knows the id of a thread reads it from the memory of the "
                        "process: the cache is shared by all users.",
                        where=chat.code.where(method, key),
                        evidence=f"`{method.name}` returns what `{holder}` has under "
                        f"`{syntax.code(key)}`.",
                        fix="Let the user's id be part of the key, or leave the cache out.",
                        cause="shared cache",
                    )
                    break


def _of_module(chat: Anatomy, store: Scope) -> Iterator[str]:
    module = next(each for each in store.around() if isinstance(each.node, cst.Module))
    for scope in (module, store):
        for each in syntax.assignments(scope.node):
            if _is_mapping(each.value):
                yield each.target
                yield f"self.{each.target}"
                yield f"{store.name}.{each.target}"


def _of_instance(chat: Anatomy, store: Scope) -> Iterator[str]:
    made = chat.code.methods(store).get("__init__")
    for each in syntax.assignments(made.node) if made else ():
        if each.target.startswith("self.") and _is_mapping(each.value):
            yield each.target


def _is_mapping(value: cst.BaseExpression) -> bool:
    called = (syntax.dotted(value.func) or "") if isinstance(value, cst.Call) else ""
    return isinstance(value, cst.Dict) or called.rpartition(".")[2] in MAKING


def _returned(method: Scope) -> Iterator[tuple[str, cst.BaseExpression]]:
    """What a method returns from a mapping: `CACHE[key]`, `CACHE.get(key)`, or a name for that."""
    if not isinstance(method.node, cst.FunctionDef):
        return
    held = {each.target: each.value for each in syntax.assignments(method.node)}
    held |= {
        syntax.code(each.target): each.value for each in within_node(method.node, cst.NamedExpr)
    }
    for returned in syntax.returns(method.node):
        value = held.get(syntax.dotted(returned) or "", returned)
        if isinstance(value, cst.Subscript) and (name := syntax.dotted(value.value)):
            yield from ((name, key) for key in syntax.subscripts(value)[:1])
        elif isinstance(value, cst.Call) and (syntax.dotted(value.func) or "").endswith(".get"):
            key = syntax.argument(value, "key", 0)
            if key is not None:
                yield (syntax.dotted(value.func) or "").removesuffix(".get"), key


def _looks_at_user(method: Scope) -> bool:
    """Whether it compares the user with the owner of what is kept."""
    return any(
        any(USER.search(name) for name in names_used(each))
        for each in within_node(method.node, cst.Comparison)
    )
