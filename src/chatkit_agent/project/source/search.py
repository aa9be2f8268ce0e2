"""Search: whether an expression gives some value, through names, helpers, fields and requests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Literal

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.expressions import Origin, Part, Parts, assigned, inside
from chatkit_agent.project.source.origins import GETTING, KEEPING, TURNED
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.values import held_in_module, is_literal, valued
from chatkit_agent.project.source.verifying import decode_of
from chatkit_agent.project.source.walking import called_name, receiver_of, within_node

# What these give is it no longer; the others give what is written down in them.
HARMLESS = re.compile(
    r"^(?:bool|len|type|id|isinstance|sum|any|all|count|startswith|endswith|hash\w*|sha\d+|md5)$"
    r"|mask|redact",
    re.IGNORECASE,
)
PASSING = {*KEEPING, *TURNED, "repr", "format", "join", "tuple", "set", "dumps", "items", "values"}
PASSING |= {"model_validate", "model_validate_json", "parse_obj", "parse_raw"}
PASSING |= {"substitute", "safe_substitute", "format_map", "dedent", "quote", "pformat", "Template"}
MOST = 24
STEPS = 600
"""Where names lead to each other in many ways, no more is looked at than this."""

Answer = Part | Literal[False] | None
"""The part that gives the value, False where nothing does, None where that cannot be told."""


class Search(Parts):
    """Subclasses say what is looked for; this follows what an expression is made of."""

    def __init__(self, chat: Anatomy) -> None:
        super().__init__(chat)
        self.open: list[cst.CSTNode] = []
        self.steps = 0

    def judged(self, part: Part) -> Answer:
        """What an expression is by itself; None where it has to be followed."""
        raise NotImplementedError

    def member_of(self, part: Part, name: str) -> Answer:
        """What an attribute or a method of the value gives; an empty name is a slice."""
        raise NotImplementedError

    def unknown(self, part: Part, name: str) -> Answer:
        """A name of which nothing else is known."""
        return None

    def unknown_member(self, part: Part, base: cst.BaseExpression, name: str) -> Answer:
        """An attribute of something of which nothing else is known."""
        return None

    def first(self, scope: Scope, node: cst.BaseExpression) -> Part | None:
        return self.of(Part(scope, node)) or None

    def of(self, part: Part) -> Answer:
        self.steps += 1
        if part.node in self.open or len(self.open) > MOST or self.steps > STEPS:
            return None
        self.open.append(part.node)
        try:
            found = self.judged(part)
            return self._answer_behind(part, part.node) if found is None else found
        finally:
            self.open.pop()

    def of_client(self, origin: Origin) -> Answer:
        """What FastAPI fills a parameter with."""
        return None

    def any_of(self, parts: Iterable[Part | Origin]) -> Answer:
        is_sure = True
        for each in parts:
            found = self.of_client(each) if isinstance(each, Origin) else self.of(each)
            if found:
                return found
            is_sure = is_sure and found is False
        return False if is_sure else None

    def _answer_behind(self, part: Part, node: cst.BaseExpression) -> Answer:
        if isinstance(node, cst.Comparison) or (is_literal(node) and not inside(node)):
            return False
        if isinstance(node, cst.Name):
            return self._name(part, node.value)
        if isinstance(node, cst.Attribute):
            return self._member(part, node.value, node.attr.value)
        if isinstance(node, cst.Subscript):
            return self._item(part, node.value, syntax.key(node))
        if isinstance(node, cst.Call):
            return self._call(part, node)
        if isinstance(node, cst.ListComp | cst.SetComp | cst.GeneratorExp):
            return self.of(replace(part, node=node.elt))
        return self.any_of(replace(part, node=each) for each in inside(node))

    def _name(self, part: Part, name: str) -> Answer:
        if looped := [*_loops_over(part.scope, name)]:
            found = self.any_of(replace(part, node=each) for each in looped)
            return found and part
        parts = [*(self.behind(part) or ())]
        parts += [replace(part, node=each) for each in _additions(part.scope, name)]
        found = self.any_of(parts) if parts else None
        if isinstance(found, Part):
            # Of a text that is put together, the place in it; of another name, this one.
            made = {each.node for each in parts if isinstance(each, Part)}
            is_text = any(isinstance(each, cst.Call) or inside(each) for each in made)
            return found if is_text and found.node not in made else part
        return self.unknown(part, name) if found is None else False

    def behind(self, part: Part) -> list[Part | Origin] | None:
        """Of a turn's context, what the requests are handed over with."""
        name = part.node.value if isinstance(part.node, cst.Name) else ""
        owner, function = part.scope.owner, part.scope.function
        is_of_chat = owner in (*self.chat.servers, *self.chat.stores) and name not in part.given
        is_last = function is not None and function.parameters[-1:] == (name,)
        if is_of_chat and is_last and function and not self.code.given_to(function, name):
            return [*self._parts_handed()] or None
        return super().behind(part)

    def _parts_handed(self) -> Iterator[Part]:
        return (Part(call.scope, call.given[1]) for call in self.chat.handlers)

    def made(self, part: Part, hops: int = 8) -> list[dict[str, Part]]:
        if isinstance(part.node, cst.Attribute) and part.node.attr.value == "request_context":
            return [one for each in self._parts_handed() for one in super(Search, self).made(each)]
        return super().made(part, hops)

    def _member(self, part: Part, base: cst.BaseExpression, name: str) -> Answer:
        parts: list[Part | Origin] = [
            each[name] for each in self.made(replace(part, node=base)) if name in each
        ]
        owner = part.scope.owner if syntax.dotted(base) in ("self", "cls") else None
        kind = owner or self.code.kind(part.scope, called_name(base))
        parts += self._filled_with(kind, name) if kind else ()
        if parts := parts or [*self._parts_written(part)]:
            return self.any_of(parts)
        found = self.of(replace(part, node=base))
        if found is None:
            return self.unknown_member(part, base, name)
        return found and self.member_of(part, name)

    def _parts_written(self, part: Part) -> Iterator[Part]:
        """What `a.b` was given here, or is in another module; what `LIMITS["a"]` is."""
        name = syntax.dotted(part.node)
        for scope in part.scope.around() if name else ():
            yield from (Part(scope, each, part.given) for each in assigned(scope, name or ""))
        if held := held_in_module(self.code, part.scope, name):
            yield Part(*held)
        if isinstance(part.node, cst.Subscript):
            part_held = Part(*valued(self.code, part.scope, part.node))
            yield from (part_held,) if part_held.node is not part.node else ()

    def _filled_with(self, kind: Scope, name: str) -> Iterator[Part | Origin]:
        """What the methods of a class, and those that make one of it, give an attribute."""
        yield from self.member(kind, name) or ()
        if (method := self.code.method(kind, name)) is not None:
            yield from self.returned(method, {})
        for call in self.code.calls if declared(kind, name) is not None else ():
            if self.code.scope_of(call.symbol) is kind:
                fields = self.fields(Part(call.scope, call.node), call, kind)
                yield from (fields[name],) if name in fields else ()

    def _item(self, part: Part, base: cst.BaseExpression, key: cst.BaseExpression | None) -> Answer:
        inner = replace(part, node=base)
        text = self.code.text(part.scope, key)
        if text is not None and not isinstance(key, cst.Integer):
            return self._member(part, base, text)
        found = self.of(inner)
        return self.member_of(part, "") if found and key is None else found

    def _call(self, part: Part, node: cst.Call) -> Answer:
        call = self.code.call_of(node)
        if call is None:
            return None
        if self.code.called(call) is not None:
            return self.any_of(self.results(part, call))
        values = [each.value for each in node.args]
        if call.written == "getattr" and len(values) > 1:
            name = self.code.text(part.scope, values[1]) or "_"
            asked = cst.Attribute(values[0], cst.Name(name))
            return self.of(replace(part, node=asked)) and part
        owner = receiver_of(node.func)
        if HARMLESS.search(call.method) or decode_of(self.code, call):
            return False
        if owner is not None and call.method in GETTING and values:
            return self._item(part, owner, values[0])
        if call.method in PASSING or _makes(call):
            given = [*values, *([owner] if owner is not None else [])]
            return self.any_of(replace(part, node=each) for each in given)
        if owner is None:
            return None
        return self.of(replace(part, node=owner)) and self.member_of(part, call.method)


def objects_of(chat: Anatomy, scope: Scope, node: cst.BaseExpression) -> list[dict[str, Part]]:
    """What the objects or dicts have that an expression may be, such as a turn's context."""
    return Search(chat).made(Part(scope, node))


def _makes(call: Call) -> bool:
    """`TextContent(text=...)`, of an installed package."""
    return call.method[:1].isupper() and bool(call.package_name)


def declared(kind: Scope | None, name: str) -> cst.AnnAssign | None:
    """The field of that name in a class."""
    fields = syntax.annotated(kind.node) if kind else ()
    return next((each for each in fields if syntax.dotted(each.target) == name), None)


def _loops_over(scope: Scope, name: str) -> Iterator[cst.BaseExpression]:
    """What `for name in ...` goes through."""
    loops: list[cst.For | cst.CompFor] = [*within_node(scope.node, cst.For)]
    for each in (*loops, *within_node(scope.node, cst.CompFor)):
        if any(one.value == name for one in within_node(each.target, cst.Name)):
            yield each.iter


def _additions(scope: Scope, name: str) -> Iterator[cst.BaseExpression]:
    """`text += ...` and `parts.append(...)`"""
    for each in within_node(scope.node, cst.AugAssign):
        if syntax.dotted(each.target) == name:
            yield each.value
    for call in within_node(scope.node, cst.Call):
        if syntax.dotted(call.func) in (f"{name}.append", f"{name}.extend", f"{name}.update"):
            yield from (each.value for each in call.args)
