"""Where a missing token is let through to the code, the code looks for it."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.authenticating import verifies_token
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.meaning import names_used, truth_of
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import said_of, within_node

SCHEMES = {
    "HTTPBearer",
    "HTTPBasic",
    "OAuth2PasswordBearer",
    "OAuth2AuthorizationCodeBearer",
    "OpenIdConnect",
    "APIKeyHeader",
    "APIKeyCookie",
    "APIKeyQuery",
}


@check("CK114", needs=SOURCE, symptoms=("mixed_up", "leaks"))
def auto_error_checked(chat: Anatomy) -> Iterator[Finding]:
    """`HTTPBearer(auto_error=False)` gives None where there is no token, and leaves the refusal to
    the function that asked for it. Where that neither tests nor verifies what it got, everybody is
    let in; where it reads a part of it, who sends no token is answered with 500.
    """
    for call in chat.code.calls:
        if (
            call.method not in SCHEMES
            or truth_of(chat.code, call.scope, call.argument("auto_error")) is not False
        ):
            continue
        for scope, param in _users(chat, call):
            if _is_tested(scope, param):
                continue
            if verifies_token(chat, scope):
                yield from _part_of_none(chat, call, scope, param)
            else:
                yield Finding(
                    what="Whoever sends no token is let in: nothing looks whether one came.",
                    where=chat.code.where(scope),
                    evidence=f"`{call.method}` has `auto_error=False`, and `{scope.name}` neither "
                    f"tests nor verifies `{param}`.",
                    fix="Take `auto_error=False` out, or raise 401 where it is None.",
                    cause="spoofed",
                )


def _part_of_none(chat: Anatomy, call: Call, scope: Scope, param: str) -> Iterator[Finding]:
    """`credentials.credentials` of None, which no `try` is around."""
    caught = {each for block in within_node(scope.node, cst.Try) for each in syntax.walk(block)}
    for node in within_node(scope.node, cst.Attribute):
        if syntax.dotted(node.value) == param and node not in caught:
            yield Finding(
                what="Whoever sends no token is answered with 500 and not with 401.",
                where=chat.code.where(scope, node),
                evidence=f"`{call.method}` has `auto_error=False`, and `{syntax.code(node)}` is "
                f"read without a test whether `{param}` is None.",
                fix="Take `auto_error=False` out, or raise 401 where it is None.",
                severity="warning",
                cause="none read",
            )
            return


def _users(chat: Anatomy, call: Call) -> Iterator[tuple[Scope, str]]:
    """The sign-ins that ask for this scheme, and the name under which they get what it gives."""
    names = {
        each.target
        for scope in call.scope.around()
        for each in syntax.assignments(scope.node)
        if each.value is call.node
    }
    for scope in chat.sign_ins:
        for param in scope.params:
            parts = said_of(param)
            asked = {
                syntax.dotted(arg.value)
                for part in parts
                for inner in within_node(part, cst.Call)
                for arg in inner.args
            }
            is_inline = any(call.node is each for part in parts for each in syntax.walk(part))
            if is_inline or asked & names:
                yield scope, param.name.value


def _is_tested(scope: Scope, param: str) -> bool:
    tests = (
        each.test
        for each in within_node(scope.node, cst.If, cst.IfExp, cst.Assert)
        if isinstance(each, cst.If | cst.IfExp | cst.Assert)
    )
    operands = within_node(scope.node, cst.BooleanOperation)
    return any(param in names_used(node) for node in (*tests, *operands))
