"""Origins: where a value comes from, such as a header, a token that was read, or a constant."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import cached_property

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.expressions import Origin, Part, Parts, inside
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.values import is_literal
from chatkit_agent.project.source.verifying import decode_of
from chatkit_agent.project.source.walking import receiver_of

USER = re.compile(
    r"(?:current_?|signed_?in_?|caller_?|owner_?)?(?:user|account|member|customer|person|principal)"
    r"(?:_?(?:id|uuid|name))?|u?id|uuid|sub|subject|caller|owner|identity|email|username",
    re.IGNORECASE,
)
READS_UNVERIFIED = {"get_unverified_claims", "decode_unverified", "unverified_claims"}
VERIFYING = re.compile(
    r"verif|introspect|authenticate|validate|unsign|decrypt|userinfo|check|^loads$|^decode$|sign"
    r"|current_user|get_user|session",
    re.IGNORECASE,
)
KEEPING = {"str", "int", "float", "UUID", "cast", "bytes", "dict", "list"}
TURNED = {"strip", "lower", "upper", "split", "partition", "rpartition", "removeprefix", "rstrip"}
TURNED |= {"lstrip", "replace", "encode", "decode", "casefold", "removesuffix", "copy", "hex"}
GETTING = {"get", "getlist", "pop", "get_all", "setdefault"}
SIGNING = ("hmac", "hashlib", "cryptography", "rsa", "Crypto", "nacl", "ecdsa")
HOPS = 24


def origins(chat: Anatomy, scope: Scope, node: cst.BaseExpression) -> tuple[Origin, ...]:
    """Where a value may come from; what cannot be told is `unknown`."""
    return tuple(dict.fromkeys(_Tracing(chat).of(Part(scope, node))))


def results(chat: Anatomy, scope: Scope, given: cst.BaseExpression) -> tuple[Origin, ...]:
    """Where that comes from which a function gives, such as a lambda or one by its name."""
    tracing = _Tracing(chat)
    if isinstance(given, cst.Lambda):
        return tuple(tracing.of(Part(scope, given.body)))
    found = chat.code.scope_of(chat.code.resolve(scope, syntax.dotted(given)))
    parts = tracing.returned(found, {}) if found else ()
    return tuple(origin for each in parts for origin in tracing.of(each))


def all_constant(found: Collection[Origin]) -> bool:
    return bool(found) and all(each.kind == "constant" for each in found)


def callers(chat: Anatomy) -> Iterator[tuple[Origin, ...]]:
    """Where that comes from which a route, or who makes it, takes for the user."""
    tracing = _Tracing(chat)
    given = [[Part(call.scope, call.given[1])] for call in chat.handlers]
    given += [[*tracing.returned(giver, {})] for giver in chat.given_users]
    given += [[Part(call.scope, call.node)] for call in _contexts(chat)]
    for parts in given:
        users = (user for part in parts for user in tracing.users(part, is_whole=False))
        yield tuple(dict.fromkeys(origin for each in users for origin in tracing.of(each)))


def _contexts(chat: Anatomy) -> Iterator[Call]:
    """Where a request's context is made, however it comes to the server."""
    for scope in chat.sign_ins:
        for call in chat.code.inside(scope):
            if chat.code.scope_of(call.symbol) in chat.contexts:
                yield call


class _Tracing(Parts):
    def __init__(self, chat: Anatomy) -> None:
        super().__init__(chat)
        self.open: list[cst.CSTNode] = []

    def users(self, part: Part, *, is_whole: bool = True, hops: int = 12) -> Iterator[Part]:
        """What says who it is in an object or a dict, or the whole where it is neither."""
        node = part.node.expression if isinstance(part.node, cst.Await) else part.node
        part, call = replace(part, node=node), self.code.call_of(node)
        if self.place(part) is not None:
            return
        kind = self.kind(part, call) if call else None
        if isinstance(node, cst.Dict) or kind is not None:
            named = [
                (value, True)
                for fields in self.made(part)
                for name, value in fields.items()
                if USER.fullmatch(name)
            ]
            stars = call.node.args if call and not named else ()
            more = [(replace(part, node=each.value), False) for each in stars if each.star]
            for value, is_user in (*named, *more) if hops else ():
                yield from self.users(value, is_whole=is_user, hops=hops - 1)
            return
        behind: list[Part | Origin] = []
        if isinstance(node, cst.Name):
            behind = self.behind(part) or []
        elif isinstance(node, cst.BooleanOperation | cst.IfExp | cst.NamedExpr) and not is_whole:
            behind = [replace(part, node=each) for each in inside(node)]
        elif call is not None:
            behind = [*self.results(part, call)]
        parts = [each for each in behind if isinstance(each, Part) and each.node is not node]
        if parts and len(parts) == len(behind) and hops:
            for each in parts:
                yield from self.users(each, is_whole=is_whole, hops=hops - 1)
        elif is_whole or self._is_one(part):
            yield part

    def _is_one(self, part: Part) -> bool:
        return not isinstance(part.node, cst.Name) or part.node.value != "context"

    def of(self, part: Part) -> list[Origin]:
        node = part.node
        if node in self.open or len(self.open) > HOPS:
            return []
        self.open.append(node)
        try:
            return list(self._of(part, node))
        finally:
            self.open.pop()

    def _of(self, part: Part, node: cst.BaseExpression) -> Iterator[Origin]:
        if syntax.dotted(node) == "None":
            return
        inner = inside(node)
        if isinstance(node, cst.Name):
            yield from self._each(part, self.behind(part), node)
        elif isinstance(node, cst.Attribute):
            yield from self._attribute(part, node)
        elif isinstance(node, cst.Subscript):
            yield from self._item(part, node.value, syntax.key(node))
        elif isinstance(node, cst.Call):
            yield from self._call(part, node)
        elif isinstance(node, cst.IfExp | cst.BooleanOperation):
            first, second = (self.of(replace(part, node=each)) for each in inner)
            is_or = not isinstance(getattr(node, "operator", None), cst.And)
            first = [replace(each, is_preferred=is_or) for each in first]
            found = [*first, *second]
            yield from [each for each in found if each.kind != "constant"] or found
        elif inner:
            yield from self._of_parts(part, inner)
        else:
            yield Origin("constant" if is_literal(node) else "unknown", part.scope, node)

    def _of_parts(self, part: Part, nodes: list[cst.BaseExpression]) -> Iterator[Origin]:
        """Of several parts a constant one says nothing."""
        found = [each for node in nodes for each in self.of(replace(part, node=node))]
        yield from [each for each in found if each.kind != "constant"] or found

    def _each(
        self, part: Part, behind: list[Part | Origin] | None, node: cst.CSTNode
    ) -> Iterator[Origin]:
        if behind is None:
            yield Origin("unknown", part.scope, node)
        for each in behind or ():
            yield from (each,) if isinstance(each, Origin) else self.of(each)

    def _attribute(self, part: Part, node: cst.Attribute) -> Iterator[Origin]:
        name = node.attr.value
        symbol = self.code.resolve(part.scope, syntax.dotted(node))
        is_of_module = symbol is not None and symbol.path is not None
        if is_of_module and is_literal(self.code.value(part.scope, node)):
            yield Origin("constant", part.scope, node)
            return
        if syntax.dotted(node.value) in ("self", "cls") and part.scope.owner is not None:
            yield from self._each(part, self.member(part.scope.owner, name), node)
            return
        if isinstance(node.value, cst.Attribute) and node.value.attr.value == "state":
            yield from self._each(part, self.state(name), node)
            return
        yield from self._of_member(part, node.value, name, node)

    def _of_member(
        self, part: Part, base: cst.BaseExpression, key: str, node: cst.CSTNode
    ) -> Iterator[Origin]:
        """The member of something by its name."""
        objects = self.made(replace(part, node=base))
        if objects and all(key in each for each in objects):
            for each in objects:
                yield from self.of(each[key])
            return
        for origin in self.of(replace(part, node=base)):
            if origin.kind == "constant":
                yield Origin("unknown", part.scope, node)
            elif origin.kind == "client" and (origin.place == "body" or origin.is_looked_up):
                named = key if origin.place == "body" else origin.key
                yield replace(origin, key=named, node=node, scope=part.scope)
            else:
                yield origin

    def _item(
        self, part: Part, base: cst.BaseExpression, key: cst.BaseExpression | None
    ) -> Iterator[Origin]:
        text = self.code.text(part.scope, key)
        node = part.node
        place = self.place(replace(part, node=base))
        if place is not None:
            yield Origin("client", part.scope, node, place, text or "")
        elif text is not None:
            yield from self._of_member(part, base, text, node)
        elif key is None or isinstance(key, cst.Integer | cst.UnaryOperation):
            yield from self.of(replace(part, node=base))
        else:
            yield from self._of_lookup(part, [key])

    def _of_lookup(self, part: Part, nodes: list[cst.BaseExpression]) -> Iterator[Origin]:
        """What somebody else finds by some values; a credential among them is verified there."""
        found = [each for node in nodes for each in self.of(replace(part, node=node))]
        told = [each for each in found if each.kind in ("client", "unverified")]
        if not told or any(each.is_secret and each.kind != "unverified" for each in found):
            yield Origin("unknown", part.scope, part.node)
        else:
            yield from (replace(each, is_looked_up=True) for each in told)

    def _call(self, part: Part, node: cst.Call) -> Iterator[Origin]:
        call = self.code.call_of(node)
        if call is None:
            yield Origin("unknown", part.scope, node)
            return
        values = [arg.value for arg in node.args]
        owner = receiver_of(node.func)
        decode = decode_of(self.code, call)
        is_project = self.code.called(call) is not None
        if call.method in READS_UNVERIFIED and not is_project:
            yield Origin("unverified", part.scope, node)
        elif decode is not None:
            yield Origin("unverified" if decode.is_open else "verified", part.scope, node)
        elif is_project or self.kind(part, call) is not None:
            yield from self._own(part, call)
        elif (self.place(part)) is not None:
            yield Origin("client", part.scope, node, self.place(part) or "")
        elif call.method == "getattr" and len(values) > 1:
            yield from self._item(part, values[0], values[1])
        elif owner is not None and call.method in GETTING and values:
            is_known = self.code.text(part.scope, values[0]) is not None
            asked = (
                self._item(part, owner, values[0]) if is_known else self._of_lookup(part, values)
            )
            more = self.of(replace(part, node=values[1])) if is_known and len(values) > 1 else []
            other = [each for each in more if each.kind != "constant"]
            yield from (replace(each, is_preferred=True) if other else each for each in asked)
            yield from other
        elif call.name.startswith("base64.") and values:
            yield from self._of_token_part(part, values[0])
        elif call.method == "loads" and values and not self._is_signed(call):
            yield from self._of_json(part, values[0])
        elif call.method in KEEPING and values and not self._is_signed(call):
            yield from self._of_parts(part, [values[-1] if call.method == "cast" else values[0]])
        elif owner is not None and call.method in TURNED:
            is_split = call.method == "split" and values and call.text("sep", 0) == "."
            for each in self.of(replace(part, node=owner)):
                yield replace(each, is_split=True) if is_split else each
        elif VERIFYING.search(call.method):
            yield Origin("unknown", part.scope, node)
        else:
            yield from self._of_lookup(
                part, [*values, *((owner,) if isinstance(owner, cst.Call) else ())]
            )

    def _is_signed(self, call: Call) -> bool:
        """`serializer.loads(cookie)` looks at a signature, `json.loads` does not."""
        return call.method == "loads" and "json" not in call.name

    def _own(self, part: Part, call: Call) -> Iterator[Origin]:
        kind = self.kind(part, call)
        if kind is not None:
            values = [*self.fields(part, call, kind).values()]
            values += [replace(part, node=arg.value) for arg in call.node.args if arg.star]
        else:
            values = [*self.results(part, call)]
        found = [origin for each in values for origin in self.of(each)]
        told = [each for each in found if each.kind != "constant"] if kind else found
        yield from told or (found if values else [Origin("unknown", part.scope, call.node)])

    def _of_token_part(self, part: Part, value: cst.BaseExpression) -> Iterator[Origin]:
        """A token's middle that is read by hand, unless a signature is computed as well."""
        for each in self.of(replace(part, node=value)):
            is_written = each.kind in ("client", "credential")
            if is_written and each.is_split and not self._signs_in(part.scope):
                yield Origin("unverified", part.scope, part.node)
            elif is_written and not each.is_split and not self._signs:
                yield each
            else:
                yield Origin("unknown", part.scope, part.node)

    def _of_json(self, part: Part, value: cst.BaseExpression) -> Iterator[Origin]:
        """`json.loads(cookie)`: the client wrote all of it, and signed none of it."""
        for each in self.of(replace(part, node=value)):
            is_written = each.kind == "credential" or each.place in ("cookie", "header")
            if is_written and not self._signs:
                yield Origin("unverified", part.scope, part.node)
            else:
                yield each

    @cached_property
    def _signs(self) -> bool:
        """Whether a sign-in computes a signature, which may be that of what is looked at."""
        return any(self._signs_in(scope) for scope in self.chat.sign_ins)

    def _signs_in(self, scope: Scope) -> bool:
        calls = self.code.inside(scope.function or scope)
        return any(each.name.partition(".")[0] in SIGNING for each in calls)
