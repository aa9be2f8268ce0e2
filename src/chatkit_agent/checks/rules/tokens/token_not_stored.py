"""The person's token is not kept with the conversation."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.kinds import package_kind
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.tokens import token_in
from chatkit_agent.project.source.values import valued
from chatkit_agent.project.source.walking import called_name

ADDING = ("update", "setdefault", "__setitem__")
THREADS = ("Thread", "ThreadMetadata")
KEPT = (*THREADS, "Item", "Content", "Task", "Workflow")
Kept = tuple[Scope, cst.CSTNode, cst.BaseExpression]


@check("CK304", needs=SOURCE, symptoms=("leaks",))
def token_not_stored(chat: Anatomy) -> Iterator[Finding]:
    """Neither in the thread's metadata nor in an item."""
    for scope, node, value in (*_in_metadata(chat), *_in_items(chat)):
        if token_in(chat, scope, value) is not None:
            yield Finding(
                what="The person's token is stored with the conversation, sent to the client, and "
                "can be read by whoever reads the database.",
                where=chat.code.where(scope, node),
                evidence=f"`{syntax.code(node)[:120]}`",
                fix="Keep the token in the context of the request, which is not stored.",
                cause="token stored",
            )


def _in_metadata(chat: Anatomy) -> Iterator[Kept]:
    """What is written into `thread.metadata`."""
    for scope in chat.code.functions:
        for line in syntax.statements(scope.node):
            if isinstance(line, cst.Assign | cst.AugAssign):
                targets = line.targets if isinstance(line, cst.Assign) else [line]
                if any(_is_of_thread(chat, scope, each.target) for each in targets):
                    yield scope, line, line.value
    for call in chat.code.calls:
        func = call.node.func
        owner = func.value if isinstance(func, cst.Attribute) else None
        if call.method in ADDING and owner is not None and _is_of_thread(chat, call.scope, owner):
            yield from ((call.scope, call.node, each) for each in call.given)


def _in_items(chat: Anatomy) -> Iterator[Kept]:
    """What ChatKit's own threads, items and their parts are made with."""
    for call in chat.code.calls:
        name = call.package_name
        if name.startswith("chatkit.types.") and name.endswith(KEPT):
            yield from ((call.scope, call.node, each) for each in call.given)


def _is_of_thread(chat: Anatomy, scope: Scope, target: cst.BaseExpression) -> bool:
    """`thread.metadata`, an entry of it, or another name for it."""
    held = target.value if isinstance(target, cst.Subscript) else target
    if isinstance(held, cst.Name):
        scope, held = valued(chat.code, scope, held)
    is_metadata = isinstance(held, cst.Attribute) and held.attr.value == "metadata"
    return is_metadata and isinstance(held, cst.Attribute) and _is_thread(chat, scope, held.value)


def _is_thread(chat: Anatomy, scope: Scope, owner: cst.BaseExpression) -> bool:
    """By its type, by what gives it, or else by its name."""
    kind = package_kind(chat.code, scope, owner)
    if kind is not None and kind.name.startswith("chatkit."):
        return kind.name.endswith(THREADS)
    _, held = valued(chat.code, scope, owner)
    name = called_name(held).removesuffix("()").rpartition(".")[2]
    return name in ("load_thread", "thread") or name.endswith("_thread")
