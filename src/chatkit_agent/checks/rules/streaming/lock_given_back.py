"""The lock of a thread is given back whatever happens in the turn."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.meaning import reaches
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.scopes import Call
from chatkit_agent.project.source.walking import literals, within_node

TAKING = re.compile(r"pg_(?:try_)?advisory_lock\b", re.IGNORECASE)
GIVING = re.compile(r"pg_advisory_unlock", re.IGNORECASE)
LOCK = re.compile(r"lock|lease|mutex|semaphore|busy|running|active|in_?flight", re.IGNORECASE)
PAIRS = {
    "acquire": ("release",),
    "add": ("discard", "remove", "clear"),
    "lock": ("unlock", "release"),
    "begin": ("end", "finish", "release"),
    "start": ("end", "finish", "stop"),
    "take": ("release", "give", "drop", "return"),
    "claim": ("release", "free", "unclaim"),
    "enter": ("exit", "leave"),
    "mark": ("unmark", "clear"),
}
"""By the first word of a method; what it takes is named behind it: `begin_turn`, `end_turn`."""
OF_THREAD = re.compile(r"turn|lock|lease|thread|busy|answer", re.IGNORECASE)


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
    said = [text for _, text in literals(call.node)]
    if any(TAKING.search(text) for text in said):
        return not any("xact" in text or GIVING.search(text) for text in said)
    verb, _, what = call.method.strip("_").partition("_")
    if verb not in PAIRS:
        return False
    if what:
        return verb != "add" and OF_THREAD.search(what) is not None
    return LOCK.search(call.receiver) is not None


def _is_safe(chat: Anatomy, scope: Scope, call: Call) -> bool:
    """Whether it is given back in a `finally`, there or in what goes on with the turn, or belongs
    to a `with`; and whether it is ever given back, which what has a time limit need not be.
    """
    near = reaches(chat.code, [scope, *(e for e in chat.code.functions if e.owner is scope.owner)])
    given = [each for each in near if _gives(call, each.node)]
    if not given and not TAKING.search(syntax.code(call.node)):
        return True
    blocks = (block for each in near for block in within_node(each.node, cst.Try))
    if any(each.finalbody and _gives(call, each.finalbody) for each in blocks):
        return True
    withs = within_node(scope.node, cst.With)
    return any(call.node in within_node(item, cst.Call) for each in withs for item in each.items)


def _gives(call: Call, node: cst.CSTNode) -> bool:
    verb, _, what = call.method.strip("_").partition("_")
    for each in within_node(node, cst.Call):
        name = (syntax.dotted(each.func) or "").rpartition(".")[2].strip("_")
        first, _, rest = name.partition("_")
        if first in PAIRS.get(verb, ()) and (not what or not rest or what in rest or rest in what):
            return True
        if any(GIVING.search(text) for _, text in literals(each)):
            return True
    return False
