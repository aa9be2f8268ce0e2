"""Loading: which files an application imports, which run with it, and which are another's."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import PurePosixPath

import libcst as cst

from chatkit_agent.project.facts import App
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.folders import is_side_file
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.source.walking import within_node

IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]+(\([^)]*\)|[^\n#]+)"
    r"|import[ \t]+([^\n#]+))",
    re.MULTILINE,
)
NAME = re.compile(r"[A-Za-z_][\w.]*")
# What loads modules by names that no import statement says.
DYNAMIC = re.compile(r"\b(?:import_module|__import__|iter_modules|walk_packages|spec_from_file)\b")


def files_of_others(sources: Sources, app: App | None, candidates: Sequence[App]) -> frozenset[str]:
    """The files that belong to other applications of the project, and not to `app`."""
    others = {file for each in candidates for file in (each.file, each.built_in)}
    others = {file for file in others if not is_side_file(file)}
    if app is None or not others - {app.file, app.built_in}:
        return frozenset()
    own = imported_by(sources, app.file, app.built_in)
    starts = others - own
    if _is_open(sources, own):
        return frozenset(starts)
    return imported_by(sources, *sorted(starts)) - own


def may_be_imported(sources: Sources, app: App, files: Collection[str]) -> frozenset[str]:
    """Those of the files that an application imports; all of them where that cannot be told."""
    own = imported_by(sources, app.file, app.built_in)
    return frozenset(files) if _is_open(sources, own) else own & frozenset(files)


def _is_open(sources: Sources, files: Collection[str]) -> bool:
    return any(DYNAMIC.search(sources.text(file)) for file in files)


def imported_by(sources: Sources, *files: str) -> frozenset[str]:
    """Some files, and every file of the project that importing them imports."""
    return _with_all(sources, files, _imports)


def loaded_with(sources: Sources, file: str) -> frozenset[str]:
    """The files that run when `file` is imported, itself and the packages around them included."""
    return _with_all(sources, [file], _imports_at_start)


def _with_all(
    sources: Sources, files: Iterable[str], imports: Callable[[Sources, str], Iterator[str]]
) -> frozenset[str]:
    seen, waiting = set[str](), list(files)
    while waiting:
        file = waiting.pop()
        if file not in seen:
            seen.add(file)
            waiting += [*imports(sources, file), *_packages_around(sources, file)]
    return frozenset(seen)


def _imports(sources: Sources, file: str) -> Iterator[str]:
    for found in IMPORT.finditer(sources.text(file)):
        dots, module, names, plain = found.groups()
        if plain:
            wanted = [(each.split()[0], 0) for each in plain.split(",") if each.split()]
        else:
            inner = (part.strip().split(" ")[0] for part in re.sub(r"[()]", "", names).split(","))
            named = [name for name in inner if NAME.fullmatch(name)]
            wanted = [(".".join(filter(None, (module, name))), len(dots)) for name in named]
            wanted.append((module, len(dots)))
        for name, level in wanted:
            if target := sources.file_of(file, name, level):
                yield target


def _packages_around(sources: Sources, file: str) -> Iterator[str]:
    """The `__init__` of the packages around a file, which run before it does."""
    for folder in PurePosixPath(file).parents:
        path = str(folder / "__init__.py")
        if not sources.is_python(path):
            return
        yield path


def plain_calls(scope: syntax.Scope) -> Iterator[tuple[cst.BaseSmallStatement, cst.Call]]:
    """The calls that a module or function makes in any case: under no condition, in no `try`."""
    yield from _calls_in(scope.body.body if isinstance(scope.body, cst.BaseSuite) else scope.body)


def _calls_in(
    lines: Sequence[cst.CSTNode],
) -> Iterator[tuple[cst.BaseSmallStatement, cst.Call]]:
    for line in lines:
        if isinstance(line, cst.SimpleStatementLine):
            for statement in line.body:
                yield from ((statement, call) for call in calls_now(statement))
        elif isinstance(line, cst.With):
            yield from _calls_in(line.body.body)


def calls_now(node: cst.CSTNode) -> Iterator[cst.Call]:
    """The calls in a node that are made with it, and not when a lambda of it is called."""
    later = {
        call for each in within_node(node, cst.Lambda) for call in within_node(each.body, cst.Call)
    }
    yield from (call for call in within_node(node, cst.Call) if call not in later)


def _imports_at_start(sources: Sources, path: str) -> Iterator[str]:
    for node in syntax.statements(sources.module(path)):
        for module, level in _modules_named(node):
            file = sources.file_of(path, module, level)
            if file:
                yield file


def _modules_named(node: cst.CSTNode) -> Iterator[tuple[str, int]]:
    """`a`, and `a.b` in case that it is a module, for `from a import b`."""
    if isinstance(node, cst.Import):
        yield from ((syntax.dotted(each.name) or "", 0) for each in node.names)
    elif isinstance(node, cst.ImportFrom):
        module, level = syntax.dotted(node.module) or "", len(node.relative)
        yield module, level
        for each in node.names if not isinstance(node.names, cst.ImportStar) else ():
            yield f"{module}.{syntax.dotted(each.name)}".lstrip("."), level
