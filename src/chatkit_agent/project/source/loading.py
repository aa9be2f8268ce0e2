"""Loading: which files of a project run when one of its modules is imported."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.belonging import packages_around
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.source.walking import within_node


def loaded_with(sources: Sources, file: str) -> frozenset[str]:
    """The files that run when `file` is imported, itself and the packages around them included."""
    seen: set[str] = set()
    waiting = [file]
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            waiting += [*packages_around(sources, path), *_imports_of(sources, path)]
    return frozenset(seen)


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


def _imports_of(sources: Sources, path: str) -> Iterator[str]:
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
