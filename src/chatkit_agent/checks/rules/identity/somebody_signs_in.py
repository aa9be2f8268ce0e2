"""The chat's route signs people in."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.authenticating import OF_DATABASE, refuses, verifies_token
from chatkit_agent.project.source.dependencies import injected_scope
from chatkit_agent.project.source.meaning import names_used, reaches
from chatkit_agent.project.source.origins import all_constant, callers
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import decorating, last_name, literals, within_node

ASKING = re.compile(
    r"authorization|cookies?$|token|session|credential|api_?key|jwt|current_user|signed_in|auth"
    r"|user(?![-_]?agent)"
    r"|principal|identity|caller|member|account|owner|tenant|headers?$|state$",
    re.IGNORECASE,
)


@check("CK115", needs=PROJECT, severity="warning", symptoms=("mixed_up", "leaks"))
def somebody_signs_in(evidence: Evidence) -> Iterator[Finding]:
    """A route that asks for no user, or makes everybody the same one (`{"user_id": "demo"}`), gives
    all conversations to everybody who finds it. Silent where anything that is called for a request,
    a router or a middleware reads a header, a cookie or a user.
    """
    chat = evidence.chat
    if not chat.handlers or evidence.project.chat.applied or evidence.project.global_dependencies:
        return
    if _has_front(evidence):
        return
    same = [found[0] for found in callers(chat) if all_constant(found)]
    if same and not any(verifies_token(chat, each) or refuses(each) for each in chat.sign_ins):
        told = f"Everybody is `{syntax.code(same[0].node)}`."
        yield _finding(chat.endpoints[0], chat.code.where(same[0].scope, same[0].node), told)
        return
    for endpoint in chat.endpoints:
        if not any(_asks(chat, each) for each in reaches(chat.code, [endpoint, *chat.sign_ins])):
            told = "Nothing there asks who it is."
            yield _finding(endpoint, chat.code.where(endpoint), told)


def _has_front(evidence: Evidence) -> bool:
    """A middleware or a router's dependency that reads who it is."""
    for file in evidence.sources.holding(b"middleware", b"dependencies"):
        module = evidence.sources.module(file)
        for each in within_node(module, cst.Call):
            for arg in each.args:
                if arg.keyword and arg.keyword.value == "dependencies":
                    return True
        for function in within_node(module, cst.FunctionDef):
            is_front = function.name.value in ("dispatch", "__call__") or any(
                "middleware" in names_used(mark) for mark in decorating(function)
            )
            if is_front and _speaks_of_user(function):
                return True
    return False


def _asks(chat: Anatomy, scope: Scope) -> bool:
    """Whether a function is given, or reads, anything that says who it is."""
    if not isinstance(scope.node, cst.FunctionDef):
        return False
    given = [each for each in syntax.parameters(scope.node) if each.name.value != "self"]
    marks = [call for part in given for call in within_node(part, cst.Call)]
    if any(_is_unseen(chat, scope, each) for each in marks):
        return True
    return _speaks_of_user(scope.node)


def _is_unseen(chat: Anatomy, scope: Scope, mark: cst.Call) -> bool:
    """A header, or a dependency that is not looked at by itself, as one of the project is."""
    name = last_name(mark.func)
    if name not in ("Depends", "Security", "Header"):
        return False
    given = syntax.argument(mark, "dependency", 0)
    found = injected_scope(chat.code, scope, given) if given is not None else None
    return name == "Header" or found is None or found not in chat.sign_ins


def _speaks_of_user(node: cst.FunctionDef) -> bool:
    keyed = dict(_keys_of(node))
    parts = within_node(node, cst.Attribute)
    read = {e.attr.value for e in parts if e.attr.value != "headers" or e not in keyed}
    called = {syntax.dotted(call.func) or "" for call in within_node(node, cst.Call)}
    read |= {each for each in called if not OF_DATABASE.search(each)}
    return any(ASKING.search(each.rpartition(".")[2]) for each in (*read, *keyed.values()))


def _keys_of(node: cst.FunctionDef) -> Iterator[tuple[cst.CSTNode, str]]:
    """What is asked by a key that is written down, and the key: `request.headers["x-user"]`."""
    for item in within_node(node, cst.Subscript):
        yield from ((item.value, text) for _, text in literals(item))
    for call in within_node(node, cst.Call):
        if isinstance(call.func, cst.Attribute) and call.func.attr.value == "get":
            yield from ((call.func.value, text) for _, text in literals(call))


def _finding(endpoint: Scope, where: str, told: str) -> Finding:
    return Finding(
        what="Everybody reads everybody's conversations: the chat's route signs nobody in.",
        where=where,
        evidence=f"`{endpoint.name}` hands requests to the chat. {told}",
        fix="Let the route depend on the application's own sign-in, and put its user's id into "
        "the context.",
        cause="nobody signs in",
    )
