"""Scopes: every class, function and call of some files, where it stands and what it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from functools import cache, cached_property, lru_cache
from typing import TypeVar

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.sources import Sources, Symbol
from chatkit_agent.project.source.syntax import Import

Node = cst.Module | cst.ClassDef | cst.FunctionDef


@dataclass(frozen=True, eq=False)
class Scope:
    """A module, class or function, and the scope around it."""

    file: str
    node: Node
    outer: Scope | None = None

    @property
    def name(self) -> str:
        """Dotted from the module's top level, and empty for the module itself."""
        if self.outer is None or isinstance(self.node, cst.Module):
            return ""
        return f"{self.outer.name}.{self.node.name.value}".lstrip(".")

    def around(self) -> Iterator[Scope]:
        """This scope and those around it, the nearest first."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.outer

    @property
    def function(self) -> Scope | None:
        """The nearest function, which may be this scope itself."""
        found = (each for each in self.around() if isinstance(each.node, cst.FunctionDef))
        return next(found, None)

    @property
    def owner(self) -> Scope | None:
        """The nearest class."""
        return next((each for each in self.around() if isinstance(each.node, cst.ClassDef)), None)

    @property
    def is_async(self) -> bool:
        return isinstance(self.node, cst.FunctionDef) and self.node.asynchronous is not None


@dataclass(frozen=True, eq=False)
class Call:
    """A call; `written` is what is called, dotted, without what is in brackets."""

    scope: Scope
    node: cst.Call
    written: str

    @property
    def method(self) -> str:
        return self.written.rpartition(".")[2]

    @property
    def receiver(self) -> str:
        return self.written.rpartition(".")[0]

    def argument(self, keyword: str, position: int | None = None) -> cst.BaseExpression | None:
        return syntax.argument(self.node, keyword, position)

    @property
    def spreads(self) -> bool:
        """Whether there are arguments that only running the code would tell."""
        return any(arg.star for arg in self.node.args)


@dataclass(frozen=True, eq=False)
class Code:
    """The files of a project that matter, each walked once."""

    sources: Sources
    files: tuple[str, ...]
    _lines: dict[str, dict[cst.CSTNode, int]] = field(default_factory=dict, repr=False)
    _resolved: dict[tuple[Scope | None, str, str], Symbol | None] = field(
        default_factory=dict, repr=False
    )
    _own_imports: dict[Scope, dict[str, Import]] = field(default_factory=dict, repr=False)

    @cached_property
    def _seen(self) -> tuple[tuple[Scope, ...], tuple[Call, ...]]:
        walker = _Walker()
        for file in self.files:
            walker.enter(file, self.sources.module(file))
        return tuple(walker.scopes), tuple(walker.calls)

    @property
    def scopes(self) -> tuple[Scope, ...]:
        return self._seen[0]

    @property
    def calls(self) -> tuple[Call, ...]:
        return self._seen[1]

    @cached_property
    def functions(self) -> tuple[Scope, ...]:
        return tuple(each for each in self.scopes if isinstance(each.node, cst.FunctionDef))

    @cached_property
    def classes(self) -> tuple[Scope, ...]:
        return tuple(each for each in self.scopes if isinstance(each.node, cst.ClassDef))

    @cached_property
    def modules(self) -> tuple[Scope, ...]:
        return tuple(each for each in self.scopes if isinstance(each.node, cst.Module))

    def inside(self, scope: Scope) -> tuple[Call, ...]:
        """The calls in a scope, also in functions that it defines."""
        return self._by_scope.get(scope, ())

    @cached_property
    def _by_scope(self) -> dict[Scope, tuple[Call, ...]]:
        found: dict[Scope, list[Call]] = {}
        for call in self.calls:
            for scope in call.scope.around():
                found.setdefault(scope, []).append(call)
        return {scope: tuple(calls) for scope, calls in found.items()}

    def resolve(self, scope: Scope, name: str | None) -> Symbol | None:
        """What a dotted name means in a scope, by its own imports and those around it."""
        if not name:
            return None
        key = (scope.function, scope.file, name)
        if key not in self._resolved:
            self._resolved[key] = self._found(scope, name)
        return self._resolved[key]

    def _found(self, scope: Scope, name: str) -> Symbol | None:
        head, _, rest = name.partition(".")
        for each in scope.around():
            imported = self._imports(each).get(head)
            if imported is not None:
                return self.sources.imported(each.file, imported, rest)
        return self.sources.resolve(scope.file, name)

    def _imports(self, scope: Scope) -> dict[str, Import]:
        """What a function imports by itself."""
        if not isinstance(scope.node, cst.FunctionDef):
            return {}
        if scope not in self._own_imports:
            self._own_imports[scope] = dict(syntax.imports(scope.node))
        return self._own_imports[scope]

    def is_from(self, symbol: Symbol | None, package: str, *names: str) -> bool:
        """Whether a symbol is one of `names` of an installed package, wherever in it."""
        if symbol is None or symbol.path is not None:
            return False
        top, _, _ = symbol.name.partition(".")
        return top == package and symbol.name.rpartition(".")[2] in names

    def calls_of(self, package: str, *names: str) -> tuple[Call, ...]:
        """The calls of a package's classes and functions, or of their subclasses here."""
        return tuple(
            call
            for call in self.calls
            if self.is_from(self.resolve(call.scope, call.written), package, *names)
        )

    def subclasses_of(self, package: str, *names: str) -> tuple[Scope, ...]:
        return tuple(each for each in self.classes if self._derives(each, package, names))

    def _derives(self, scope: Scope, package: str, names: tuple[str, ...], hops: int = 5) -> bool:
        if not isinstance(scope.node, cst.ClassDef) or not hops:
            return False
        for base in syntax.bases(scope.node):
            symbol = self.resolve(scope, base)
            if self.is_from(symbol, package, *names):
                return True
            parent = self.scope_of(symbol)
            if parent and parent is not scope and self._derives(parent, package, names, hops - 1):
                return True
        return False

    @cached_property
    def _by_symbol(self) -> dict[tuple[str, str], Scope]:
        return {(each.file, each.name): each for each in self.scopes}

    def scope_of(self, symbol: Symbol | None) -> Scope | None:
        """The class or function of a symbol, where it stands in these files."""
        return self._by_symbol.get((symbol.path or "", symbol.name)) if symbol else None

    @cached_property
    def _by_node(self) -> dict[cst.CSTNode, Scope]:
        return {each.node: each for each in self.scopes}

    def called(self, call: Call) -> Scope | None:
        """The function or method of these files that a call runs, also that of an instance."""
        name, owner = call.written, call.scope.owner
        if owner is not None and call.receiver == "self":
            return self.methods(owner).get(call.method)
        symbol = self.resolve(call.scope, name)
        found = self.scope_of(symbol) or self._by_node.get(
            self.sources.function(symbol) or call.node
        )
        return found if found and isinstance(found.node, cst.FunctionDef) else None

    def methods(self, owner: Scope) -> dict[str, Scope]:
        return {
            each.name.rpartition(".")[2]: each for each in self.functions if each.outer is owner
        }

    def line(self, file: str, node: cst.CSTNode) -> int:
        if file not in self._lines:
            wrapper = MetadataWrapper(self.sources.module(file), unsafe_skip_copy=True)
            places = wrapper.resolve(PositionProvider)
            self._lines[file] = {node: place.start.line for node, place in places.items()}
        return self._lines[file].get(node, 1)

    def where(self, scope: Scope, node: cst.CSTNode | None = None) -> str:
        """`app/main.py:12`, as terminals and editors open it."""
        return f"{scope.file}:{self.line(scope.file, node or _head(scope.node))}"


def _head(node: Node) -> cst.CSTNode:
    """A definition begins at its name; its decorators and comments come before."""
    return node if isinstance(node, cst.Module) else node.name


Kind = TypeVar("Kind", bound=cst.CSTNode)


def within_node(node: cst.CSTNode, *kinds: type[Kind]) -> Iterator[Kind]:
    """The parts of a node that are of some kinds, in the order of the source, itself included."""
    waiting: list[cst.CSTNode] = [node]
    while waiting:
        current = waiting.pop()
        if isinstance(current, kinds):
            yield current
        waiting.extend(reversed(_parts(current)))


def written_text(node: cst.CSTNode) -> str | None:
    """What a string literal says, with `{}` for what an f-string computes."""
    if isinstance(node, cst.ConcatenatedString):
        return f"{written_text(node.left) or ''}{written_text(node.right) or ''}"
    if not isinstance(node, cst.FormattedString):
        return syntax.text(node)
    texts = (
        each.value if isinstance(each, cst.FormattedStringText) else "{}" for each in node.parts
    )
    return "".join(texts)


def literals(node: cst.CSTNode) -> Iterator[tuple[cst.CSTNode, str]]:
    """The string literals in a node, each with what it says."""
    inner: set[cst.CSTNode] = set()
    for each in within_node(node, cst.SimpleString, cst.FormattedString, cst.ConcatenatedString):
        if isinstance(each, cst.ConcatenatedString):
            inner |= {each.left, each.right}
        text = written_text(each)
        if text is not None and each not in inner:
            yield each, text


class _Walker:
    """Collects scopes and calls in the order of the source."""

    def __init__(self) -> None:
        self.scopes: list[Scope] = []
        self.calls: list[Call] = []

    def enter(self, file: str, module: cst.Module) -> None:
        waiting: list[tuple[cst.CSTNode, Scope | None]] = [(module, None)]
        while waiting:
            node, scope = waiting.pop()
            inner = scope
            if isinstance(node, cst.Module | cst.ClassDef | cst.FunctionDef):
                inner = Scope(file, node, scope)
                self.scopes.append(inner)
            elif isinstance(node, cst.Call) and scope is not None:
                self.calls.append(Call(scope, node, _written(node.func)))
            waiting.extend((child, inner) for child in reversed(_parts(node)))


LAYOUT = re.compile(
    r"whitespace|lines?$|^(?:l|r)(?:par|bracket|brace)$|comma|^dot|semicolon|header|footer|asname"
    r"|colon|^equal$|operator|encoding|default_|has_trailing|indent"
)


@cache
def _fields(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind) if not LAYOUT.search(each.name))


@lru_cache(maxsize=1 << 17)
def _parts(node: cst.CSTNode) -> list[cst.CSTNode]:
    """What a node is made of but for its layout: a fifth of the time that `children` takes."""
    found: list[cst.CSTNode] = []
    for name in _fields(type(node)):
        value = getattr(node, name)
        if isinstance(value, cst.CSTNode):
            found.append(value)
        elif isinstance(value, list | tuple):
            found.extend(each for each in value if isinstance(each, cst.CSTNode))
    return found


def _written(func: cst.BaseExpression) -> str:
    """`Agent` of `Agent[Context](...)`, `super().__init__` and `a.b` as they are."""
    if isinstance(func, cst.Subscript):
        return _written(func.value)
    if isinstance(func, cst.Attribute):
        owner = func.value
        if isinstance(owner, cst.Call):
            return f"{_written(owner.func)}().{func.attr.value}"
        return f"{_written(owner)}.{func.attr.value}"
    return syntax.dotted(func) or ""
