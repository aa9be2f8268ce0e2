"""Objects: where FastAPI objects are made, and which names hold them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

import libcst as cst

from chatkit_agent.project.facts import AppKind
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.deferring import deferred
from chatkit_agent.project.source.folders import is_side_file
from chatkit_agent.project.source.made import Holder, Made, inner_app
from chatkit_agent.project.source.names import Definition
from chatkit_agent.project.source.sources import Sources, Symbol
from chatkit_agent.project.source.speaking import speaking, speaks
from chatkit_agent.project.source.syntax import Assignment, Import

FASTAPI = {"fastapi.FastAPI", "fastapi.applications.FastAPI"}
ENTRY_FILES = frozenset({"main", "asgi", "app", "server", "wsgi", "application", "api", "__init__"})

SERVED = {*FASTAPI, "starlette.applications.Starlette", "starlette.types.ASGIApp"}
"""What a function may say that it returns, where it makes a FastAPI object."""
TYPE_NAME = re.compile(r"^(?:[\w.]*(?:Optional|Union)\[\s*)?([A-Za-z_][\w.]*)")
SERVED_AROUND = ("Middleware", "ASGIApp")

# Not what is only spoken of, such as `FastAPI's` and `FastAPI Request object` in a docstring.
NAMED_IN_CODE = rb"\bFastAPI\b(?!'s| (?!as\b)[A-Za-z`]|/)"
IMPORTED = rb"\bimport\s+(?:[^(\n#]*|\([^)]*)\b(?:%s)\b"


@dataclass
class ObjectSearch:
    """One pass over a project; what was learned of a function is kept."""

    sources: Sources
    entries: frozenset[str] = ENTRY_FILES
    """Names of modules that may be started."""
    factories: dict[Symbol, Made | None] = field(default_factory=dict)
    attributes: dict[Symbol, dict[str, Made]] = field(default_factory=dict)
    classes: set[str] = field(default_factory=set)
    reachable: set[str] = field(default_factory=set)
    """Files that speak of an application, or of what gives one."""
    _starred: dict[str, bool] = field(default_factory=dict)
    _leading: dict[str, frozenset[str]] = field(default_factory=dict)
    _spoken: dict[tuple[str, frozenset[str]], tuple[bytes, ...]] = field(default_factory=dict)

    def holders(self, *, aside: bool) -> tuple[Holder, ...]:
        """Every holder, in the order of files; also in tests and examples if `aside`."""
        found: dict[str, tuple[Holder, ...]] = {}
        named, self.reachable = {*self.sources.mentioning(NAMED_IN_CODE, b"FastAPI")}, set()
        while named - self.reachable:
            self.reachable |= named
            self.factories = {symbol: made for symbol, made in self.factories.items() if made}
            self.attributes.clear()
            self._leading.clear()
            for file in self.reachable:
                is_left_out = is_side_file(file) and not aside
                found[file] = () if is_left_out else tuple(self._in(file))
            named = {*self._naming(self._givers())}
        held = tuple(holder for file in sorted(found) for holder in found[file])
        return (*held, *self._reexports(held))

    def _leads(self, file: str, name: str | None) -> bool:
        """Whether a name may lead to an application: files that speak of none are not parsed."""
        imported = self.sources.names(file).imports.get((name or "").partition(".")[0])
        targets = self._targets(file, imported) if imported else []
        return not targets or self._may_hold(targets)

    def _targets(self, file: str, imported: Import) -> list[str]:
        """The files of the project that an import may mean."""
        inner = f"{imported.module}.{imported.name or ''}".strip(".")
        places = (self.sources.file_of(file, n, imported.level) for n in (imported.module, inner))
        return [each for each in places if each]

    def _may_hold(self, targets: Sequence[str]) -> bool:
        return not self.reachable.isdisjoint(targets) or any(map(self._is_starred, targets))

    def _is_starred(self, file: str) -> bool:
        if file not in self._starred:
            self._starred[file] = b"import *" in self.sources.tree.read(file)
        return self._starred[file]

    def _resolve(self, file: str, name: str | None) -> Symbol | None:
        return self.sources.resolve(file, name) if self._leads(file, name) else None

    def _class_of(self, file: str, value: cst.BaseExpression) -> Symbol | None:
        name = syntax.dotted(value.func if isinstance(value, cst.Call) else value)
        return self.sources.class_of(file, value) if self._leads(file, name) else None

    def _definition(self, symbol: Symbol) -> Definition | None:
        return self.sources.definition(symbol) if self._speaks(symbol) else None

    def _speaks(self, symbol: Symbol) -> bool:
        return speaks(self.sources, symbol, self.words)

    def words(self, file: str) -> tuple[bytes, ...]:
        """Patterns: what has none of them in it gives no application; all of a file for none."""
        bound = self.sources.names(file)
        if any(self.sources.file_of(file, star.module, star.level) for star in bound.stars):
            return ()
        names = frozenset({"FastAPI", *self._givers(), *self._leading_in(file)})
        if (file, names) not in self._spoken:
            self._spoken[file, names] = speaking(self.sources, file, *names)
        return self._spoken[file, names]

    def _leading_in(self, file: str) -> frozenset[str]:
        if file not in self._leading:
            imports = self.sources.names(file).imports.items()
            led = (name for name, each in imports if self._may_hold(self._targets(file, each)))
            self._leading[file] = frozenset(led)
        return self._leading[file]

    def _in(self, file: str) -> Iterator[Holder]:
        yield from self._in_module(file)
        yield from self._functions(file)

    def _naming(self, names: set[str]) -> tuple[str, ...]:
        words = sorted(name.encode() for name in names)
        return self.sources.mentioning(rb"\b(?:%s)\b" % b"|".join(words), *words) if words else ()

    def _givers(self) -> set[str]:
        """Names of functions and classes that give a FastAPI object to whoever uses them."""
        made = {symbol.name.split(".")[0] for symbol, value in self.factories.items() if value}
        return made | self.classes

    def _in_module(self, file: str) -> Iterator[Holder]:
        module = self.sources.module(file, *self.words(file), bodies=False)
        for each in syntax.assignments(module):
            if "." not in each.target:
                yield from self._holders_of(file, each)
        for node in syntax.classes(module):
            for each in syntax.assignments(node):
                made = self.made(file, each.value, each.target, node.name.value)
                if made:
                    yield Holder("attribute", file, f"{node.name.value}.{each.target}", made)

    def _holders_of(self, file: str, each: Assignment) -> Iterator[Holder]:
        made = self.made(file, each.value, each.target, None)
        if made:
            yield Holder(self._kind(file, each.value, made), file, each.target, made)
            return
        if deferred := self._of_deferred(file, each.value):
            yield Holder("factory", file, each.target, deferred)
            return
        if each.annotation and self._names(file, each.annotation, FASTAPI):
            yield Holder("module", file, each.target, Made(file, None, each.target))
            return
        owner = self._class_of(file, each.value)
        attributes = self._attributes(owner) if owner else {}
        for attribute, inner in attributes.items():
            yield Holder("attribute", file, f"{each.target}.{attribute}", inner)
        if not attributes and PurePosixPath(file).stem in self.entries:
            yield from self._around(file, each)

    def _of_deferred(self, file: str, value: cst.BaseExpression) -> Made | None:
        name = deferred(self.sources, file, value)
        maker = self._resolve(file, name) if name else None
        return self._factory(maker) if maker else None

    def _around(self, file: str, each: Assignment) -> Iterator[Holder]:
        """`app = CORSMiddleware(api)`: what may be served is around the application."""
        call = each.value
        for arg in call.args if isinstance(call, cst.Call) else ():
            made = self._of_name(file, arg.value) if isinstance(arg.value, cst.Name) else None
            if made and isinstance(call, cst.Call):
                around = (syntax.dotted(call.func) or "").endswith(SERVED_AROUND)
                yield Holder("wrapped", file, each.target, made, around)

    def _kind(self, file: str, value: cst.BaseExpression, made: Made) -> AppKind:
        if isinstance(value, cst.Attribute):
            return "attribute"
        if isinstance(value, cst.Name):
            return "reexport"
        if made.file == file and made.function is None:
            return "subclass" if made.subclass else "module"
        return "called_factory"

    def _functions(self, file: str) -> Iterator[Holder]:
        module = self.sources.module(file, *self.words(file), bodies=False)
        for function in syntax.functions(module):
            symbol = Symbol(file, function.name.value)
            if any(each.default is None for each in syntax.parameters(function)):
                continue
            if made := self._factory(symbol):
                yield Holder("factory", file, function.name.value, made)
            elif function.returns and self._names(file, function.returns.annotation, FASTAPI):
                made = Made(file, function.name.value, "")
                yield Holder("factory", file, function.name.value, made, is_sure=False)
        for owner in syntax.classes(module):
            self._look_into(Symbol(file, owner.name.value), owner)

    def _look_into(self, symbol: Symbol, owner: cst.ClassDef) -> None:
        is_giver = bool(self._is_application(symbol) or self._attributes(symbol))
        for method in syntax.functions(owner):
            made = self._factory(Symbol(symbol.path, f"{symbol.name}.{method.name.value}"))
            is_giver = is_giver or made is not None
        if is_giver:
            self.classes.add(symbol.name)

    def made(
        self,
        file: str,
        value: cst.BaseExpression,
        variable: str,
        function: str | None,
        inner: Mapping[str, Import] | None = None,
    ) -> Made | None:
        """The FastAPI object that an expression at the top level of a file gives, if it is one;
        with `inner` also what a function itself imports.
        """
        if isinstance(value, cst.Call):
            symbol = self._callee(file, value, inner or {})
            if symbol and (special := self._is_application(symbol)) is not None:
                return Made(file, function, variable, special)
            made = self._factory(symbol) if symbol else self._method(file, value.func)
            return made or self._of_call(file, value.func)
        if isinstance(value, cst.Attribute):
            owner = self._class_of(file, value.value)
            attributes = self._attributes(owner) if owner else {}
            return attributes.get(value.attr.value) or self._of_name(file, value)
        return self._of_name(file, value)

    def _callee(self, file: str, call: cst.Call, inner: Mapping[str, Import]) -> Symbol | None:
        name = syntax.dotted(call.func) or ""
        head, _, rest = name.partition(".")
        here = inner.get(head)
        return self.sources.imported(file, here, rest) if here else self._resolve(file, name)

    def _of_call(self, file: str, func: cst.BaseExpression) -> Made | None:
        """`factory()`, where `factory` is an instance of a class with `__call__`."""
        owner = None if isinstance(func, cst.Call) else self._class_of(file, func)
        return self._factory(Symbol(owner.path, f"{owner.name}.__call__")) if owner else None

    def _of_name(self, file: str, value: cst.BaseExpression) -> Made | None:
        symbol = self._resolve(file, syntax.dotted(value))
        definition = self.sources.definition(symbol)
        if not (symbol and symbol.path and isinstance(definition, Assignment)):
            return None
        if definition.value is value or isinstance(definition.value, cst.Name):
            return None
        return self.made(symbol.path, definition.value, definition.target, None)

    def _method(self, file: str, func: cst.BaseExpression) -> Made | None:
        """`builder.build()` and `Builder().with_routes().build()`, of a class in the project."""
        if not isinstance(func, cst.Attribute):
            return None
        held = func.value
        while isinstance(held, cst.Call) and not self._class_of(file, held):
            if not isinstance(held.func, cst.Attribute):
                return None
            held = held.func.value
        owner = self._class_of(file, held)
        place = Symbol(owner.path, f"{owner.name}.{func.attr.value}") if owner else None
        return self._factory(place) if place else None

    def _is_application(self, symbol: Symbol, depth: int = 5) -> bool | None:
        """False for FastAPI itself, True for a subclass in the project, None for anything else."""
        if symbol.path is None:
            return False if symbol.name in FASTAPI else None
        definition = self._definition(symbol)
        if not isinstance(definition, cst.ClassDef) or not depth:
            return None
        for base in syntax.bases(definition):
            parent = self._resolve(symbol.path, base)
            if parent and parent != symbol and self._is_application(parent, depth - 1) is not None:
                return True
        return None

    def _attributes(self, owner: Symbol) -> dict[str, Made]:
        """The attributes and properties of a class's instances that hold a FastAPI object."""
        if owner not in self.attributes:
            self.attributes[owner] = {}
            self.attributes[owner] = dict(self._of_bases(owner))
            self.attributes[owner] |= dict(self._set_in_methods(owner))
            self.attributes[owner] |= dict(self._properties(owner))
        return self.attributes[owner]

    def _of_bases(self, owner: Symbol) -> Iterator[tuple[str, Made]]:
        definition = self._definition(owner)
        for base in syntax.bases(definition) if isinstance(definition, cst.ClassDef) else ():
            parent = self._resolve(owner.path or "", base)
            if parent and parent.path:
                yield from self._attributes(parent).items()

    def _set_in_methods(self, owner: Symbol) -> Iterator[tuple[str, Made]]:
        for method in self._methods(owner):
            place = f"{owner.name}.{method.name.value}"
            for each in syntax.assignments(method):
                if each.target.startswith("self.") and (
                    made := self._local(owner.path or "", each, place)
                ):
                    yield each.target.removeprefix("self."), made

    def _properties(self, owner: Symbol) -> Iterator[tuple[str, Made]]:
        for method in self._methods(owner):
            if not any(mark.endswith("property") for mark in syntax.decorators(method)):
                continue
            made = self._factory(Symbol(owner.path, f"{owner.name}.{method.name.value}"))
            if made:
                yield method.name.value, made

    def _methods(self, owner: Symbol) -> tuple[cst.FunctionDef, ...]:
        definition = self._definition(owner)
        return tuple(syntax.functions(definition)) if isinstance(definition, cst.ClassDef) else ()

    def _factory(self, symbol: Symbol) -> Made | None:
        """The FastAPI object that calling a function of the project returns."""
        if symbol not in self.factories:
            self.factories[symbol] = None
            place = self._place(symbol)
            function = self.sources.function(place) if self._speaks(place) else None
            if place.path and function:
                self.factories[symbol] = self._of_returns(place.path, place.name, function)
        return self.factories[symbol]

    def _place(self, symbol: Symbol) -> Symbol:
        """`Server.build` for `server.build`, where `server` is a `Server`."""
        owner, _, name = symbol.name.rpartition(".")
        kind = self.sources.kind_of(Symbol(symbol.path, owner)) if owner else None
        return Symbol(kind.path, f"{kind.name}.{name}") if kind else symbol

    def _of_returns(self, file: str, place: str, function: cst.FunctionDef) -> Made | None:
        assigned = {each.target: each for each in syntax.assignments(function)}
        inner = dict(syntax.imports(function))
        local = {
            each.target: made
            for each in syntax.assignments(function)
            if (made := self._local(file, each, place, inner))
        }
        for value in syntax.returned_values(function):
            name = syntax.dotted(value)
            made = local.get(name or "") or self.made(file, value, "", place, inner)
            if made is None and name and name.startswith("self."):
                owner = Symbol(file, place.rpartition(".")[0])
                made = self._attributes(owner).get(name.removeprefix("self."))
            made = made or self._attribute_of_local(file, value, assigned)
            if made := made or inner_app(value, local):
                return made
        return self._of_annotation(file, function, local)

    def _attribute_of_local(
        self, file: str, value: cst.BaseExpression, assigned: Mapping[str, Assignment]
    ) -> Made | None:
        """`return api.app`, where `api = Api()` stands above."""
        held = value.value if isinstance(value, cst.Attribute) else None
        each = assigned.get(syntax.dotted(held) or "")
        owner = self._class_of(file, each.value) if each else None
        if not isinstance(value, cst.Attribute) or owner is None:
            return None
        return self._attributes(owner).get(value.attr.value)

    def _of_annotation(
        self, file: str, function: cst.FunctionDef, local: Mapping[str, Made]
    ) -> Made | None:
        """What a function makes that says that it returns an application, however it does that."""
        is_said = function.returns and self._names(file, function.returns.annotation, SERVED)
        return next(iter(local.values()), None) if is_said else None

    def _names(self, file: str, annotation: cst.BaseExpression, known: Collection[str]) -> bool:
        """`FastAPI`, `"FastAPI"`, `FastAPI | None`, `Optional[FastAPI]`, by whatever name."""
        inner = syntax.required(annotation)
        written = syntax.text(inner)
        name = TYPE_NAME.search(written) if written else None
        symbol = self._resolve(file, name[1] if name else syntax.dotted(inner))
        if symbol is None or symbol.path is None:
            return symbol is not None and symbol.name in known
        return self._is_application(symbol) is not None

    def _local(
        self, file: str, each: Assignment, place: str, inner: Mapping[str, Import] | None = None
    ) -> Made | None:
        """Plain names in a function are its own, so only calls are followed."""
        if not isinstance(each.value, cst.Call):
            return None
        return self.made(file, each.value, each.target, place, inner)

    def _reexports(self, held: tuple[Holder, ...]) -> Iterator[Holder]:
        """`from .server import app`, in files that look like an entry."""
        known = {Symbol(each.file, each.attribute): each for each in held}
        names = {each.attribute for each in held if each.kind != "factory"}
        words = sorted(name.encode() for name in names)
        imports = re.compile(IMPORTED % b"|".join(words)).search
        for file in self.sources.holding(*words):
            is_entry = PurePosixPath(file).stem in self.entries
            if not is_entry or not imports(self.sources.tree.read(file)):
                continue
            for name, imported in self.sources.names(file).imports.items():
                if imported.name not in names:
                    continue
                symbol = self._resolve(file, name)
                original = known.get(symbol) if symbol else None
                if original and original.file != file and original.kind != "factory":
                    yield Holder("reexport", file, name, original.made)
            module = self.sources.module(file, rb"=") if file not in self.reachable else None
            for each in syntax.assignments(module) if module else ():
                yield from self._around(file, each)
