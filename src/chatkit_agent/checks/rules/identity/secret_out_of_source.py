"""The secret that signs people's tokens is in no source."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.scopes import Call
from chatkit_agent.project.source.signing import secrets_used, texts_written
from chatkit_agent.project.source.walking import literals, within_node

PUBLIC = ("-----BEGIN PUBLIC", "-----BEGIN CERTIFICATE", "-----BEGIN RSA PUBLIC", "http")
SAME = (cst.Equal, cst.NotEqual, cst.In, cst.NotIn, cst.Is, cst.IsNot)


@check("CK119", needs=SOURCE, symptoms=("mixed_up", "leaks"))
def secret_out_of_source(chat: Anatomy) -> Iterator[Finding]:
    """The secret that signs people's tokens or sessions is in no source, not even as what holds
    where none is set: `os.getenv("JWT_SECRET", "secret")` lets whoever read the source sign in as
    anybody as soon as the variable is forgotten. Silent where the code refuses that text by itself.
    """
    told = set[cst.CSTNode]()
    for call, given in secrets_used(chat):
        for (scope, node), text in texts_written(chat.code, call.scope, given):
            if _is_secret(text) and node not in told and not _is_refused(chat, text):
                told.add(node)
                yield _finding(chat, call, (scope, node))


def _is_secret(text: str) -> bool:
    return bool(text.strip()) and not text.strip().startswith(PUBLIC)


def _is_refused(chat: Anatomy, text: str) -> bool:
    """`if SECRET == "change-me": raise`: some code looks whether it is that text."""
    return any(
        _asks_for(chat, module, each, text)
        for module in chat.code.modules
        for each in within_node(module.node, cst.Comparison)
    )


def _asks_for(chat: Anatomy, module: Scope, node: cst.Comparison, text: str) -> bool:
    if not all(isinstance(each.operator, SAME) for each in node.comparisons):
        return False
    if any(said == text for _, said in literals(node)):
        return True
    sides = [node.left, *(each.comparator for each in node.comparisons)]
    return all(chat.code.text(module, each) == text for each in sides)


def _finding(chat: Anatomy, call: Call, held: tuple[Scope, cst.CSTNode]) -> Finding:
    return Finding(
        what="Whoever reads the source can sign in as anybody: the secret that signs people in is "
        "written there.",
        where=chat.code.where(*held),
        evidence=f"`{call.written}` in {chat.code.where(call.scope, call.node)} takes what is "
        "written there, unless something else is set.",
        fix="Read it from the environment alone, and end the start where it is not set: "
        '`os.environ["JWT_SECRET"]`, or a field of the settings without a default.',
        cause="secret in source",
    )
