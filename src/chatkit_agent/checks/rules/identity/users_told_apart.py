"""Each person of the application is somebody of their own to the chat."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.attributes import attributes_of
from chatkit_agent.project.source.code import Call, Code
from chatkit_agent.project.source.dependencies import given_to_makers
from chatkit_agent.project.source.origins import all_constant, callers, results
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.sources import Sources, Symbol
from chatkit_agent.project.source.verifying import decodes

DICTS = {"dict", "Dict", "Mapping", "typing.Dict", "typing.Mapping"}


@check("CK106", needs=SOURCE, symptoms=("unavailable", "silent"))
def users_told_apart(chat: Anatomy) -> Iterator[Finding]:
    """`user_id=` looks at the user, in a way that the user can be read in, and at what only one of
    them has; what the sign-in gives is not the same for everybody.
    """
    for call, given in given_to_makers(chat.code, chat.endpoints, _ids):
        where = chat.code.where(call.scope, given)
        if all_constant(results(chat, call.scope, given)):
            yield _same_for_all(where, f"`{syntax.code(given)}` does not look at the user.")
        elif isinstance(given, cst.Lambda) and len(given.params.params) == 1:
            user = given.params.params[0].name.value
            if (why := _unreadable(chat, call, given.body, user)) is not None:
                yield _not_there(where, syntax.code(given), why)
            elif (key := _shared_column(chat, call, given.body, user)) is not None:
                yield _may_be_shared(where, syntax.code(given), key)
    if any(decodes(chat.code, chat.sign_ins)):
        for found in callers(chat):
            if all_constant(found):
                where = chat.code.where(found[0].scope, found[0].node)
                told = f"`{syntax.code(found[0].node)}` is the user, whoever signed in."
                yield _same_for_all(where, told)


def _ids(code: Code, maker: Scope, endpoint: Scope) -> set[str]:
    """The parameter of a maker that says how the id is read."""
    return {"user_id"}.intersection(maker.parameters)


def _unreadable(chat: Anatomy, call: Call, body: cst.BaseExpression, user: str) -> str | None:
    """Why the user that the sign-in is annotated to give cannot be read so."""
    sources = chat.code.sources
    attribute = (syntax.dotted(body) or "").partition(f"{user}.")[2]
    is_item = isinstance(body, cst.Subscript) and syntax.dotted(body.value) == user
    said, kind = _user_kind(sources, call)
    if said in DICTS:
        return f"a `{said}` has no attributes" if attribute.isidentifier() else None
    known = attributes_of(sources, kind)
    if known is None:
        return None
    if is_item and "__getitem__" not in known:
        return f"a `{said}` has attributes, and no items"
    is_missing = attribute.isidentifier() and attribute not in known
    return f"the class of the user has no `{attribute}`" if is_missing else None


def _shared_column(chat: Anatomy, call: Call, body: cst.BaseExpression, user: str) -> str | None:
    """The primary key of the user's table, where the id is read from a column that has no rule to
    be unique.
    """
    attribute = (syntax.dotted(body) or "").partition(f"{user}.")[2]
    sources = chat.code.sources
    node = sources.definition(_user_kind(sources, call)[1])
    if not isinstance(node, cst.ClassDef) or "__table_args__" in syntax.code(node):
        return None
    columns = dict[str, cst.Call]()
    for each in syntax.assignments(node):
        if isinstance(each.value, cst.Call):
            columns[each.target] = each.value
    keys = [name for name, made in columns.items() if _is_set(made, "primary_key")]
    own = columns.get(attribute)
    if not keys or own is None or _is_set(own, "primary_key") or syntax.argument(own, "unique"):
        return None
    return keys[0]


def _is_set(call: cst.Call, name: str) -> bool:
    return syntax.dotted(syntax.argument(call, name)) == "True"


def _user_kind(sources: Sources, call: Call) -> tuple[str, Symbol | None]:
    """What the sign-in is annotated to give, as it is written and as it is defined."""
    giver = sources.resolve(call.scope.file, syntax.dotted(call.argument("current_user")))
    function = sources.function(giver)
    if giver is None or giver.path is None or function is None or function.returns is None:
        return "", None
    written = function.returns.annotation
    said = syntax.dotted(written.value if isinstance(written, cst.Subscript) else written) or ""
    return said, sources.resolve(giver.path, syntax.dotted(written))


def _same_for_all(where: str, evidence: str) -> Finding:
    return Finding(
        what="Everybody reads and continues everybody's conversations: all people have one id.",
        where=where,
        evidence=evidence,
        fix="Give what tells people apart, such as `user_id=lambda user: user.id`.",
        cause="one user",
        explains=("mixed_up", "leaks"),
    )


def _not_there(where: str, written: str, why: str) -> Finding:
    return Finding(
        what="The chat answers 503: the user's id is read from where it is not.",
        where=where,
        evidence=f"`user_id={written}`, and {why}.",
        fix="Name what holds the id, such as `user_id=lambda user: user.id`.",
        cause="user id",
    )


def _may_be_shared(where: str, written: str, key: str) -> Finding:
    return Finding(
        what="People who have the same value there read and continue each other's conversations.",
        where=where,
        evidence=f"`user_id={written}`, a column that is neither the primary key nor unique.",
        fix=f"Name what only one person has: `user_id=lambda user: user.{key}`.",
        severity="warning",
        cause="shared id",
        explains=("mixed_up", "leaks"),
    )
