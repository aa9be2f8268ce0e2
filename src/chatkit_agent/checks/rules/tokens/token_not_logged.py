"""The person's token is not written to the log."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.scopes import Call
from chatkit_agent.project.source.tokens import TOKEN, has_token
from chatkit_agent.project.source.walking import within_node

HEADERS = re.compile(r"(?:dict\(|str\()?(?:\w+\.)*\w*request\.headers\)?")
AUTHORIZATION = re.compile(
    r"(?:\w+\.)*\w*request\.headers(?:\.get\(|\[)\s*[\"']authorization[\"'].*", re.IGNORECASE
)
# What shows all of its fields where it is written into a text.
SHOWING = re.compile(r"(?:^|\.)(?:dataclass|BaseModel|NamedTuple)$")
HIDDEN = re.compile(r"\brepr\s*=\s*False\b|Secret")
LEVELS = ("debug", "info", "warning", "error", "exception", "critical", "log")


@check("CK305", "The person's token is not written to the log", needs=SOURCE, symptoms=("leaks",))
def token_not_logged(chat: Anatomy) -> Iterator[Finding]:
    """The person's token is not written to the log: neither by itself, nor with a context whose
    `repr` shows it.
    """
    for call in chat.code.calls:
        written = _written(call) if _is_log(call) else None
        if written is not None:
            yield Finding(
                what="The person's token is in the log, where whoever reads the log can use it.",
                where=chat.code.where(call.scope, call.node),
                evidence=f"`{call.written}` writes `{syntax.code(written)[:100]}`.",
                fix="Leave it out, or write whether there is one: `bool(token)`.",
                cause="token logged",
            )
    yield from _contexts(chat)


def _contexts(chat: Anatomy) -> Iterator[Finding]:
    """The whole of a request's context, of which the token is a field."""
    showing = {each.name: field for each in chat.code.classes if (field := _shown(each))}
    for call in chat.code.calls if showing else ():
        for arg in call.node.args if _is_log(call) else ():
            for value in (arg.value, *_in_text(arg.value)):
                kind = _kind(call, value)
                if kind in showing:
                    yield Finding(
                        what="The person's token is in the log, as a part of the request's "
                        "context.",
                        where=chat.code.where(call.scope, call.node),
                        evidence=f"`{call.written}` writes `{syntax.code(value)}`, and `{kind}` "
                        f"shows its `{showing[kind]}`.",
                        fix="Write what is needed of it, and keep the token out of its `repr`: "
                        f"`{showing[kind]}: str = field(repr=False)`, or pydantic's `SecretStr`.",
                        cause="token logged",
                    )


def _shown(scope: Scope) -> str | None:
    """The field with the token that the `repr` of a class shows."""
    node = scope.node
    if not isinstance(node, cst.ClassDef):
        return None
    made_by = [each.decorator for each in node.decorators] + [each.value for each in node.bases]
    called = (each.func if isinstance(each, cst.Call) else each for each in made_by)
    is_own = any(each.name.value == "__repr__" for each in syntax.functions(node))
    if is_own or not any(SHOWING.search(syntax.dotted(each) or "") for each in called):
        return None
    for each in syntax.statements(node):
        name = syntax.dotted(each.target) if isinstance(each, cst.AnnAssign) else None
        if name and TOKEN.match(name) and not HIDDEN.search(syntax.code(each)):
            return name
    return None


def _kind(call: Call, value: cst.CSTNode) -> str | None:
    """The class that a parameter is annotated with."""
    function = call.scope.function
    if function is None or not isinstance(function.node, cst.FunctionDef):
        return None
    for each in syntax.parameters(function.node):
        if each.annotation and each.name.value == syntax.dotted(value):
            return syntax.dotted(each.annotation.annotation)
    return None


def _is_log(call: Call) -> bool:
    owner = call.receiver.lower()
    return call.written == "print" or (call.method in LEVELS and "log" in owner)


def _written(call: Call) -> cst.CSTNode | None:
    for arg in call.node.args:
        if has_token(arg.value):
            return arg.value
        for shown in (arg.value, *_in_text(arg.value)):
            text = syntax.code(shown)
            if HEADERS.fullmatch(text) or AUTHORIZATION.fullmatch(text):
                return shown
    return None


def _in_text(value: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    """What an f-string shows."""
    for each in within_node(value, cst.FormattedStringExpression):
        yield each.expression
