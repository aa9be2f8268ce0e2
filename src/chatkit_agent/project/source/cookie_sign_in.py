"""Cookie sign-in: whether people are known by a cookie alone, which a browser keeps for itself."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.injection import scheme_of, targets_of
from chatkit_agent.project.source.parts import MARKS, Part, Parts
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import literals, within_node

KEYS = ("authorization", "proxy-authorization")


def signs_in_by_cookie(chat: Anatomy) -> bool:
    """Whether the sign-in reads cookies or the session in one, and nothing that a page can send."""
    places = {place for each in chat.sign_ins for place in _places_asked(chat, each)}
    return bool(places) and places <= {"cookie"}


def _places_asked(chat: Anatomy, scope: Scope) -> Iterator[str]:
    """The parts of a request in which a function of the sign-in looks for a credential."""
    parts = Parts(chat)
    for each in within_node(scope.node, cst.Attribute):
        place = parts.place(Part(scope, each))
        if each.attr.value == "session" and syntax.dotted(each.value) == "request":
            yield "cookie"
        elif place in ("cookie", "query"):
            yield place
    said = {text.lower() for _, text in literals(scope.node)}
    yield from ("header",) if not said.isdisjoint(KEYS) else ()
    for param in syntax.parameters(scope.node) if isinstance(scope.node, cst.FunctionDef) else ():
        for target in targets_of(chat.code.sources, scope.file, param):
            scheme = scheme_of(chat.code.sources, target.file, target.value)
            yield from (("cookie" if "Cookie" in scheme else "header"),) if scheme else ()
        for call in chat.code.calls_in(param):
            place = (
                MARKS.get(call.method) if chat.code.is_from(call.symbol, "fastapi", *MARKS) else ""
            )
            yield from (place,) if place in ("cookie", "header") else ()
