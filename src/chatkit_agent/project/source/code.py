"""Code: every class, function and call of some files, where it stands and what it names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.kinds import kind_of, lineage
from chatkit_agent.project.source.scope import Scope, Seen, bound_names, scopes_and_calls
from chatkit_agent.project.source.sources import Sources, Symbol
from chatkit_agent.project.source.syntax import Import
from chatkit_agent.project.source.values import members, text_of, valued
from chatkit_agent.project.source.walking import PARTIAL, called_name, is_partial, within_node

RUNNERS = {"anyio.run", "anyio.from_thread.run", "trio.run"}


@dataclass(frozen=True, eq=False)
class Call:
    """A call; `written` is what is called, dotted, without what is in brackets."""

    code: Code = field(repr=False)
    scope: Scope
    node: cst.Call
    written: str

    bound: cst.Call | None = None
    """The `partial(f, ...)` that is called."""
    first: int = 0
    """The place of the first argument of its own: 1 in `anyio.run(f, ...)`, a call of `f`."""

    @cached_property
    def symbol(self) -> Symbol | None:
        return self.code.resolve(self.scope, self.written)

    @property
    def name(self) -> str:
        """What is called, by the name that it has where it is defined."""
        return self.symbol.name if self.symbol and self.symbol.name else self.written

    @property
    def package_name(self) -> str:
        """What is called of an installed package, in full; empty for all else."""
        return self.symbol.package_name if self.symbol else ""

    @property
    def where(self) -> str:
        return self.code.where(self.scope, self.node)

    @property
    def method(self) -> str:
        return self.name.rpartition(".")[2]

    @property
    def receiver(self) -> str:
        return self.written.rpartition(".")[0]

    @cached_property
    def args(self) -> tuple[cst.Arg, ...]:
        """Those of its own, also of a `partial`, and of a runner without what that runs."""
        is_kept = self.bound is not None and (self.first or not self.runner)
        bound = self.bound.args[1:] if self.bound and is_kept else ()
        return (*bound, *self.node.args[self.first :])

    def argument(self, keyword: str, position: int | None = None) -> cst.BaseExpression | None:
        """By keyword or position, also of a dict that is spread."""
        for place, arg in reversed(list(enumerate(self.args))):
            is_it = arg.keyword.value == keyword if arg.keyword else place == position
            if is_it and not arg.star:
                return arg.value
        return self._spread.get(keyword)

    @cached_property
    def _spread(self) -> dict[str, cst.BaseExpression]:
        return {key: value for each in self._stars for key, value in members(each) or ()}

    @property
    def keywords(self) -> dict[str, cst.BaseExpression]:
        """What it is given by name, as far as that is written down."""
        return self._spread | {e.keyword.value: e.value for e in self.args if e.keyword}

    @property
    def given(self) -> tuple[cst.BaseExpression, ...]:
        """What it is given, by whatever name or place."""
        return tuple(arg.value for arg in self.args)

    @property
    def runner(self) -> str:
        """What runs the coroutine that is called, in a function that is none: `anyio.run`."""
        runner = self.node.func if self.first else self.bound and self.bound.func
        name = self.code.package_name(self.scope, syntax.dotted(runner)) if runner else ""
        return "" if name == "functools.partial" else name

    @property
    def _stars(self) -> Iterator[cst.BaseExpression | None]:
        return (self.code.value(self.scope, arg.value) for arg in self.args if arg.star)

    @property
    def spreads(self) -> bool:
        """Whether there are arguments that only running the code would tell."""
        return any(members(each) is None for each in self._stars)

    def value(self, keyword: str, position: int | None = None) -> cst.BaseExpression | None:
        """What an argument stands for, as `Code.value` follows it."""
        return self.code.value(self.scope, self.argument(keyword, position))

    def text(self, keyword: str, position: int | None = None) -> str | None:
        return self.code.text(self.scope, self.argument(keyword, position))


@dataclass(frozen=True, eq=False)
class Code:
    """The files of a project that matter, each walked once."""

    sources: Sources
    files: tuple[str, ...]
    _lines: dict[str, dict[cst.CSTNode, int]] = field(default_factory=dict, repr=False)
    _resolved: dict[tuple[Scope | None, str, str], Symbol | None] = field(
        default_factory=dict, repr=False
    )
    _reading: list[bool] = field(default_factory=list, repr=False)
    _kinds: dict[tuple[Scope, str], Scope | None] = field(default_factory=dict, repr=False)
    _own_imports: dict[Scope, dict[str, Import]] = field(default_factory=dict, repr=False)

    @cached_property
    def _seen(self) -> tuple[tuple[Scope, ...], tuple[Seen, ...]]:
        found = [scopes_and_calls(file, self.sources.module(file)) for file in self.files]
        scopes = tuple(scope for each, _ in found for scope in each)
        return scopes, tuple(call for _, each in found for call in each)

    @property
    def scopes(self) -> tuple[Scope, ...]:
        return self._seen[0]

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        return tuple(self._call(*each) for each in self._seen[1])

    @cached_property
    def _bound(self) -> frozenset[str]:
        """The names that may hold a `partial`, where there is any; what has no name is empty."""
        files = self.files if self._words - {b"anyio", b"trio"} else ()
        return frozenset([""][: len(files)]).union(
            *map(bound_names, map(self.sources.module, files))
        )

    @cached_property
    def _words(self) -> set[bytes]:
        """Those that the files hold, of what calls something else than is written."""
        words = (b"anyio", b"trio", *(each.encode() for each in PARTIAL))
        return {e for e in words for file in self.files if e in self.sources.tree.read(file)}

    def _call(self, scope: Scope, node: cst.Call, written: str) -> Call:
        last = written.rpartition(".")[2] if isinstance(node.func, cst.Name | cst.Attribute) else ""
        held = self.value(scope, node.func) if last in self._bound else None
        if isinstance(held, cst.Call) and is_partial(held):
            return Call(self, scope, node, called_name(held), held)
        if self._words & {b"anyio", b"trio"} and self.package_name(scope, written) in RUNNERS:
            given = node.args[0].value if node.args else node.func
            bound = given if isinstance(given, cst.Call) and is_partial(given) else None
            return Call(self, scope, node, called_name(given), bound, first=1)
        return Call(self, scope, node, written)

    @cached_property
    def _by_call(self) -> dict[cst.CSTNode, Call]:
        return {each.node: each for each in self.calls}

    def call_of(self, node: cst.CSTNode | None) -> Call | None:
        return self._by_call.get(node) if node is not None else None

    def calls_in(self, node: cst.CSTNode) -> Iterator[Call]:
        """The calls in some part of the code."""
        found = (self.call_of(each) for each in within_node(node, cst.Call))
        return (each for each in found if each is not None)

    def value(self, scope: Scope, node: cst.BaseExpression | None) -> cst.BaseExpression | None:
        """What an expression stands for: constants, fields, defaults and helpers followed."""
        return None if node is None else valued(self, scope, node)[1]

    def text(self, scope: Scope, node: cst.BaseExpression | None) -> str | None:
        """The text that an expression is, also where it is put together of known parts."""
        return text_of(self, scope, node)

    @cached_property
    def functions(self) -> tuple[Scope, ...]:
        return tuple(each for each in self.scopes if isinstance(each.node, cst.FunctionDef))

    @cached_property
    def classes(self) -> tuple[Scope, ...]:
        return tuple(each for each in self.scopes if isinstance(each.node, cst.ClassDef))

    @cached_property
    def modules(self) -> tuple[Scope, ...]:
        return tuple(each for each in self.scopes if each.outer is None)

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
            self._resolved[key] = None
            self._resolved[key] = self._symbol_of(scope, name)
        return self._resolved[key]

    def package_name(self, scope: Scope, name: str | None) -> str:
        """What a dotted name means of an installed package, in full; empty for all else."""
        symbol = self.resolve(scope, name)
        return symbol.package_name if symbol else ""

    def _symbol_of(self, scope: Scope, name: str) -> Symbol | None:
        head, _, rest = name.partition(".")
        for each in scope.around():
            imported = self._imports(each).get(head)
            if imported is not None:
                return self.sources.imported(each.file, imported, rest)
            if alias := self._alias(each, head):
                return self.resolve(each, f"{alias}.{rest}".rstrip("."))
        return self.sources.resolve(scope.file, name)

    def _alias(self, scope: Scope, name: str) -> str | None:
        """`jwt.decode` of `read = jwt.decode` in a function."""
        if not isinstance(scope.node, cst.FunctionDef):
            return None
        own = [each.value for each in syntax.assigned_to(scope.node, name)]
        alias = syntax.dotted(own[0]) if len(own) == 1 else None
        return alias if alias and alias.partition(".")[0] != name else None

    def _imports(self, scope: Scope) -> dict[str, Import]:
        """What a function imports by itself."""
        if not isinstance(scope.node, cst.FunctionDef):
            return {}
        if scope not in self._own_imports:
            self._own_imports[scope] = dict(syntax.imports(scope.node))
        return self._own_imports[scope]

    def is_from(self, symbol: Symbol | None, package: str, *names: str) -> bool:
        """Whether a symbol is one of `names` of an installed package, wherever in it."""
        if symbol is None or symbol.package_name.partition(".")[0] != package:
            return False
        return symbol.last_name in names

    def calls_of(self, package: str, *names: str) -> tuple[Call, ...]:
        """The calls of a package's classes and functions, or of their subclasses here."""
        return tuple(each for each in self.calls if self.is_from(each.symbol, package, *names))

    def subclasses_of(self, package: str, *names: str) -> tuple[Scope, ...]:
        return tuple(
            each
            for each in self.classes
            if any(
                self.is_from(self.resolve(kind, base), package, *names)
                for kind in lineage(self, each)
                for base in syntax.bases(kind.node)
            )
        )

    def kinds_of(self, owner: Scope) -> tuple[Scope, ...]:
        """A class of the project, and those that derive from it."""
        others = (each for each in self.classes if each is not owner)
        return (owner, *(each for each in others if owner in lineage(self, each)))

    @cached_property
    def _by_symbol(self) -> dict[tuple[str, str], Scope]:
        return {(each.file, each.name): each for each in self.scopes}

    def scope_of(self, symbol: Symbol | None) -> Scope | None:
        """The class or function of a symbol, where it stands in these files."""
        return self._by_symbol.get((symbol.path or "", symbol.name)) if symbol else None

    def class_of(self, symbol: Symbol | None) -> Scope | None:
        """The class of a symbol, where it stands in these files."""
        found = self.scope_of(symbol)
        return found if found and isinstance(found.node, cst.ClassDef) else None

    @cached_property
    def _by_node(self) -> dict[cst.CSTNode, Scope]:
        return {each.node: each for each in self.scopes}

    def scope_at(self, node: cst.CSTNode) -> Scope | None:
        """The class or function of these files that a node is."""
        return self._by_node.get(node)

    def called(self, call: Call) -> Scope | None:
        """The function or method of these files that a call runs, also that of an instance."""
        head, _, name = call.written.rpartition(".")
        if not head:
            for each in call.scope.around():
                inner = self.methods(each).get(name)
                if inner is not None and not isinstance(each.node, cst.ClassDef):
                    return inner
        elif found := self.method(self.kind(call.scope, head), name):
            return found
        symbol = self.resolve(call.scope, call.written)
        found = self.scope_of(symbol) or self._by_node.get(
            self.sources.function(symbol) or call.node
        )
        return found if found and isinstance(found.node, cst.FunctionDef) else None

    @cached_property
    def called_by(self) -> dict[Scope, tuple[Call, ...]]:
        """For each function the calls that run it."""
        found: dict[Scope, list[Call]] = {}
        self._reading.append(True)
        for call in self.calls:
            called = self.called(call)
            if called is not None:
                found.setdefault(called, []).append(call)
        self._reading.clear()
        return {scope: tuple(calls) for scope, calls in found.items()}

    def passed(self, call: Call, called: Scope, name: str) -> cst.BaseExpression | None:
        """What a call gives for a parameter of the function that it runs."""
        assert isinstance(called.node, cst.FunctionDef)
        given = called.node.params
        names = [each.name.value for each in (*given.posonly_params, *given.params)]
        is_method = called.outer is not None and called.outer is called.owner
        first = int(is_method and "staticmethod" not in syntax.decorators(called.node))
        place = names.index(name) - first if name in names[first:] else None
        return call.argument(name, place)

    def parameters_given(
        self, node: cst.Call, called: Scope, is_it: Callable[[cst.BaseExpression], bool]
    ) -> set[str]:
        """The parameters of a function for which a call of it gives something of some kind."""
        params = called.parameters
        params = params[1:] if params[:1] in (("self",), ("cls",)) else params
        call = self.call_of(node)
        return {
            arg.keyword.value if arg.keyword else params[min(place, len(params) - 1)]
            for place, arg in enumerate(call.args if call else node.args)
            if params and is_it(arg.value)
        }

    def given_to(self, scope: Scope, name: str) -> list[tuple[Scope, cst.BaseExpression | None]]:
        """What the calls of a function give for one of its parameters."""
        # Who calls whom cannot be asked while that is being found out.
        if "calls" not in self.__dict__ or self._reading:
            return []
        own = self._by_node.get(scope.node)
        calls = self.called_by.get(own, ()) if own else ()
        return [(call.scope, self.passed(call, own, name)) for call in calls if own]

    def kind(self, scope: Scope, written: str) -> Scope | None:
        """The class of these files that an object is of, where that is told."""
        key = (scope, written)
        if key not in self._kinds:
            self._kinds[key] = kind_of(self, scope, written)
        return self._kinds[key]

    def decorating(self, scope: Scope) -> Iterator[Scope]:
        """The functions of these files that decorate a function."""
        names = syntax.decorators(scope.node)
        found = (self.scope_of(self.resolve(scope.outer or scope, name)) for name in names)
        return (each for each in found if each and isinstance(each.node, cst.FunctionDef))

    def method(self, owner: Scope | None, name: str) -> Scope | None:
        """A method of a class, or of one that it derives from."""
        found = (self.methods(each).get(name) for each in lineage(self, owner))
        return next((each for each in found if each), None)

    def methods(self, owner: Scope) -> Mapping[str, Scope]:
        """The functions that stand in a class, a module or a function."""
        return self._by_outer.get(owner, {})

    @cached_property
    def _by_outer(self) -> dict[Scope, dict[str, Scope]]:
        found: dict[Scope, dict[str, Scope]] = {}
        for each in self.functions:
            if each.outer is not None:
                found.setdefault(each.outer, {})[each.last_name] = each
        return found

    def line(self, file: str, node: cst.CSTNode) -> int:
        if file not in self._lines:
            wrapper = MetadataWrapper(self.sources.module(file), unsafe_skip_copy=True)
            places = wrapper.resolve(PositionProvider)
            self._lines[file] = {node: place.start.line for node, place in places.items()}
        return self._lines[file].get(node, 1)

    def where(self, scope: Scope, node: cst.CSTNode | None = None) -> str:
        """`app/main.py:12`, as terminals and editors open it."""
        return f"{scope.file}:{self.line(scope.file, node or scope.head)}"
