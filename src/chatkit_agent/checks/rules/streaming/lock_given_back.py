"""The lock of a thread is given back whatever happens in the turn."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.scopes import Call, Scope, literals, within_node

TAKING = re.compile(r"pg_(?:try_)?advisory_lock\b", re.IGNORECASE)
GIVING = re.compile(r"pg_advisory_unlock", re.IGNORECASE)
LOCK = re.compile(r"lock|lease|mutex|semaphore|busy|running|active|in_?flight", re.IGNORECASE)
PAIRS = {
    "acquire": {"release"},
    "add": {"discard", "remove", "clear"},
    "lock": {"unlock", "release"},
    "take_lock": {"release_lock", "give_back"},
    "acquire_lock": {"release_lock"},
    "lock_thread": {"unlock_thread", "release_thread"},
}


@check(
    "CK516",
    "The lock of a thread is given back whatever happens in the turn",
    needs=SOURCE,
    symptoms=("silent", "stream_error"),
)
def lock_given_back(chat: Anatomy) -> Iterator[Finding]:
    """A lock that is taken before the answer and given back behind it stays taken when the model
    fails or the person presses Stop: the conversation is busy for ever. It belongs into `finally`,
    or into `async with`.
    """
    for scope in chat.code.functions:
        if scope not in chat.turning and scope.owner not in chat.servers:
            continue
        for call in chat.code.inside(scope):
            if call.scope.function is scope and _takes(call) and not _is_safe(chat, scope, call):
                yield Finding(
                    what="When an answer fails or is stopped, its conversation stays locked.",
                    where=chat.code.where(scope, call.node),
                    evidence=f"`{syntax.code(call.node)[:100]}` is not followed by its release in "
                    "a `finally`.",
                    fix="Write `async with`, or `try:` behind it and the release in `finally:`.",
                    cause="lock kept",
                )


def _takes(call: Call) -> bool:
    if any(TAKING.search(text) for _, text in literals(call.node)):
        return not any("xact" in text or GIVING.search(text) for _, text in literals(call.node))
    return call.method in PAIRS and LOCK.search(f"{call.receiver}.{call.method}") is not None


def _is_safe(chat: Anatomy, scope: Scope, call: Call) -> bool:
    """Whether it is given back in a `finally`, or belongs to a `with` or to what is returned."""
    giving = PAIRS.get(call.method, set())
    for block in within_node(scope.node, cst.Try):
        if block.finalbody is None:
            continue
        names = {
            (syntax.dotted(each.func) or "").rpartition(".")[2]
            for each in within_node(block.finalbody, cst.Call)
        }
        said = [text for _, text in literals(block.finalbody)]
        helpers = [each for each in chat.code.functions if each.name.rpartition(".")[2] in names]
        said += [text for each in helpers for _, text in literals(each.node)]
        names |= {inner.method for each in helpers for inner in chat.code.inside(each)}
        if names & giving or any(GIVING.search(each) for each in said):
            return True
    withs = within_node(scope.node, cst.With)
    return any(call.node in within_node(item, cst.Call) for each in withs for item in each.items)
