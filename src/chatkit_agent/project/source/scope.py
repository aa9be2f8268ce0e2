"""Scope: a module, class or function, and every call in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.walking import called_name, is_one, last_name, within_node

Node = cst.Module | cst.ClassDef | cst.FunctionDef
SCOPES: tuple[type[Node], ...] = (cst.Module, cst.ClassDef, cst.FunctionDef)
CALL = (cst.Call,)


@dataclass(frozen=True, eq=False)
class Scope:
    """A module, class or function, and the scope around it."""

    file: str
    node: Node
    outer: Scope | None = None

    @cached_property
    def name(self) -> str:
        """Dotted from the module's top level, and empty for the module itself."""
        if self.outer is None or isinstance(self.node, cst.Module):
            return ""
        return f"{self.outer.name}.{self.node.name.value}".lstrip(".")

    @property
    def head(self) -> cst.CSTNode:
        """A definition begins at its name; its decorators and comments come before."""
        return self.node if isinstance(self.node, cst.Module) else self.node.name

    @property
    def last_name(self) -> str:
        return self.name.rpartition(".")[2]

    def around(self) -> Iterator[Scope]:
        """This scope and those around it, the nearest first."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.outer

    @cached_property
    def function(self) -> Scope | None:
        """The nearest function, which may be this scope itself."""
        found = (each for each in self.around() if isinstance(each.node, cst.FunctionDef))
        return next(found, None)

    @cached_property
    def owner(self) -> Scope | None:
        """The nearest class."""
        return next((each for each in self.around() if isinstance(each.node, cst.ClassDef)), None)

    @cached_property
    def params(self) -> tuple[cst.Param, ...]:
        return syntax.parameters(self.node) if isinstance(self.node, cst.FunctionDef) else ()

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The names that a function gives to what it is given."""
        return tuple(each.name.value for each in self.params)

    def param(self, name: str | None) -> cst.Param | None:
        return next((each for each in self.params if each.name.value == name), None)

    @property
    def is_async(self) -> bool:
        return isinstance(self.node, cst.FunctionDef) and self.node.asynchronous is not None


Seen = tuple[Scope, cst.Call, str]


def _parts(target: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    if isinstance(target, cst.Tuple | cst.List):
        for each in target.elements:
            yield from _parts(each.value)
    else:
        yield target.value if isinstance(target, cst.Subscript) else target


BINDING = (cst.AssignTarget, cst.AnnAssign, cst.NamedExpr, cst.AsName, cst.Param, cst.Arg)


@lru_cache(maxsize=1024)
def bound_names(module: cst.Module) -> frozenset[str]:
    """The last parts of the names in a file that may hold what some expression gives."""
    found: set[str] = set()
    for node in within_node(module, *BINDING, cst.FunctionDef):
        if isinstance(node, cst.Arg):
            found |= {node.keyword.value} if node.keyword else set()
        elif isinstance(node, cst.FunctionDef):
            found |= {node.name.value} if node.decorators else set()
        elif isinstance(node, cst.AsName | cst.Param):
            found.add(last_name(node.name))
        elif isinstance(node, cst.AssignTarget | cst.AnnAssign | cst.NamedExpr):
            found |= {last_name(each) for each in _parts(node.target)}
    return frozenset(found)


@lru_cache(maxsize=1024)
def scopes_and_calls(file: str, module: cst.Module) -> tuple[tuple[Scope, ...], tuple[Seen, ...]]:
    """In the order of the source; kept for as long as the parsed file is."""
    scopes: list[Scope] = []
    calls: list[Seen] = []
    waiting: list[tuple[cst.CSTNode, Scope | None]] = [(module, None)]
    while waiting:
        node, scope = waiting.pop()
        inner = scope
        if is_one(node, SCOPES):
            inner = Scope(file, node, scope)
            scopes.append(inner)
        elif is_one(node, CALL) and scope is not None:
            calls.append((scope, node, called_name(node.func)))
        waiting.extend((child, inner) for child in reversed(syntax.parts_of(node)))
    return tuple(scopes), tuple(calls)
