"""Sources: the files of a project as detectors read them, with names followed across files."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from configparser import ConfigParser
from configparser import Error as ConfigParserError
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

import libcst as cst

from chatkit_agent.errors import CannotRead
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.chunks import Chunk, chunks_of
from chatkit_agent.project.source.folders import folders_from, is_side_file, upwards, within
from chatkit_agent.project.source.names import Definition, Names, defined_by, names_in
from chatkit_agent.project.source.references import bare
from chatkit_agent.project.source.syntax import Import
from chatkit_agent.project.source.toml_tables import tables_in
from chatkit_agent.project.source.walking import classes_given, inner_function
from chatkit_agent.project.tree import Tree, text_of

# Never the name of a package of theirs, even where a folder inside a package is called so.
FOREIGN = {"fastapi", "starlette", "pydantic", "pydantic_settings", "chatkit", "sqlmodel"}


@dataclass(frozen=True)
class Symbol:
    """A dotted name of the project's file `path`, or (None) of others; empty for the module."""

    path: str | None
    name: str

    @property
    def last_name(self) -> str:
        return self.name.rpartition(".")[2]

    @property
    def package_name(self) -> str:
        """Its full name in an installed package; empty for what the project defines."""
        return self.name if self.path is None else ""


@dataclass
class Sources:
    """The files of `tree`, read and parsed once. `unreadable` fills while detectors read."""

    tree: Tree
    unreadable: dict[str, str] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()
    """Python files that are not looked at, such as those of another application."""
    _names: dict[str, Names] = field(default_factory=dict, repr=False)
    _toml: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False)
    _holding: dict[tuple[bytes, bool], frozenset[str]] = field(default_factory=dict, repr=False)
    _modules: dict[tuple[str, str], tuple[str, ...]] = field(
        default_factory=dict, init=False, repr=False
    )

    @cached_property
    def python(self) -> tuple[str, ...]:
        return tuple(path for path in self.tree.glob(".py") if path not in self.left_out)

    def without(self, files: frozenset[str]) -> Sources:
        return replace(self, left_out=self.left_out | files) if files else self

    @cached_property
    def _files(self) -> frozenset[str]:
        return frozenset(self.python)

    def is_python(self, path: str) -> bool:
        return path in self._files

    def has(self, path: str, by: str) -> bool:
        """Whether a file that the file `by` names is there; one that is elsewhere is told."""
        if self.tree.exists(path):
            return True
        if self.tree.leads_out(path):
            self.unreadable[path] = f"`{by}` names it, and it is outside of the project"
        return False

    def upwards(self, path: str) -> tuple[str, ...]:
        """The folder of a file and those above it in the repository, nearest first."""
        above, folder = self.tree.above, path.rpartition("/")[0]
        if not path.startswith("../"):
            return (*upwards(path), *above)
        return above[above.index(folder) :] if folder in above else (folder, *above)

    def text(self, path: str) -> str:
        return text_of(self.tree.read(path))

    def code(self, path: str) -> str:
        """A Python file's text without comments and docstrings, on the same lines."""
        return bare(self.text(path))

    def toml(self, path: str) -> dict[str, Any]:
        """A TOML file's tables, empty where there is no such file or it cannot be read."""
        if path not in self._toml:
            text = self.text(path) if self.tree.exists(path) else ""
            self._toml[path], problem = tables_in(text)
            if problem:
                self.unreadable[path] = problem
        return self._toml[path]

    def ini(self, path: str) -> ConfigParser:
        """A configuration file's sections, empty where there is none or it cannot be read."""
        parser = ConfigParser(interpolation=None, strict=False)
        if self.tree.exists(path):
            try:
                parser.read_string(self.text(path))
            except ConfigParserError as error:
                self.unreadable[path] = f"this is not a valid configuration file: {error}"
        return parser

    def holding(self, *words: bytes, aside: bool = True) -> tuple[str, ...]:
        """The Python files whose bytes hold one of `words`; not those of tests, if not `aside`."""
        sides = (False, True) if aside else (False,)
        found = frozenset().union(*(self._with(word, side) for word in words for side in sides))
        return tuple(path for path in self.python if path in found)

    def _with(self, word: bytes, is_side: bool) -> frozenset[str]:
        """Apart, as the files beside an application are most of a large project."""
        known = word, is_side
        if known not in self._holding:
            files = self._split[is_side]
            self._holding[known] = frozenset(p for p in files if word in self.tree.read(p))
        return self._holding[known]

    @cached_property
    def _split(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        files = self.tree.glob(".py")
        main = tuple(path for path in files if not is_side_file(path))
        return main, tuple(path for path in files if is_side_file(path))

    def mentioning(self, pattern: bytes, *words: bytes, aside: bool = True) -> tuple[str, ...]:
        """The Python files with a match of a regular expression; `words` make that quick."""
        search = re.compile(pattern).search
        files = self.holding(*words or (b"",), aside=aside)
        return tuple(path for path in files if search(self.tree.read(path)))

    def module(self, path: str, *patterns: bytes, bodies: bool = True) -> cst.Module:
        """A parsed Python file, empty where it cannot be parsed.

        With `patterns`, only the statements at its top in which one of them is found; then also
        without the bodies of the functions among these.
        """
        content = self.tree.read(path)
        try:
            if not patterns:
                return syntax.parse(content)
            return syntax.parse_with(content, patterns, bodies=bodies)
        except CannotRead as error:
            self.unreadable[path] = str(error)
            return cst.Module([])

    def names(self, path: str) -> Names:
        if path not in self._names:
            try:
                self._names[path] = names_in(chunks_of(self.tree.read(path)))
            except CannotRead:
                self._names[path] = self._names_of_whole(path)
        return self._names[path]

    def _names_of_whole(self, path: str) -> Names:
        """Of a file whose chunks cannot each be parsed alone."""
        self.module(path)
        return names_in([] if path in self.unreadable else [Chunk(self.tree.read(path))])

    def definition(self, symbol: Symbol | None) -> Definition | None:
        """The function, class or assignment that a symbol of the project stands for."""
        found = self._holding_of(symbol)
        if not isinstance(found, Chunk):
            return found
        try:
            return defined_by(found)
        except CannotRead:
            path = (symbol and symbol.path) or ""
            self._names[path] = self._names_of_whole(path)
            return self.definition(symbol)

    def _holding_of(self, symbol: Symbol | None) -> Definition | Chunk | None:
        """As `definition` gives it, but that a function or class is not parsed for it."""
        name, path = (symbol.name, symbol.path) if symbol else ("", None)
        if name.endswith(")"):  # Made in place: `Depends(users.current_user())`.
            return syntax.Assignment(name, cst.parse_expression(name))
        return self.names(path).definitions.get(name) if path else None

    def assigned(self, symbol: Symbol | None) -> cst.BaseExpression | None:
        """What a name of one of the project's modules is given."""
        held = self._holding_of(symbol)
        return held.value if isinstance(held, syntax.Assignment) else None

    def function(self, symbol: Symbol | None) -> cst.FunctionDef | None:
        """The function or method (`Class.method`, `instance.method`) of a symbol."""
        if symbol is None or symbol.path is None:
            return None
        owner, _, name = symbol.name.rpartition(".")
        if not owner:
            definition = self.definition(symbol)
            return definition if isinstance(definition, cst.FunctionDef) else None
        kind = self.definition(self.kind_of(Symbol(symbol.path, owner)))
        method = syntax.function_named(kind, name) if isinstance(kind, cst.ClassDef) else None
        is_read = method is not None and "property" in syntax.decorators(method)
        return (method and is_read and inner_function(method)) or method

    def class_of(self, path: str, value: cst.BaseExpression) -> Symbol | None:
        """The project's class of which an expression is an instance."""
        called = value.func if isinstance(value, cst.Call) else value
        symbol = self.resolve(path, syntax.dotted(called))
        if called is value:
            return self.kind_of(symbol) if isinstance(self.assigned(symbol), cst.Call) else None
        held = self._holding_of(symbol)
        is_class = held.is_class if isinstance(held, Chunk) else isinstance(held, cst.ClassDef)
        if is_class or held is None or symbol is None or symbol.path is None:
            return symbol if is_class else None
        maker = self.function(symbol)
        given = [*classes_given(maker)] if maker else []
        kind = self.resolve(symbol.path, given[0]) if len(given) == 1 else None
        return kind if isinstance(self.definition(kind), cst.ClassDef) else None

    def kind_of(self, symbol: Symbol | None) -> Symbol | None:
        """A class itself, or the class of an instance that is assigned in a module."""
        if symbol and symbol.path and (value := self.assigned(symbol)) is not None:
            return self.class_of(symbol.path, value)
        return symbol

    def resolve(self, path: str, name: str | None, hops: int = 12) -> Symbol | None:
        """What a dotted name means at the top level of a file; None where that cannot be told."""
        if not name or not hops:
            return None
        head, _, rest = name.partition(".")
        names = self.names(path)
        if (found := names.definitions.get(head)) is not None:
            return self._symbol_in(path, found, head, rest, hops)
        if (imported := names.imports.get(head)) is not None:
            return self._symbol_of_import(path, imported, rest, hops)
        for star in names.stars:
            if (symbol := self._symbol_of_star(path, star, name, hops)) is not None:
                return symbol
        return None

    def imported(self, path: str, what: Import, rest: str = "") -> Symbol | None:
        """What an import that stands anywhere in a file binds, and `rest` of that."""
        return self._symbol_of_import(path, what, rest, 12)

    def _symbol_in(
        self, path: str, found: Definition | Chunk, head: str, rest: str, hops: int
    ) -> Symbol:
        alias = syntax.dotted(found.value) if isinstance(found, syntax.Assignment) else None
        if alias and alias.split(".")[0] != head:
            target = self.resolve(path, _dotted_name(alias, rest), hops - 1)
            if target is not None:
                return target
        return Symbol(path, _dotted_name(head, rest))

    def _symbol_of_import(self, path: str, imported: Import, rest: str, hops: int) -> Symbol | None:
        wanted = _dotted_name(imported.name or "", rest)
        file = self.file_of(path, imported.module, imported.level)
        if file is None and imported.level == 0 and not imported.name:
            return self._submodule(path, imported.module, rest, hops)
        if file is None:
            return self._namespace(path, imported, wanted, hops)
        if not wanted:
            return Symbol(file, "")
        found = None if file == path else self.resolve(file, wanted, hops - 1)
        return found or self._in_package(file, wanted, hops)

    def _inside(self, file: str, wanted: str, hops: int) -> Symbol | None:
        return self.resolve(file, wanted, hops) or self._in_package(file, wanted, hops)

    def _in_package(self, file: str, wanted: str, hops: int) -> Symbol | None:
        """`wanted` may begin with a submodule of the package whose `__init__` is `file`."""
        head, _, rest = wanted.partition(".")
        folder, _, name = file.rpartition("/")
        child = self._module_file(within(folder, head)) if name == "__init__.py" else None
        if child and hops:
            return self._inside(child, rest, hops - 1) if rest else Symbol(child, "")
        return None

    def _submodule(self, path: str, module: str, rest: str, hops: int) -> Symbol | None:
        """`import app.api.main` and then `app.api.main.router`, where `app` has no `__init__`."""
        parts = rest.split(".") if rest else []
        for length in range(len(parts), 0, -1):
            file = self.file_of(path, ".".join([module, *parts[:length]]))
            if file:
                left = ".".join(parts[length:])
                return self.resolve(file, left, hops - 1) if left else Symbol(file, "")
        return Symbol(None, _dotted_name(module, rest))

    def _namespace(self, path: str, imported: Import, wanted: str, hops: int) -> Symbol | None:
        """`from package import module`, where the package is a folder without `__init__`."""
        head, _, rest = wanted.partition(".")
        file = self.file_of(path, _dotted_name(imported.module, head), imported.level)
        if file:
            return self._inside(file, rest, hops - 1) if rest else Symbol(file, "")
        if imported.level:
            return None
        return Symbol(None, _dotted_name(imported.module, wanted))

    def _symbol_of_star(self, path: str, star: Import, name: str, hops: int) -> Symbol | None:
        file = self.file_of(path, star.module, star.level)
        if file == path:
            return None
        if file:
            return self.resolve(file, name, hops - 1)
        known = star.module.split(".")[0] in FOREIGN
        return Symbol(None, f"{star.module}.{name}") if known else None

    def file_of(self, path: str, module: str, level: int = 0) -> str | None:
        """The project's file for a module that `path` imports; None where it is somebody else's."""
        below = module.replace(".", "/")
        if level:
            folders = upwards(path)
            if level > len(folders):
                return None
            return self._module_file(within(folders[level - 1], below))
        if not module:
            return None
        return next((file for file in self._files_for(path, module) if file != path), None)

    def _files_for(self, path: str, module: str) -> tuple[str, ...]:
        """What the files of a folder may mean by a module, the most likely first."""
        head, below = module.partition(".")[0], module.replace(".", "/")
        wanted = path.rpartition("/")[0], module
        if wanted not in self._modules:
            files = (self._module_file(within(root, below)) for root in self._roots(path, head))
            self._modules[wanted] = tuple(filter(None, files))
        return self._modules[wanted]

    def _module_file(self, stem: str) -> str | None:
        candidates = (f"{stem}.py", within(stem, "__init__.py"))
        return next((file for file in candidates if file in self._files), None)

    def _roots(self, path: str, head: str) -> Iterator[str]:
        """Where absolute imports of a file are looked up, the most likely folder first."""
        inside = self.package_root(path)
        for folder in folders_from(inside):
            yield folder
            yield within(folder, "src")
        if head not in FOREIGN:
            below = upwards(path)[: -len(folders_from(inside))]
            yield from reversed(below)

    def package_root(self, path: str) -> str:
        """The folder above the outermost package (by `__init__.py`) that holds a file."""
        folder = path.rpartition("/")[0]
        while folder and f"{folder}/__init__.py" in self._files:
            folder = folder.rpartition("/")[0]
        return folder

    def import_root(self, path: str, hinted: Sequence[str] = ()) -> str:
        """The folder from which the module in `path` has to be imported for its imports to work.

        Where its imports do not tell, the first of the `hinted` folders is taken.
        """
        votes = Counter(self.roots_by_imports(path))
        root = next(iter(hinted), self.package_root(path))
        if votes and votes[root] < max(votes.values()):
            root = votes.most_common(1)[0][0]
        while root and _depth_below(path, root) < self._relative_depth(path):
            root = root.rpartition("/")[0]
        return root

    def imports_from_outside(self, path: str) -> bool:
        """Whether relative imports lead out of the project, which then is only part of one."""
        return _depth_below(path, "") < self._relative_depth(path)

    def _relative_depth(self, path: str) -> int:
        return max((each.level for each in self._imports(path)), default=0)

    def _imports(self, path: str) -> tuple[Import, ...]:
        return (*self.names(path).imports.values(), *self.names(path).stars)

    def roots_by_imports(self, path: str) -> Iterator[str]:
        """For each of its absolute imports of the project, the folder from which that works."""
        for each in self._imports(path):
            if each.level:
                continue
            module = each.module
            if not self.file_of(path, module) and each.name:
                module = f"{module}.{each.name}"
            file = self.file_of(path, module)
            if file:
                stem = file.removesuffix(".py").removesuffix("/__init__")
                root = stem.removesuffix(module.replace(".", "/")).rstrip("/")
                if not root or path.startswith(f"{root}/"):
                    yield root


def _depth_below(path: str, root: str) -> int:
    """How many packages a module is in when it is imported from `root`."""
    return len(PurePosixPath(path).relative_to(root or ".").parts) - 1


def _dotted_name(*names: str) -> str:
    return ".".join(name for name in names if name)
