"""In each thread one answer is written at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.locks import holds_lock
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.statements import statements

LOCKED = re.compile(
    r"for (?:no key )?update|skip locked|pg_(?:try_)?advisory_(?:xact_)?lock|busy|lease"
)
# Who finds no holder, or one whose time is over, becomes the holder.
TAKEN = re.compile(
    r"update\b.* where .*\bis null\b.*(?:< ?now\(|until|expire)"
    r"|insert into \S*(?:lock|lease|turn|busy).* on conflict"
)
ADDING = ("add_thread_item", "save_item", "save_thread")
# Of what is somebody else's, or only known when it runs, there is nothing but the name.
UNSEEN = re.compile(
    r"(?:^|_)(?:lock(?:ed|s|ing)?|lease|busy|acquire|claim|mutex|semaphore|reserve)(?:_|$)"
    r"|(?:begin|start|only)_turn",
    re.IGNORECASE,
)
POOL = re.compile(r"pool|engine|session|connection|conn|database|\bdb\b", re.IGNORECASE)
PLAIN = (
    *("contextmanager", "asynccontextmanager", "staticmethod", "classmethod", "property"),
    *("cache", "lru_cache", "override", "retry"),
)


@check("CK510", needs=SOURCE, severity="warning", symptoms=("repeats", "mixed_up"))
def one_turn_at_a_time(chat: Anatomy) -> Iterator[Finding]:
    """Without a lock or a lease, two messages at once are answered without each other, and a retry
    can delete a later message.
    """
    if not chat.database_stores or any(_taking(chat)):
        return
    for store in chat.database_stores:
        yield Finding(
            what="Two messages that are sent at once in one thread are answered at once: the "
            "answers do not know of each other, and a retry can delete a later message.",
            where=chat.code.where(store),
            evidence=f"Neither `{store.name}` nor the server takes a lock or a lease on a thread.",
            fix="Take a lease on the thread's row before a turn, with an expiry, and answer 409 "
            "while another turn has it.",
            cause="concurrent turns",
        )


def _taking(chat: Anatomy) -> Iterator[Scope]:
    """The functions that take a thread; a row that is locked while one is added is no turn."""
    for function in chat.code.functions:
        calls = [each for each in chat.code.inside(function) if each.scope is function]
        if function.last_name in ADDING:
            continue
        takes = (
            any(_takes_row(text) for _, text in statements(chat.code, function))
            or any(each.method == "with_for_update" for each in calls)
            or holds_lock(chat, function)
        )
        is_stores = function.owner in chat.stores and not any(_callers(chat, function))
        if takes and (is_stores or _is_reached(chat, function)):
            yield function
        if any(_takes_unseen(chat, each) for each in calls) and chat.is_referred_to(function):
            yield function


def _takes_row(text: str) -> bool:
    locks = text.partition(" where ")[2] or text
    return TAKEN.match(text) is not None or (
        LOCKED.search(locks) is not None and not text.startswith(("insert", "create"))
    )


def _takes_unseen(chat: Anatomy, call: Call) -> bool:
    is_made = call.method[:1].isupper()
    if is_made or not UNSEEN.search(call.method) or chat.code.called(call) is not None:
        return False
    return call.scope.owner not in chat.stores and not POOL.search(call.receiver)


def _is_reached(chat: Anatomy, function: Scope) -> bool:
    """Whether a turn, a route or a module runs it, through whatever calls something of its name."""
    of_servers = (each for each in chat.code.functions if each.owner in chat.servers)
    turning = {*chat.responders, *chat.endpoints, *of_servers}
    waiting = [function]
    for each in waiting:
        if each in turning or _is_registered(each):
            return True
        for around in _callers(chat, each):
            if around is None:
                return True
            if around not in waiting:
                waiting.append(around)
    return False


def _callers(chat: Anatomy, function: Scope) -> Iterator[Scope | None]:
    """Who calls it, or hands it on; what a call of its name runs cannot always be told."""
    name = function.last_name
    if name[:2] == "__" and function.owner:
        name = function.owner.last_name
    for call in chat.code.calls:
        handed = (syntax.dotted(arg.value) or "" for arg in call.node.args)
        called = chat.code.called(call) if call.method == name else None
        is_other = called is not None and (called.owner is None or call.receiver == "self")
        is_it = call.method == name and (called is function or not is_other)
        if is_it or any(one.rpartition(".")[2] == name for one in handed):
            yield call.scope.function


def _is_registered(scope: Scope) -> bool:
    """Whether a decorator may hand it to whoever calls it; some only say how it is called."""
    marks = (name.rpartition(".")[2] for name in syntax.decorators(scope.node))
    return not all(mark in PLAIN for mark in marks)
