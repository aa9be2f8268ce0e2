"""What people write never becomes part of a statement."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.statements import made_of
from chatkit_agent.project.source.taint import tainted_part

CARRYING_OUT = ("exec", "fetch", "scalar", "quer", "text", "prepare", "cursor", "stream", "iterate")


@check("CK418", needs=SOURCE, symptoms=("leaks", "mixed_up", "server_error"))
def sql_parameterised(chat: Anatomy) -> Iterator[Finding]:
    """A statement of an f-string, of `%`, `+` or `format` with an id or a text in it lets whoever
    chooses that write SQL: the ids of threads and items come from the client. The names of schemas,
    tables and columns are the program's own.
    """
    for scope in chat.code.functions:
        for node in made_of(chat.code, scope):
            part = tainted_part(chat, scope, node)
            if part is not None and _is_carried_out(chat, scope, node):
                yield Finding(
                    what="Whoever chooses an id or a text can write SQL: it becomes part of a "
                    "statement.",
                    where=chat.code.where(scope, node),
                    evidence=f"`{syntax.code(part)}` is put into the text of a statement in "
                    f"`{scope.name}`.",
                    fix="Write a placeholder (`$1`, `%s`, `:name`), and give the value beside the "
                    "statement.",
                    cause="sql injection",
                )
                break


def _is_carried_out(chat: Anatomy, scope: Scope, node: cst.BaseExpression) -> bool:
    """Whether a store says it, or a call of a database is given it, by a name or in place."""
    names = {each.target for each in syntax.assignments(scope.node) if each.value is node}
    is_handed = False
    for call in chat.code.inside(scope):
        given = [each for each in call.given if call.method != "append"]
        if any(each is node or syntax.dotted(each) in names for each in given):
            is_handed = True
            if any(word in call.method for word in CARRYING_OUT) or chat.code.called(call):
                return True
    return scope.owner in chat.stores and not is_handed
