"""The sign-in returns what it is annotated to return."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.scope import Scope

LITERALS: tuple[tuple[type[cst.CSTNode], str], ...] = (
    (cst.SimpleString, "str"),
    (cst.FormattedString, "str"),
    (cst.ConcatenatedString, "str"),
    (cst.Integer, "int"),
    (cst.Dict, "dict"),
    (cst.List, "list"),
    (cst.Tuple, "tuple"),
)
PLAIN = {"str", "int", "dict", "list", "tuple", "bool", "float"}


@check("CK116", needs=SOURCE, symptoms=("server_error", "unauthorized"))
def sign_in_gives_what_it_says(chat: Anatomy) -> Iterator[Finding]:
    """`async def get_current_user() -> User` that returns the claims or the id: the chat reads
    `user.id` of a text or a dict, and every request ends with 500.
    """
    for scope in chat.sign_ins:
        node = scope.node
        if not isinstance(node, cst.FunctionDef) or node.returns is None:
            continue
        wanted = _type_said(chat, scope, node.returns.annotation)
        for returned in syntax.returns(node) if wanted else ():
            given = kind_given(chat, scope, returned)
            if given and given != wanted and wanted:
                yield Finding(
                    what=f"The sign-in gives a `{given}` where the chat expects a `{wanted}`.",
                    where=chat.code.where(scope, returned),
                    evidence=f"`{scope.name}` is annotated with `{wanted}`, and returns "
                    f"`{syntax.code(returned)[:100] if returned else 'None'}`.",
                    fix=f"Return a `{wanted}`, or annotate it with what it gives and let the chat "
                    "read that.",
                    cause="sign-in type",
                )


def _type_said(chat: Anatomy, scope: Scope, annotation: cst.BaseExpression) -> str:
    """A class of the project, or a plain type; nothing where only running it would tell."""
    plain = syntax.required(annotation)
    if isinstance(plain, cst.Subscript):
        plain = plain.value
    name = syntax.dotted(plain) or ""
    if name in PLAIN:
        return name
    found = chat.code.class_of(chat.code.resolve(scope, name))
    if found is None:
        return ""
    # A dict of a form, or a text with a name, is one at run time.
    bases = {each.rpartition(".")[2] for each in syntax.bases(found.node)}
    return "" if bases & {"TypedDict", "dict", "str", "int", "Protocol"} else name


def kind_given(chat: Anatomy, scope: Scope, returned: cst.BaseExpression | None) -> str:
    """The type of what is returned, where that is plain to see."""
    value = chat.code.value(scope, returned)
    for kind, name in LITERALS:
        if isinstance(value, kind):
            return name
    if isinstance(value, cst.Call):
        known = chat.code.call_of(value)
        called = known.name if known else syntax.dotted(value.func) or ""
        if called in PLAIN:
            return called
        if chat.code.class_of(chat.code.resolve(scope, called)) is not None:
            return called
        if called.rpartition(".")[2] == "decode" and "jwt" in called:
            return "dict"
    if isinstance(value, cst.Subscript):
        key = syntax.text(syntax.key(value))
        held = kind_given(chat, scope, value.value) if key == "sub" else ""
        return "str" if held == "dict" else ""
    return ""
