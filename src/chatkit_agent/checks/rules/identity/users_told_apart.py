"""Each person of the application is somebody of their own to the chat."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.dependencies import given_to_makers
from chatkit_agent.project.source.origins import all_constant, callers, results
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.scopes import Call, Code
from chatkit_agent.project.source.sources import Sources, Symbol
from chatkit_agent.project.source.verifying import decodes
from chatkit_agent.project.source.walking import within_node

# Classes of libraries that bring no attribute by which a person is known.
PLAIN = ("BaseModel", "DeclarativeBase", "MappedAsDataclass", "SQLModel", "object")


@check("CK106", needs=SOURCE, symptoms=("unavailable", "silent"))
def users_told_apart(chat: Anatomy) -> Iterator[Finding]:
    """`user_id=` looks at the user, and at an attribute that the class of the user has; what the
    sign-in gives is not the same for everybody.
    """
    for call, given in given_to_makers(chat.code, chat.endpoints, _ids):
        where = chat.code.where(call.scope, given)
        if all_constant(results(chat, call.scope, given)):
            yield _same_for_all(where, f"`{syntax.code(given)}` does not look at the user.")
        elif isinstance(given, cst.Lambda) and len(given.params.params) == 1:
            user = given.params.params[0].name.value
            if (name := _absent_attribute(chat, call, given.body, user)) is not None:
                yield _not_there(where, syntax.code(given), name)
    if any(decodes(chat.code, chat.sign_ins)):
        for found in callers(chat):
            if all_constant(found):
                where = chat.code.where(found[0].scope, found[0].node)
                told = f"`{syntax.code(found[0].node)}` is the user, whoever signed in."
                yield _same_for_all(where, told)


def _ids(code: Code, maker: Scope, endpoint: Scope) -> set[str]:
    """The parameter of a maker that says how the id is read."""
    return {"user_id"}.intersection(maker.parameters)


def _absent_attribute(chat: Anatomy, call: Call, body: cst.BaseExpression, user: str) -> str | None:
    """The attribute that the class of the signed-in user does not have."""
    attribute = (syntax.dotted(body) or "").partition(f"{user}.")[2]
    sources = chat.code.sources
    giver = sources.resolve(call.scope.file, syntax.dotted(call.argument("current_user")))
    function = sources.function(giver)
    if giver is None or giver.path is None or function is None or function.returns is None:
        return None
    kind = sources.resolve(giver.path, syntax.dotted(function.returns.annotation))
    known = _attributes(sources, kind)
    is_missing = attribute.isidentifier() and known is not None and attribute not in known
    return attribute if is_missing else None


def _attributes(sources: Sources, kind: Symbol | None, hops: int = 5) -> set[str] | None:
    """The names in a class and its bases; None where one of these is not known."""
    node = sources.definition(kind)
    if kind is None or kind.path is None or not isinstance(node, cst.ClassDef) or not hops:
        return None
    found = {each.name.value for each in syntax.functions(node)}
    written = [each.target for each in within_node(node, cst.AnnAssign)]
    written += [each.target for each in within_node(node, cst.AssignTarget)]
    found |= {(syntax.dotted(each) or "").removeprefix("self.") for each in written}
    for base in syntax.bases(node):
        parent = sources.resolve(kind.path, base)
        if parent is not None and parent.path is None and parent.name.endswith(PLAIN):
            continue
        above = _attributes(sources, parent, hops - 1)
        if above is None:
            return None
        found |= above
    return found


def _same_for_all(where: str, evidence: str) -> Finding:
    return Finding(
        what="Everybody reads and continues everybody's conversations: all people have one id.",
        where=where,
        evidence=evidence,
        fix="Give what tells people apart, such as `user_id=lambda user: user.id`.",
        cause="one user",
        explains=("mixed_up", "leaks"),
    )


def _not_there(where: str, written: str, name: str) -> Finding:
    return Finding(
        what="The chat answers 503: the user's id is read from an attribute that is not there.",
        where=where,
        evidence=f"`user_id={written}`, and the class of the user has no `{name}`.",
        fix="Name the attribute that holds the id.",
        cause="user id",
    )
