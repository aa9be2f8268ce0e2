"""The lock of a thread is given back whatever happens in the turn."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.meaning import reaches, run_by
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import within_node

TAKING = re.compile(r"pg_(?:try_)?advisory_lock\b", re.IGNORECASE)
GIVING = re.compile(r"pg_advisory_unlock", re.IGNORECASE)
RUNNING = {"execute", "executemany", "fetch", "fetchrow", "fetchval", "scalar", "text", "scalars"}
# Who finds a row that nobody has, writes into it: the column is what is taken.
HOLDING = re.compile(r"update \S+ set (\w+) ?=.* where .*\b\1 is null", re.IGNORECASE | re.DOTALL)
LEAVING = re.compile(r"update \S+ set (\w+) ?= ?null", re.IGNORECASE)
ADVISORY = "advisory"
UNSEEN = re.compile(r"_*(?P<verb>[a-z]+)_(?P<what>turn|lock|lease|busy)")
BEGINS = {"acquire", "begin", "start", "take", "claim", "enter", "mark", "hold"}
ENDS = {"release", "end", "finish", "give", "drop", "free", "leave", "clear", "stop", "return"}
"""Of what is somebody else's there is only the name: `begin_turn`, `end_turn`."""


@check("CK516", needs=SOURCE, symptoms=("silent", "stream_error"))
def lock_given_back(chat: Anatomy) -> Iterator[Finding]:
    """A lock that is taken before the answer and given back behind it stays taken when the model
    fails or the person presses Stop: the conversation is busy for ever. It belongs into `finally`,
    or into `async with`.
    """
    for scope in chat.code.functions:
        if scope not in chat.turning and scope.owner not in chat.servers:
            continue
        for call in chat.code.inside(scope):
            kinds = {_lock_taken(call), *_taken_by(chat, chat.code.called(call))} - {None}
            is_own = call.scope.function is scope and not _is_left_to_callers(chat, scope, kinds)
            if is_own and any(not _is_safe(chat, scope, call, kind or "") for kind in kinds):
                yield Finding(
                    what="When an answer fails or is stopped, its conversation stays locked.",
                    where=chat.code.where(scope, call.node),
                    evidence=f"`{syntax.code(call.node)[:100]}` is not followed by its release in "
                    "a `finally`.",
                    fix="Write `async with`, or `try:` behind it and the release in `finally:`.",
                    cause="lock kept",
                )


def _lock_taken(call: Call) -> str | None:
    """What a call takes, if anything, by a name that what gives it back has too."""
    if call.method == "acquire" and call.receiver:
        return "lock"
    if call.method == "add" and call.receiver and call.given:
        key = syntax.code(call.given[0])
        return f"{call.receiver}[{key}]" if "thread" in key else None
    if row := _runs(call, HOLDING):
        return row[1]
    return ADVISORY if _runs(call, TAKING) else _lock_elsewhere(call, BEGINS)


def _lock_released(call: Call) -> str | None:
    if call.method == "release" and not call.given:
        return "lock"
    if call.method in ("discard", "remove") and call.given:
        return f"{call.receiver}[{syntax.code(call.given[0])}]"
    if row := _runs(call, LEAVING):
        return row[1]
    return ADVISORY if _runs(call, GIVING) else _lock_elsewhere(call, ENDS)


def _runs(call: Call, statement: re.Pattern[str]) -> re.Match[str] | None:
    texts = (call.code.text(call.scope, each) for each in call.given)
    found = (statement.search(each) for each in texts if each)
    return next((each for each in found if each), None) if call.method in RUNNING else None


def _lock_elsewhere(call: Call, verbs: set[str]) -> str | None:
    found = UNSEEN.fullmatch(call.method) if call.code.called(call) is None else None
    return f"{call.receiver}.{found['what']}" if found and found["verb"] in verbs else None


def _taken_by(chat: Anatomy, called: Scope | None) -> set[str | None]:
    """What a function takes and leaves to whoever calls it to give back."""
    kinds = {_lock_taken(each) for each in chat.code.inside(called)} if called else set()
    return {each for each in kinds if each and called and not _gives(chat, called.node, each)}


def _is_left_to_callers(chat: Anatomy, scope: Scope, kinds: set[str | None]) -> bool:
    callers = (each.scope.function for each in chat.code.called_by.get(scope, ()))
    is_called = any(each in chat.turning for each in callers)
    return is_called and not any(_gives(chat, scope.node, kind or "") for kind in kinds)


def _is_safe(chat: Anatomy, scope: Scope, call: Call, kind: str) -> bool:
    """Whether it is given back in a `finally`, there or in what goes on with the turn, or belongs
    to a `with`; and whether it is ever given back, which what has a time limit need not be.
    """
    near = reaches(chat.code, [scope, *(e for e in chat.code.functions if e.owner is scope.owner)])
    given = any(_gives(chat, each.node, kind) for each in near)
    blocks = (block for each in near for block in within_node(each.node, cst.Try))
    ended = any(each.finalbody and _gives(chat, each.finalbody, kind) for each in blocks)
    withs = [item for block in within_node(scope.node, cst.With) for item in block.items]
    is_kept = any(call.node in within_node(item, cst.Call) for item in withs)
    pushed = (c for c in chat.code.inside(scope) if "callback" in c.method or c.method == "push")
    hands = any(
        isinstance(part, cst.Attribute) and part.attr.value == "release"
        for each in pushed
        for part in syntax.walk(each.node)
    )
    return ended or is_kept or hands or not (given or kind == ADVISORY)


def _gives(chat: Anatomy, node: cst.CSTNode, kind: str) -> bool:
    calls = list(chat.code.calls_in(node))
    near = reaches(chat.code, (each for call in calls for each in run_by(call)), hops=2)
    calls += [call for each in near for call in chat.code.inside(each)]
    return any(_lock_released(call) == kind for call in calls)
