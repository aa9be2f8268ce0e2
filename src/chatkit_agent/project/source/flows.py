"""Flows: what is made of a value in a function, by names, loops, additions and helpers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.code import Call, Code
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import receiver_of, within_node

HOPS = 3
WORDLESS = {"id", "thread_id", "created_at", "type", "has_more", "after", "inference_options"}
SAYING = {
    "str",
    "repr",
    "format",
    "join",
    "dumps",
    "list",
    "reversed",
    "sorted",
    "replace",
    "strip",
}
SAYING |= {"to_agent_input", "simple_to_agent_input", "model_dump", "model_dump_json", "lower"}
ADDING = ("append", "extend", "insert", "appendleft", "extendleft", "add", "update")


def names_read(node: cst.CSTNode) -> Iterator[str]:
    """The names of values in some code: `a` of `a.b(c=1)`, and neither `b` nor `c`."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if isinstance(current, cst.Name):
            yield current.value
        elif isinstance(current, cst.Attribute | cst.Arg):
            waiting.append(current.value)
        else:
            waiting.extend(syntax.parts_of(current))


@dataclass
class Flow:
    """What a value becomes in one function: the value is some parts of it, or has some names."""

    code: Code
    scope: Scope
    names: set[str] = field(default_factory=set)
    nodes: set[cst.CSTNode] = field(default_factory=set)
    hops: int = HOPS
    is_kept: bool = False
    """Whether only the value itself counts, and nothing that is asked with it."""
    is_said: bool = False
    """Whether only its words count, and nothing that is asked about them, such as how many."""

    def __post_init__(self) -> None:
        before = -1
        while before < len(self.names):
            before = len(self.names)
            for targets, value in _bindings_in(self.scope.node):
                if self.holds(value):
                    self.names |= set(targets)

    def holds(self, node: cst.CSTNode) -> bool:
        """Whether the value is a part of an expression, or what a helper makes of it."""
        if not self.nodes and self.names.isdisjoint(_named_in(node)):
            return False
        waiting = [node]
        while waiting:
            current = waiting.pop()
            if current in self.nodes:
                return True
            if self.is_kept and isinstance(current, cst.Await):
                continue
            if self.is_said and _is_wordless(current):
                continue
            if isinstance(current, cst.Name):
                if current.value in self.names:
                    return True
            elif isinstance(current, cst.Attribute):
                if syntax.dotted(current) in self.names:
                    return True
                waiting.append(current.value)
            elif isinstance(current, cst.Arg):
                waiting.append(current.value)
            elif isinstance(current, cst.Call) and (inner := self.into(current)) is not None:
                if inner.is_given:
                    return True
            elif isinstance(current, cst.Call) and self._asks(current):
                waiting.append(current.func)
            elif isinstance(current, cst.IfExp) and self.is_said:
                waiting.extend((current.body, current.orelse))
            else:
                waiting.extend(syntax.parts_of(current))
        return False

    def _asks(self, node: cst.Call) -> bool:
        """Whether an object is asked, which gives what it has and not what it is given."""
        if self.is_said:
            call = self.code.call_of(node)
            return call is None or call.method not in SAYING
        receiver = receiver_of(node.func) if self.is_kept else None
        known = receiver and self.code.resolve(self.scope, syntax.dotted(receiver))
        return receiver is not None and known is None

    def into(self, node: cst.Call) -> Flow | None:
        """The flow in the function of the project that a call runs; None for another."""
        call = self.code.call_of(node)
        return self._given_to(call, node) if call is not None else None

    def into_handed(self, call: Call) -> Flow | None:
        """`push_async_callback(close, value)`: into what is handed over with its arguments."""
        given = call.given
        name = syntax.dotted(given[0]) if len(given) > 1 else None
        later = cst.Call(given[0], call.node.args[1:]) if name else None
        written = replace(call, written=name or "", bound=None)
        return self._given_to(written, later) if later is not None else None

    def _given_to(self, call: Call, node: cst.Call) -> Flow | None:
        called = self.code.called(call) if self.hops else None
        if called is None:
            return None
        given = self.code.parameters_given(node, called, self.holds)
        return replace(self, scope=called, names=given, hops=self.hops - 1)

    @property
    def is_given(self) -> bool:
        """Whether the function returns or yields it."""
        return any(self.holds(each) for each in _results_of(self.scope.node))

    @property
    def calls(self) -> tuple[Call, ...]:
        return self.code.inside(self.scope)


def _is_wordless(node: cst.CSTNode) -> bool:
    is_aside = isinstance(node, cst.Attribute) and node.attr.value in WORDLESS
    return is_aside or isinstance(node, cst.Comparison)


def followed(
    flow: Flow,
    called_by: Mapping[Scope, tuple[Call, ...]],
    among: Collection[Scope] | None = None,
) -> Iterator[Flow]:
    """The flow, those in the helpers that are given the value, and those that are given it back.

    `among` are the functions that matter, where not all do.
    """
    found = [(flow, True)]
    seen = set[tuple[Scope, object]]()
    for each, is_begun in found:
        yield each
        for call in each.calls:
            for inner in filter(None, (each.into(call.node), each.into_handed(call))):
                key = (inner.scope, frozenset(inner.names))
                if inner.names and key not in seen and (among is None or inner.scope in among):
                    seen.add(key)
                    found.append((inner, False))
        # What a helper makes of the value is seen where that was given to it, and nowhere else.
        for call in called_by.get(each.scope, ()) if is_begun and each.is_given else ():
            around = call.scope.function
            if around is not None and (around, call.node) not in seen:
                seen.add((around, call.node))
                back = replace(each, scope=around, names=set(), nodes={call.node}, hops=HOPS)
                found.append((back, True))


@lru_cache(maxsize=1 << 15)
def _named_in(node: cst.CSTNode) -> frozenset[str]:
    """Every name in an expression, and every chain of names."""
    nodes = (each for each in syntax.walk(node) if isinstance(each, cst.Name | cst.Attribute))
    return frozenset(filter(None, map(syntax.dotted, nodes)))


@lru_cache(maxsize=1 << 14)
def _results_of(node: cst.CSTNode) -> tuple[cst.CSTNode, ...]:
    """What a function returns, and what it yields."""
    given: list[cst.CSTNode | None] = [each.value for each in within_node(node, cst.Return)]
    given += [each.value for each in within_node(node, cst.Yield)]
    return tuple(each for each in given if each is not None)


@lru_cache(maxsize=1 << 14)
def _bindings_in(node: cst.CSTNode) -> tuple[tuple[list[str], cst.BaseExpression], ...]:
    """The names that statements bind, or add something to, and what to."""
    return tuple(_bindings(node))


def _bindings(node: cst.CSTNode) -> Iterator[tuple[list[str], cst.BaseExpression]]:
    for each in syntax.walk(node):
        if isinstance(each, cst.Assign):
            for target in each.targets:
                yield from _pairs(target.target, each.value)
        elif isinstance(each, cst.AnnAssign | cst.AugAssign | cst.NamedExpr):
            if each.value is not None:
                yield _names(each.target), each.value
        elif isinstance(each, cst.For | cst.CompFor):
            yield _names(each.target), each.iter
        elif isinstance(each, cst.WithItem) and each.asname is not None:
            yield _names(each.asname.name), each.item
        elif isinstance(each, cst.Call) and isinstance(each.func, cst.Attribute):
            added = each.args if each.func.attr.value in ADDING else ()
            yield from ((_names(each.func.value), arg.value) for arg in added)


def _pairs(
    target: cst.BaseExpression, value: cst.BaseExpression
) -> Iterator[tuple[list[str], cst.BaseExpression]]:
    """`a, b = c, d` gives `a` nothing of `d`."""
    if isinstance(target, cst.Tuple) and isinstance(value, cst.Tuple):
        sides = [*target.elements, *value.elements]
        if len(sides) == 2 * len(value.elements) and all(type(e) is cst.Element for e in sides):
            for one, other in zip(target.elements, value.elements, strict=True):
                yield from _pairs(one.value, other.value)
            return
    yield _names(target), value


def _names(target: cst.CSTNode) -> list[str]:
    """A key is none of them: `found` of `found[key] = value`."""
    return list(names_read(target.value if isinstance(target, cst.Subscript) else target))
