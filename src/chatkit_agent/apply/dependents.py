"""Dependents: where a project's own code and configuration use modules that are to go away."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

from chatkit_agent.project.tree import Tree, text_of

CONFIGURATION = re.compile(
    r"(?i).*\.(toml|cfg|ini|ya?ml|json|sh|bash|bat|ps1|mk|txt|conf|service|env|example|tf|j2)"
    r"|(docker|contain|make|just|task|proc|brew|jenkins|vagrant)file(\..*)?|.*\.dockerfile"
    r"|\.env.*|\.pre-commit.*"
)
HIDDEN = (".github", ".circleci", ".vscode", ".devcontainer", ".buildkite")
NAME = re.compile(r"[A-Za-z_][\w.]*(:[\w.]+)?")
LARGEST = 1_000_000
INIT = "__init__.py"
Names = Sequence[tuple[str, int]]
"""Modules, each with the level of a relative import."""


@dataclass(frozen=True)
class Dependent:
    """A line of the project's own that uses what is to go away."""

    path: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.path} line {self.line}: {self.what}"


def dependents(
    tree: Tree, contents: Mapping[str, bytes | None], kept: Sequence[str], folder: str
) -> tuple[Dependent, ...]:
    """Who would lack something once files have these `contents` (None: no such file).

    `kept` are delivered files that stay; those that lack something themselves go along with what
    is gone. Absolute imports begin in `folder`, or where a file's own place suggests.
    """
    # Of what was kept, somebody may have removed some since.
    here = frozenset(filter(tree.exists, kept))
    looked = _After(tree, contents, here, folder)
    own = [path for path in looked.paths if path not in looked.kept]
    found = [each for path in own for each in looked.uses_in(path, looked.broken)]
    unbound = [each for path in contents for each in looked.unbound_in(path)]
    settings = [each for path in looked.configuration for each in looked.mentions_in(path)]
    return tuple(sorted({*found, *unbound, *settings}, key=lambda each: (each.path, each.line)))


@dataclass
class _After:
    """The project as it would be."""

    tree: Tree
    contents: Mapping[str, bytes | None]
    kept: frozenset[str]
    folder: str
    _modules: dict[str, ast.Module] = field(default_factory=dict)

    @cached_property
    def before(self) -> frozenset[str]:
        return frozenset(self.tree.glob(".py")) | {each for each in self.contents if _is_code(each)}

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """The Python files that stay."""
        return tuple(
            sorted(each for each in self.before if self.contents.get(each, b"") is not None)
        )

    @cached_property
    def removed(self) -> frozenset[str]:
        return frozenset(path for path, content in self.contents.items() if content is None)

    @cached_property
    def broken(self) -> frozenset[str]:
        """The modules that go, and those kept ones that cannot be imported without them."""
        broken = frozenset(filter(_is_code, self.removed))
        while more := [
            path
            for path in self.kept - broken
            if _is_code(path) and any(self.uses_in(path, broken))
        ]:
            broken |= frozenset(more)
        return broken

    @cached_property
    def configuration(self) -> tuple[str, ...]:
        below = [
            f"{folder}/{path}"
            for folder in HIDDEN
            if (place := self.tree.folder(folder))
            for path in Tree(place).paths
        ]
        files = (*self.tree.paths, *below)
        named = (path for path in files if CONFIGURATION.fullmatch(PurePosixPath(path).name))
        return tuple(each for each in named if each not in {*self.removed, *self.kept})

    def read(self, path: str) -> bytes:
        content = self.contents.get(path)
        return self.tree.read(path) if content is None else content

    def uses_in(self, path: str, broken: frozenset[str]) -> Iterator[Dependent]:
        content = self.read(path)
        words = {part for each in broken for part in (_stem(each), _last(each))}
        if not any(word.encode() in content for word in words if word):
            return
        text = text_of(content).splitlines()
        for node in ast.walk(self._module(path)):
            files = {self._first_file(path, each) for each in _modules_named(node)}
            if isinstance(node, ast.stmt | ast.expr) and files & broken:
                yield Dependent(path, node.lineno, text[node.lineno - 1].strip())

    def unbound_in(self, path: str) -> Iterator[Dependent]:
        """What a file goes on to use although the import of it is taken out."""
        content = self.contents[path]
        if not _is_code(path) or content is None or not self.tree.exists(path):
            return
        module = self._module(path)
        gone = _names_bound(_tree_of(self.tree.read(path))) - _names_bound(module)
        text = text_of(content).splitlines()
        for node in ast.walk(module):
            if isinstance(node, ast.Name) and node.id in gone:
                yield Dependent(path, node.lineno, text[node.lineno - 1].strip())

    def mentions_in(self, path: str) -> Iterator[Dependent]:
        content = self.read(path)
        if not self._pattern or len(content) > LARGEST:
            return
        text = text_of(content)
        for number, line in enumerate(text.splitlines(), 1):
            if not line.lstrip().startswith(("#", "//", ";")) and self._pattern.search(line):
                yield Dependent(path, number, line.strip()[:200])

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        modules = {self._dotted_name(path) for path in self.broken if _name(path) != INIT}
        modules |= {_stem_path(path) for path in self.broken if _name(path) != INIT}
        names = [*(each for each in modules if "." in each), *self.removed]
        folders = [each for each in self._emptied if "/" in each]
        packages = [*folders, *(each.replace("/", ".") for each in folders)]
        whole, ending = (_either(each) for each in (names, packages))
        found = rf"(?<![\w.])(?:\./)?(?:(?:{whole})(?!\w)|(?:{ending})/?(?![\w./-]))"
        return re.compile(found) if self.removed else None

    @cached_property
    def _emptied(self) -> set[str]:
        """The folders in which nothing stays."""
        gone = {str(PurePosixPath(path).parent) for path in self.removed}
        return {
            each for each in gone if not any(path.startswith(f"{each}/") for path in self._left)
        }

    @cached_property
    def _left(self) -> tuple[str, ...]:
        return tuple(path for path in self.tree.paths if path not in self.removed)

    def _dotted_name(self, path: str) -> str:
        below = path.removeprefix(f"{self.folder}/") if self.folder else path
        return _stem_path(below)

    def _module(self, path: str) -> ast.Module:
        if path not in self._modules:
            self._modules[path] = _tree_of(self.read(path))
        return self._modules[path]

    def _first_file(self, path: str, either: Names) -> str | None:
        files = (self._file(path, module, level) for module, level in either)
        return next((file for file in files if file), None)

    def _file(self, path: str, module: str, level: int) -> str | None:
        """The project's file that a module is, as `path` names it."""
        parts = [part for part in module.split(".") if part]
        if level:
            above = PurePosixPath(path).parents
            return self._in(str(above[level - 1]), parts) if level <= len(above) else None
        outwards = [str(each) for each in PurePosixPath(path).parents]
        for root in dict.fromkeys((self.folder, ".", "src", *reversed(outwards))):
            if parts and (file := self._in(root, parts)):
                return file
        return None

    def _in(self, root: str, parts: Sequence[str]) -> str | None:
        stem = str(PurePosixPath(root, *parts))
        return next(
            (each for each in (f"{stem}.py", f"{stem}/__init__.py") if each in self.before), None
        )


def _modules_named(node: ast.AST) -> Iterator[Names]:
    """The modules that a piece of code names; each can be one of several, the likeliest first."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield [(alias.name, 0)]
    elif isinstance(node, ast.ImportFrom):
        base = node.module or ""
        for alias in node.names:
            yield [(f"{base}.{alias.name}", node.level), (base, node.level)]
    elif isinstance(node, ast.Call) and len(node.args) > 1:
        name, package = map(_text, node.args[:2])
        if name and package and name.startswith("."):
            yield [(package + name, 0)]
    elif (text := _text(node)) and NAME.fullmatch(text):
        parts = text.partition(":")[0].split(".")
        yield [(".".join(parts[:length]), 0) for length in range(len(parts), 1, -1)]


def _text(node: ast.AST) -> str | None:
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return node.value if is_text else None  # type: ignore[attr-defined]


def _either(names: Sequence[str]) -> str:
    """A pattern of any of these; of none, one that nothing fits."""
    longest = sorted(set(names), key=len, reverse=True)
    return "|".join(map(re.escape, longest)) or r"(?!)"


def _name(path: str) -> str:
    return PurePosixPath(path).name


def _names_bound(module: ast.Module) -> set[str]:
    """Every name that is bound somewhere in a file."""
    bound: set[str] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Import | ast.ImportFrom):
            bound |= {alias.asname or alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            bound.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
    return bound


def _tree_of(content: bytes) -> ast.Module:
    try:
        return ast.parse(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def _is_code(path: str) -> bool:
    return path.endswith(".py")


def _stem(path: str) -> str:
    return PurePosixPath(path).stem


def _last(path: str) -> str:
    """The name by which a module is imported: a package's is that of its folder."""
    pure = PurePosixPath(path)
    return pure.parent.name if pure.name == "__init__.py" else pure.stem


def _stem_path(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
