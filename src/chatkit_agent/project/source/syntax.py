"""Syntax: Python source as LibCST reads it, and what detectors and edits ask of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import libcst as cst

from chatkit_agent.errors import CannotRead
from chatkit_agent.project.source.chunks import chunks_of, parse_chunks
from chatkit_agent.project.source.parts import parts_of as parts_of
from chatkit_agent.project.source.parts import walk as walk

LARGEST = 2**63
SURROGATE = re.compile("[\\ud800-\\udfff]")
Scope = cst.Module | cst.FunctionDef | cst.ClassDef
Statement = cst.BaseSmallStatement | cst.BaseCompoundStatement


@dataclass(frozen=True)
class Import:
    """What an import binds: `name` of `module` (None: the module itself), `level` dots up."""

    module: str
    level: int = 0
    name: str | None = None


@dataclass(frozen=True)
class Assignment:
    """`target = value`; `target` is dotted where it is an attribute, such as `self.app`."""

    target: str
    value: cst.BaseExpression
    annotation: cst.BaseExpression | None = None


@lru_cache(maxsize=1024)
def parse(content: bytes) -> cst.Module:
    """The module in `content`; its `bytes` are exactly `content`.

    Raises:
        CannotRead: it is not Python, is in an encoding that is not what it says, or goes too deep.
    """
    return parse_chunks(content)[1]


@lru_cache(maxsize=4096)
def parse_with(content: bytes, patterns: tuple[bytes, ...], *, bodies: bool = True) -> cst.Module:
    """The statements at the top of a module in which one of the patterns is found.

    Without `bodies`, functions among them have none.

    Raises:
        CannotRead: as `parse` does; what is left out is not known to be Python.
    """
    search = re.compile(b"|".join(patterns)).search
    chunks = [each for each in chunks_of(content) if search(each.source)]
    try:
        modules = [each.module if bodies else each.signature for each in chunks]
    except CannotRead:
        return parse(content)
    return cst.Module([node for each in modules for node in each.body])


def dotted(node: cst.CSTNode | None) -> str | None:
    """`a.b.c` for a chain of names, else None."""
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute):
        base = dotted(node.value)
        return f"{base}.{node.attr.value}" if base else None
    return None


def text(node: cst.CSTNode | None) -> str | None:
    """The value of a string literal, else None."""
    if isinstance(node, cst.SimpleString | cst.ConcatenatedString):
        value = _value_of(node)
        is_text = isinstance(value, str) and not SURROGATE.search(value)
        return str(value) if is_text else None
    if isinstance(node, cst.FormattedString):
        parts = [each.value for each in node.parts if isinstance(each, cst.FormattedStringText)]
        return "".join(parts) if len(parts) == len(node.parts) else None
    return None


def number(node: cst.CSTNode | None) -> int | float | None:
    """The value of a literal number that a setting may have, else None."""
    if isinstance(node, cst.Integer | cst.Float):
        value = _value_of(node)
        is_usual = isinstance(value, int | float) and abs(value) < LARGEST
        return value if is_usual else None
    return None


@lru_cache(maxsize=1 << 16)
def _value_of(literal: cst.SimpleString | cst.ConcatenatedString | cst.Integer | cst.Float) -> Any:
    """What Python makes of it; None where the parser takes it and Python does not: `"\\x"`."""
    try:
        return literal.evaluated_value
    except (SyntaxError, ValueError, OverflowError):
        return None


@lru_cache(maxsize=1 << 14)
def code(node: cst.CSTNode) -> str:
    """The source of a node, on one line."""
    return " ".join(cst.Module([]).code_for_node(node).split())


def statements(scope: Scope) -> Iterator[Statement]:
    """What runs in a scope, in order: into `if`, `try`, `with` and loops, not into functions.

    What is under `if __name__ == "__main__":` does not run on import and is left out.
    """
    return iter(_statements_of(scope))


@lru_cache(maxsize=1 << 14)
def _statements_of(scope: Scope) -> tuple[Statement, ...]:
    return tuple(_statements(scope.body))


def _statements(block: cst.BaseSuite | Sequence[cst.CSTNode]) -> Iterator[Statement]:
    nodes = block.body if isinstance(block, cst.BaseSuite) else block
    for node in nodes:
        if isinstance(node, cst.BaseSmallStatement):
            yield node
        elif isinstance(node, cst.SimpleStatementLine):
            yield from node.body
        elif isinstance(node, cst.BaseCompoundStatement):
            yield node
            yield from _inner_statements(node)


def _inner_statements(node: cst.BaseCompoundStatement) -> Iterator[Statement]:
    if isinstance(node, cst.FunctionDef | cst.ClassDef):
        return
    if not isinstance(node, cst.Match) and not (isinstance(node, cst.If) and is_main_guard(node)):
        yield from _statements(node.body)
    for field in ("handlers", "cases"):
        for part in getattr(node, field, ()):
            yield from _statements(part.body)
    for field in ("orelse", "finalbody"):
        part = getattr(node, field, None)
        if isinstance(part, cst.If):
            yield from _inner_statements(part)
        elif part is not None:
            yield from _statements(part.body)


def is_main_guard(node: cst.If) -> bool:
    test = node.test
    return isinstance(test, cst.Comparison) and "__name__" in (
        dotted(test.left),
        *(dotted(each.comparator) for each in test.comparisons),
    )


def subscripts(node: cst.Subscript) -> tuple[cst.BaseExpression, ...]:
    """`A` and `B` of `x[A, B]`."""
    indices = (element.slice for element in node.slice)
    return tuple(index.value for index in indices if isinstance(index, cst.Index))


def key(node: cst.Subscript) -> cst.BaseExpression | None:
    """`A` of `x[A]` and `x[A, B]`; a slice such as `token[:10]` has none."""
    return next(iter(subscripts(node)), None)


def required(annotation: cst.BaseExpression) -> cst.BaseExpression:
    """`User` of `User | None` and `Optional[User]`."""
    if isinstance(annotation, cst.BinaryOperation):
        is_left = dotted(annotation.left) not in ("None", "Any")
        return annotation.left if is_left else annotation.right
    if not isinstance(annotation, cst.Subscript):
        return annotation
    is_optional = (dotted(annotation.value) or "").rpartition(".")[2] in ("Optional", "Union")
    return (key(annotation) if is_optional else None) or annotation


def assigned_to(scope: Scope, name: str) -> Sequence[Assignment]:
    """The assignments to one name, or to one attribute, in a scope."""
    return _by_target(scope).get(name, ())


@lru_cache(maxsize=1 << 14)
def _by_target(scope: Scope) -> dict[str, list[Assignment]]:
    found: dict[str, list[Assignment]] = {}
    for each in assignments(scope):
        found.setdefault(each.target, []).append(each)
    return found


@lru_cache(maxsize=1 << 14)
def assignments(scope: Scope) -> tuple[Assignment, ...]:
    """Every assignment to a name or attribute in a scope."""
    return tuple(_all_assignments(scope))


def _all_assignments(scope: Scope) -> Iterator[Assignment]:
    for node in statements(scope):
        tested = getattr(node, "test", node if isinstance(node, cst.Expr | cst.Return) else None)
        for each in walk(tested) if tested is not None else ():
            if isinstance(each, cst.NamedExpr) and (target := dotted(each.target)):
                yield Assignment(target, each.value)
        if isinstance(node, cst.AnnAssign):
            target = dotted(node.target)
            if target and node.value:
                yield Assignment(target, node.value, node.annotation.annotation)
        elif isinstance(node, cst.Assign):
            for each in node.targets:
                for part, value in _pairs(each.target, node.value):
                    if target := dotted(part):
                        yield Assignment(target, value)
        elif isinstance(node, cst.TypeAlias):
            yield Assignment(node.name.value, node.value)


def _pairs(
    target: cst.BaseExpression, value: cst.BaseExpression
) -> Iterator[tuple[cst.BaseExpression, cst.BaseExpression]]:
    """`a` with `1` and `b` with `2` in `a, b = 1, 2`; else the two as they are."""
    sides = (cst.Tuple, cst.List)
    if not isinstance(target, sides) or not isinstance(value, sides):
        yield target, value
        return
    parts = [*target.elements, *value.elements]
    is_plain = not any(isinstance(each, cst.StarredElement) for each in parts)
    if is_plain and len(target.elements) == len(value.elements):
        for left, right in zip(target.elements, value.elements, strict=True):
            yield from _pairs(left.value, right.value)


def fallbacks(scope: Scope) -> set[str]:
    """The names that `except ImportError:` binds, where a package is not there."""
    found = set[str]()
    for block in statements(scope):
        for handler in block.handlers if isinstance(block, cst.Try) else ():
            for node in _statements(handler.body):
                if isinstance(node, cst.FunctionDef | cst.ClassDef):
                    found.add(node.name.value)
                elif isinstance(node, cst.Assign):
                    found |= {name for each in node.targets if (name := dotted(each.target))}
    return found


def decorators(node: cst.CSTNode) -> tuple[str, ...]:
    """The dotted names of what decorates a function or a class."""
    marks = node.decorators if isinstance(node, cst.FunctionDef | cst.ClassDef) else ()
    plain = (each.decorator for each in marks)
    called = (each.func if isinstance(each, cst.Call) else each for each in plain)
    return tuple(name for each in called if (name := dotted(each)))


def function_named(scope: Scope, name: str) -> cst.FunctionDef | None:
    return next((each for each in functions(scope) if each.name.value == name), None)


def functions(scope: Scope) -> Iterator[cst.FunctionDef]:
    return (node for node in statements(scope) if isinstance(node, cst.FunctionDef))


def classes(scope: Scope) -> Iterator[cst.ClassDef]:
    return (node for node in statements(scope) if isinstance(node, cst.ClassDef))


def bases(node: cst.CSTNode) -> tuple[str, ...]:
    """The dotted names of a class's bases."""
    given = [each.value for each in node.bases] if isinstance(node, cst.ClassDef) else []
    named = (each.value if isinstance(each, cst.Subscript) else each for each in given)
    return tuple(name for each in named if (name := dotted(each)))


def annotated(scope: Scope) -> Iterator[cst.AnnAssign]:
    """`name: type` and `name: type = value`, as the fields of a class are written."""
    return (node for node in statements(scope) if isinstance(node, cst.AnnAssign))


def returns(function: Scope) -> Iterator[cst.BaseExpression | None]:
    """What each `return` of a function gives (None: nothing)."""
    return (node.value for node in statements(function) if isinstance(node, cst.Return))


def returned(function: Scope) -> list[cst.BaseExpression]:
    """What a function returns, where it is something."""
    return [value for value in returns(function) if value is not None]


def returned_values(function: cst.FunctionDef) -> Iterator[cst.BaseExpression]:
    """What a function returns, either of `a if c else b`."""
    for value in returned(function):
        yield from (value.body, value.orelse) if isinstance(value, cst.IfExp) else (value,)


def argument(
    call: cst.Call, keyword: str, position: int | None = None
) -> cst.BaseExpression | None:
    """The argument that a call passes by `keyword` or at `position`."""
    for index, arg in enumerate(call.args):
        if arg.star:
            continue
        if (arg.keyword and arg.keyword.value == keyword) or (
            arg.keyword is None and index == position
        ):
            return arg.value
    return None


def parameters(function: cst.FunctionDef | cst.Lambda) -> tuple[cst.Param, ...]:
    """Every named parameter, in order."""
    given = function.params
    return (*given.posonly_params, *given.params, *given.kwonly_params)


def imports(scope: Scope) -> Iterator[tuple[str, Import]]:
    """Every name that the imports of a scope bind; `*` stands for a star import."""
    for node in statements(scope):
        if isinstance(node, cst.Import):
            yield from _plain_imports(node)
        elif isinstance(node, cst.ImportFrom):
            yield from _from_imports(node)


def _plain_imports(node: cst.Import) -> Iterator[tuple[str, Import]]:
    for alias in node.names:
        name = dotted(alias.name) or ""
        if alias.asname:
            yield dotted(alias.asname.name) or "", Import(name)
        else:
            yield name.split(".")[0], Import(name.split(".")[0])


def _from_imports(node: cst.ImportFrom) -> Iterator[tuple[str, Import]]:
    module, level = dotted(node.module) or "", len(node.relative)
    if isinstance(node.names, cst.ImportStar):
        yield "*", Import(module, level, "*")
        return
    for alias in node.names:
        name = dotted(alias.name) or ""
        bound = dotted(alias.asname.name) if alias.asname else name
        yield bound or name, Import(module, level, name)


def module_name(path: str, root: str = "") -> str:
    """`backend/app/main.py` imported from `backend` is `app.main`."""
    relative = path.removeprefix(f"{root}/") if root else path
    return relative.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
