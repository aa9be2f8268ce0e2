"""The store takes the items out of a thread that it saves."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import literals, within_node


@check(
    "CK410",
    "The store takes the items out of a thread that it saves",
    needs=SOURCE,
    symptoms=("server_error", "forgets"),
)
def threads_saved_without_items(chat: Anatomy) -> Iterator[Finding]:
    """The store takes the items out of a thread that it saves. Where a title is set in the
    first answer the SDK saves a thread with its items, and cannot load that one again.
    """
    titled = next(_titled(chat), None)
    for store in chat.stores if titled else ():
        saved = chat.code.methods(store).get("save_thread")
        kept = _kept_whole(saved) if saved else None
        if titled and saved and kept is not None:
            yield Finding(
                what="After the first answer in which a title is set, opening that thread fails "
                "with 500: the SDK saves it with its items, and gives them twice when it loads it.",
                where=chat.code.where(saved, kept),
                evidence=f"`{saved.name}` keeps the thread as it is given, and a title is set at "
                f"{chat.code.where(*titled)}.",
                fix="Save `ThreadMetadata(**thread.model_dump(exclude={'items'}))`.",
                cause="thread items",
            )


def _titled(chat: Anatomy) -> Iterator[tuple[Scope, cst.CSTNode]]:
    """In a turn, that is; the thread that an action gets was loaded, and has no items."""
    for scope in chat.code.functions:
        if scope.file not in chat.files or "action" in scope.name:
            continue
        for part in _reached(scope.node):
            for each in within_node(part, cst.AssignTarget):
                if (syntax.dotted(each.target) or "").endswith("thread.title"):
                    yield scope, each.target


def _reached(function: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The statements of a function, up to one that always leaves it."""
    for part in function.body.body if isinstance(function, cst.FunctionDef) else ():
        yield part
        if isinstance(part, cst.SimpleStatementLine) and any(
            isinstance(each, cst.Return | cst.Raise) for each in part.body
        ):
            return


def _kept_whole(saved: Scope) -> cst.CSTNode | None:
    """`self.threads[thread.id] = thread`"""
    if not isinstance(saved.node, cst.FunctionDef) or len(saved.node.params.params) < 2:
        return None
    if any(text == "items" for _, text in literals(saved.node)):
        return None
    thread = saved.node.params.params[1].name.value
    for each in within_node(saved.node.body, cst.Assign):
        is_kept = any(isinstance(target.target, cst.Subscript) for target in each.targets)
        if is_kept and isinstance(each.value, cst.Name) and each.value.value == thread:
            return each
    return None
