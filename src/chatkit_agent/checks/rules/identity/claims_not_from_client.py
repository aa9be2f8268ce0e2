"""What the instructions say of the person comes from the token, and not from the request."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.expressions import OF_PROXY, Origin, Part
from chatkit_agent.project.source.prompts import prompts
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.search import Answer, Search
from chatkit_agent.project.source.tokens import HEADERS, TOKEN
from chatkit_agent.project.source.walking import compares_by, receiver_of, within_node

# What is made of it can be nothing but one of a few values.
CLEAN = {"int", "float", "bool", "UUID", "date", "datetime", "fromisoformat", "isinstance"}


@check("CK108", needs=SOURCE, severity="warning", symptoms=("leaks", "mixed_up"))
def claims_not_from_client(chat: Anatomy) -> Iterator[Finding]:
    """What the instructions say of the person comes from the token, and not from the request's
    own metadata, a header or a parameter.
    """
    for scope, given in prompts(chat):
        taken = client_value(chat, scope, given)
        if taken is not None:
            yield Finding(
                what="Any client can write into the system prompt: it is filled with what the "
                "request brings.",
                where=chat.code.where(scope, given),
                evidence=f"It is filled with `{syntax.code(taken.node)[:100]}`, at "
                f"{chat.code.where(taken.scope, taken.node)}.",
                fix="Fill the prompt from verified claims and from your own database.",
                cause="client metadata",
            )
            return


def client_value(chat: Anatomy, scope: Scope, node: cst.BaseExpression) -> Part | None:
    """The part of an expression, or of what it is made of, that the request brings."""
    return _Client(chat).first(scope, node)


class _Client(Search):
    def judged(self, part: Part) -> Answer:
        node = part.node
        if isinstance(node, cst.IfExp) and _is_of_list(node):
            return False
        call = self.code.call_of(node)
        if call is not None and call.method in CLEAN:
            return False
        place, key = self.place(part), ""
        owner = receiver_of(call.node.func) if call else None
        if isinstance(node, cst.Subscript):
            place, key = self.place(Part(part.scope, node.value, part.given)), "*"
        elif owner is not None and call and call.method in ("get", "getlist", "items", "values"):
            place = self.place(Part(part.scope, owner, part.given))
            key = call.text("key", 0) or ""
        if place is None:
            return None
        is_of_proxy = place == "header" and OF_PROXY.search(key.lower()) is not None
        # That a credential gets into a prompt has a check of its own.
        is_token = TOKEN.match(key) or key.lower().replace("-", "_") in HEADERS
        return False if is_of_proxy or is_token else part

    def of_client(self, origin: Origin) -> Answer:
        if origin.kind != "client" or origin.is_of_proxy or origin.is_secret:
            return False
        return Part(origin.scope, cst.Name(origin.key or "body"))

    def member_of(self, part: Part, name: str) -> Answer:
        return False if name == "keys" else part


def _is_of_list(node: cst.IfExp) -> bool:
    """`language if language in LANGUAGES else "en"`"""
    return any(
        compares_by(each, cst.In) and syntax.code(each.left) == syntax.code(node.body)
        for each in within_node(node.test, cst.Comparison)
    )
