"""A token that names nobody is refused."""

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
from chatkit_agent.project.source.verifying import decodes
from chatkit_agent.project.source.walking import within_node

REFUSES = re.compile(r"40[13]|UNAUTHORIZED|FORBIDDEN|credential|auth", re.IGNORECASE)
SUBJECTS = ("sub", "user_id", "userId", "uid")


@check(
    "CK105",
    "A token that names nobody is refused",
    needs=SOURCE,
    severity="warning",
    symptoms=("mixed_up",),
)
def subject_required(chat: Anatomy) -> Iterator[Finding]:
    """A token that names nobody is refused. With `claims.get("sub")` and no look at what that
    gives, all such tokens are one user.
    """
    read = list(decodes(chat.code, chat.sign_ins))
    if not read or any(claim in each.required for each in read for claim in SUBJECTS):
        return
    files = {each.call.scope.file for each in read}
    for scope in chat.sign_ins:
        taken = next(_taken(chat.code.inside(scope)), None) if scope.file in files else None
        if taken is not None and not _is_looked_at(chat, scope, taken.node):
            yield Finding(
                what="All tokens that name nobody are one user: nothing asks for `sub`, and "
                "without it the user is None.",
                where=chat.code.where(scope, taken.node),
                evidence=f"`{scope.name}` takes `{syntax.code(taken.node)}` as it is, and "
                "refuses nothing afterwards.",
                fix='Refuse such a token: `options={"require": ["exp", "sub"]}`, or 401 where '
                "it is missing.",
                cause="nobody",
            )


def _taken(calls: tuple[Call, ...]) -> Iterator[Call]:
    """`claims.get("sub")`, without a default."""
    for call in calls:
        is_bare = call.method == "get" and len(call.node.args) == 1
        if is_bare and call.text("key", 0) in SUBJECTS:
            yield call


def _is_looked_at(chat: Anatomy, scope: Scope, taken: cst.Call) -> bool:
    """Whether anything is asked about it here, or anybody refused where it goes to."""
    given = (each for each in syntax.assignments(scope.node) if each.value is taken)
    name = next((each.target for each in given), None)
    if name is not None:
        tests = [each.test for each in within_node(scope.node, cst.If)]
        tests += [each.test for each in within_node(scope.node, cst.IfExp)]
        calls = (arg for call in chat.code.inside(scope) for arg in call.node.args)
        looks = [*tests, *calls, *within_node(scope.node, cst.BooleanOperation)]
        return any(name == each.value for look in looks for each in within_node(look, cst.Name))
    given_on = (
        value
        for node in within_node(scope.node, cst.Return)
        if (value := node.value) and not isinstance(value, cst.BooleanOperation | cst.IfExp)
    )
    is_returned = any(taken in within_node(value, cst.Call) for value in given_on)
    return not is_returned or any(
        REFUSES.search(syntax.code(each))
        for other in chat.sign_ins
        if other is not scope
        for each in within_node(other.node, cst.Raise)
    )
