"""In each thread one answer is written at a time."""

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
from chatkit_agent.project.source.statements import statements, statements_in
from chatkit_agent.project.source.walking import within_node

HOLDING = re.compile(
    r"lock(?:ed|s|ing)?(?:_|$|\b)|lease|busy|begin_turn|start_turn|only_turn|acquire|claim_|mutex"
    r"|semaphore|reserve",
    re.IGNORECASE,
)
IN_SQL = re.compile(r"for (?:no key )?update|skip locked|pg_(?:try_)?advisory_lock|busy|lease")
TAKEN = re.compile(r"(?:^|_)(?:claim|lease|only_turn)(?:_|$)")
ADDING = ("add_thread_item", "save_item", "save_thread")
PLAIN = re.compile(r"contextmanager|(?:static|class)method|property|cache|override|retry")
# Who finds no holder, or one whose time is over, becomes the holder.
TAKING = re.compile(r"update\b.* where .*\bis null\b.*(?:< ?now\(|until|expire)")


@check(
    "CK510",
    "In each thread one answer is written at a time",
    needs=SOURCE,
    severity="warning",
    symptoms=("repeats", "mixed_up"),
)
def one_turn_at_a_time(chat: Anatomy) -> Iterator[Finding]:
    """In each thread one answer is written at a time. Without a lock or a lease, two messages
    at once are answered without each other, and a retry can delete a later message.
    """
    if _is_held(chat):
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


def _is_held(chat: Anatomy) -> bool:
    """Whether a turn calls something that takes its thread, or a statement does.

    The store's own lock, for its pool and its tables, is another one.
    """
    said = [text for scope in chat.code.modules for _, text in statements(chat.code, scope)]
    if any(TAKING.match(text) for text in said) and any(
        _is_reached(chat, each) for each in _taking(chat)
    ):
        return True
    if any(IN_SQL.search(text.partition(" where ")[2]) for text in said if not _adds(text)):
        return True
    if any(call.method == "with_for_update" and not _is_adding(call) for call in chat.code.calls):
        return True
    turning = (*chat.responders, *chat.endpoints, *_of_servers(chat))
    calls = (call for scope in turning for call in chat.code.inside(scope))
    taking = (call for call in chat.code.calls if TAKEN.search(call.method))
    return any(HOLDING.search(call.method) for call in calls) or any(
        _is_used(chat, call) for call in taking
    )


def _taking(chat: Anatomy) -> Iterator[Scope]:
    """The functions that say a statement which takes a free thread, or name a constant with it."""
    for module in chat.code.modules:
        constants = {
            each.target
            for each in syntax.assignments(module.node)
            if any(TAKING.match(text) for _, text in statements_in(each.value))
        }
        for function in chat.code.functions:
            own = function.file == module.file and any(
                TAKING.match(text) for _, text in statements(chat.code, function)
            )
            if own or constants & {each.value for each in within_node(function.node, cst.Name)}:
                yield function


def _is_reached(chat: Anatomy, function: Scope) -> bool:
    """Whether a turn, a route or a module runs it, through whatever calls something of its name."""
    turning = {*chat.responders, *chat.endpoints, *_of_servers(chat)}
    waiting = [function]
    for each in waiting:
        if each in turning or _is_registered(each):
            return True
        name = each.name.rpartition(".")[2]
        if name == "__init__" and each.owner:
            name = each.owner.name.rpartition(".")[2]
        for call in chat.code.calls:
            handed = (syntax.dotted(arg.value) or "" for arg in call.node.args)
            if call.method == name or any(one.rpartition(".")[2] == name for one in handed):
                around = call.scope.function
                if around is None:
                    return True
                if around not in waiting:
                    waiting.append(around)
    return False


def _is_registered(scope: Scope) -> bool:
    """Whether a decorator may hand it to whoever calls it; some only say how it is called."""
    marks = scope.node.decorators if isinstance(scope.node, cst.FunctionDef) else ()
    return not all(PLAIN.search(syntax.code(each)) for each in marks)


def _adds(text: str) -> bool:
    """A row that is locked while one is added says nothing of a turn."""
    return text.startswith("insert")


def _is_used(chat: Anatomy, call: Call) -> bool:
    """Whether a call is made outside of the stores, by a function that somebody calls."""
    function = call.scope.function
    is_called = function is None or chat.is_referred_to(function)
    return is_called and call.scope.owner not in chat.stores


def _is_adding(call: Call) -> bool:
    function = call.scope.function
    return function is not None and function.name.rpartition(".")[2] in ADDING


def _of_servers(chat: Anatomy) -> Iterator[Scope]:
    return (each for each in chat.code.functions if each.owner in chat.servers)
