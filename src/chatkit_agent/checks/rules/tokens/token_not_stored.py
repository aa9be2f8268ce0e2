"""The person's token is not kept with the conversation."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.tokens import has_token
from chatkit_agent.project.source.walking import within_node


@check(
    "CK304",
    "The person's token is not kept with the conversation",
    needs=SOURCE,
    symptoms=("leaks",),
)
def token_not_stored(chat: Anatomy) -> Iterator[Finding]:
    """The person's token is not kept with the conversation, in the thread's metadata or in a
    hidden item.
    """
    for scope in chat.code.functions:
        for node in _kept(scope) if scope.file in chat.files else ():
            yield Finding(
                what="The person's token is stored with the conversation, sent to the client, and "
                "can be read by whoever reads the database.",
                where=chat.code.where(scope, node),
                evidence=f"`{syntax.code(node)[:120]}`",
                fix="Keep the token in the context of the request, which is not stored.",
                cause="token stored",
            )


def _kept(scope: Scope) -> Iterator[cst.CSTNode]:
    if not isinstance(scope.node, cst.FunctionDef):
        return
    for each in within_node(scope.node.body, cst.Assign):
        written = syntax.code(each.targets[0].target)
        if "thread.metadata" in written and has_token(each.value):
            yield each
    for call in within_node(scope.node.body, cst.Call):
        written = syntax.code(call.func)
        is_item = written.endswith(("HiddenContextItem", "thread.metadata.update"))
        if is_item and any(has_token(arg.value) for arg in call.args):
            yield call
