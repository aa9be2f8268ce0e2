"""Folding: the text that an expression of source comes to, where constants alone make it."""

from __future__ import annotations

import ast
import operator
import os.path
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import PurePath

from chatkit_agent.sandbox.isolation.split_addresses import piece_of

MOST = 4096
DEEPEST = 40
SAME = {"resolve", "absolute", "expanduser", "as_posix", "abspath", "realpath", "normpath"}
TEXT = {"str", "Path", "PurePath", "fspath"}
FACTORIES = {"Path", "PurePath"}
PERCENT = re.compile(r"(?:[^%]|%[sd])*")
ROLE = re.compile(r"(?:Settings|Config|Configuration|Options)$")
BRACES = re.compile(r"(?:[^{}]|\{\w*\})*")
Folded = str | int | PurePath
Edit = tuple[ast.expr, str]


class Folding:
    """Constants of one module; `file` is where that is for its owner."""

    def __init__(self, tree: ast.Module, file: PurePath) -> None:
        self.file = file
        nodes = list(ast.walk(tree))
        stored = (n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
        counted = Counter(stored)
        self._values = {
            target.id: value
            for target, value in filter(None, map(_assigned_in, nodes))
            if counted[target.id] == 1
        }
        self._known_names: dict[str, Folded | None] = {}
        self._shadowed = {n.arg for n in nodes if isinstance(n, ast.arg)}

    def value_of(self, node: ast.AST, depth: int = 0) -> Folded | None:
        """None: it is not known, or larger than any address."""
        if depth > DEEPEST:
            return None
        with suppress(ValueError, TypeError, KeyError, IndexError, OverflowError):
            value = self._value_of(node, lambda each: self._require(each, depth + 1))
            return value if value is not None and len(str(value)) <= MOST else None
        return None

    def _require(self, node: ast.AST, depth: int) -> Folded:
        value = self.value_of(node, depth)
        if value is None:
            raise ValueError
        return value

    def _value_of(self, node: ast.AST, known: Callable[[ast.AST], Folded]) -> Folded | None:
        match node:
            case ast.Constant(value=bool()):
                return None
            case ast.Constant(value=str() | int() as value):
                return value
            case ast.Name(id="__file__"):
                return self.file
            case ast.Name(id=name) if name not in self._shadowed:
                if name not in self._known_names:
                    # Until it is known, it does not refer to itself.
                    self._known_names[name] = None
                    self._known_names[name] = known(self._values[name])
                return self._known_names[name]
            case ast.JoinedStr(values=parts):
                return "".join(str(known(each)) for each in parts)
            case ast.FormattedValue(value=inner, format_spec=None, conversion=-1):
                return known(inner)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return _sum(known(left), known(right))
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                return PurePath(known(left)) / str(known(right))  # type: ignore[arg-type]
            case ast.BinOp(left=left, op=ast.Mod(), right=ast.Tuple(elts=parts)):
                return _plain(str(known(left)), PERCENT) % tuple(map(known, parts))
            case ast.Attribute(value=inner, attr="parent"):
                return _path(known(inner)).parent
            case ast.Subscript(value=ast.Attribute(value=inner, attr="parents"), slice=number):
                return _path(known(inner)).parents[operator.index(known(number))]  # type: ignore[arg-type]
            case ast.Call():
                return _of_call(node, known)
        return None


def _of_call(node: ast.Call, known: Callable[[ast.AST], Folded]) -> Folded | None:
    name = last_name(node.func)
    inner = node.func.value if isinstance(node.func, ast.Attribute) else None
    if name == "format" and inner is not None and all(each.arg for each in node.keywords):
        named = {str(each.arg): known(each.value) for each in node.keywords}
        return _plain(str(known(inner)), BRACES).format(*map(known, node.args), **named)
    if node.keywords:
        return None
    if name in SAME and not node.args and inner is not None:
        return known(inner)
    if name in (SAME | TEXT) and len(node.args) == 1:
        text = str(known(node.args[0]))
        return PurePath(text) if name in FACTORIES else text
    if name == "dirname" and len(node.args) == 1:
        return os.path.dirname(str(known(node.args[0])))
    if name == "joinpath" and inner is not None:
        return PurePath(_path(known(inner)), *(str(known(each)) for each in node.args))
    if (
        name == "join"
        and isinstance(inner, ast.Attribute | ast.Name)
        and last_name(inner) == "path"
    ):
        return os.path.join(*(str(known(each)) for each in node.args))
    return None


def _assigned_in(node: ast.AST) -> tuple[ast.Name, ast.expr] | None:
    match node:
        case ast.Assign(targets=[ast.Name() as target], value=value):
            return target, value
        case ast.AnnAssign(target=ast.Name() as target, value=ast.expr() as value):
            return target, value
    return None


def _plain(template: str, form: re.Pattern[str]) -> str:
    """One that neither looks into what it is given nor makes it any longer."""
    if not form.fullmatch(template):
        raise ValueError
    return template


def _path(value: Folded) -> PurePath:
    if not isinstance(value, PurePath):
        raise TypeError
    return value


def _sum(left: Folded, right: Folded) -> str | None:
    return left + right if isinstance(left, str) and isinstance(right, str) else None


def last_name(node: ast.AST) -> str:
    return getattr(node, "attr", None) or getattr(node, "id", None) or ""


def constants(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """Those of a module and of its classes: `PORT` in a class `DbSettings` is `Db.PORT`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef):
            role = ROLE.sub("", node.name) if isinstance(node, ast.ClassDef) else ""
            for name, value in filter(None, map(_constant_in, node.body)):
                yield (name if piece_of(name) else f"{role}.{name}"), value


def _constant_in(node: ast.stmt) -> tuple[str, ast.expr] | None:
    match node:
        case (
            ast.Assign(targets=[ast.Name(id=name)], value=value)
            | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
        ):
            if isinstance(value, ast.Call) and last_name(value.func) == "Field":
                defaults = [each.value for each in value.keywords if each.arg == "default"]
                value = next(iter([*value.args, *defaults]), value)
            return (name, value) if isinstance(value, ast.Constant) else None
    return None
