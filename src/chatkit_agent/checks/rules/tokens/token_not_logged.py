"""The person's token is not written to the log."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.kinds import lineage
from chatkit_agent.project.source.logs import log_calls
from chatkit_agent.project.source.meaning import names_used, truth_of
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.tokens import NO_TOKEN, TOKEN, token_in
from chatkit_agent.project.source.walking import called_name, decorating, within_node

# What shows all of its fields where it is written into a text.
SHOWING = ("dataclass", "BaseModel", "NamedTuple", "define", "frozen", "attrs")


@check("CK305", needs=SOURCE, symptoms=("leaks",))
def token_not_logged(chat: Anatomy) -> Iterator[Finding]:
    """Neither by itself, nor with a context whose `repr` shows it."""
    for call in log_calls(chat.code):
        found = (token_in(chat, call.scope, each) for each in call.given)
        if (told := next(filter(None, found), None)) is not None:
            yield _finding(
                chat,
                call,
                "The person's token is in the log, where whoever reads the log can use it.",
                f"`{call.written}` writes `{syntax.code(told.node)[:100]}`.",
                "Leave it out, or write whether there is one: `bool(token)`.",
            )
        for value, kind, field in _wholes(chat, call):
            yield _finding(
                chat,
                call,
                "The person's token is in the log, as a part of the request's context.",
                f"`{call.written}` writes `{syntax.code(value)}`, and `{kind.name}` shows its "
                f"`{field}`.",
                "Write what is needed of it, and keep the token out of its `repr`: "
                f"`{field}: str = field(repr=False)`, or pydantic's `SecretStr`.",
            )


def _wholes(chat: Anatomy, call: Call) -> Iterator[tuple[cst.BaseExpression, Scope, str]]:
    """The objects that are written as a whole, with the field that their class shows."""
    for given in call.given:
        inner = within_node(given, cst.FormattedStringExpression)
        for value in (given, *(each.expression for each in inner)):
            kind = chat.code.kind(call.scope, called_name(value))
            for each in lineage(chat.code, kind):
                if (field := _shown_field(chat, each)) is not None:
                    yield value, each, field


def _shown_field(chat: Anatomy, kind: Scope) -> str | None:
    """The field with the token that the `repr` of a class shows."""
    assert isinstance(kind.node, cst.ClassDef)
    marks = decorating(kind.node)
    made_by = [*(m.func if isinstance(m, cst.Call) else m for m in marks)]
    made_by += [each.value for each in kind.node.bases]
    full = (chat.code.package_name(kind, syntax.dotted(each)) for each in made_by)
    is_shown = any(each.rpartition(".")[2] in SHOWING for each in full)
    is_own = "__repr__" in chat.code.methods(kind)
    if is_own or not is_shown or any(_is_hidden(chat, kind, mark) for mark in marks):
        return None
    for each in syntax.annotated(kind.node):
        name = syntax.dotted(each.target) or ""
        if TOKEN.match(name):
            is_secret = NO_TOKEN & names_used(each.annotation)
            if not is_secret and not _is_hidden(chat, kind, each.value):
                return name
    return None


def _is_hidden(chat: Anatomy, scope: Scope, made: cst.BaseExpression | None) -> bool:
    """`field(repr=False)`, and `@dataclass(repr=False)`"""
    given = syntax.argument(made, "repr") if isinstance(made, cst.Call) else None
    return truth_of(chat.code, scope, given) is False


def _finding(chat: Anatomy, call: Call, what: str, evidence: str, fix: str) -> Finding:
    where = call.where
    return Finding(what=what, where=where, evidence=evidence, fix=fix, cause="token logged")
