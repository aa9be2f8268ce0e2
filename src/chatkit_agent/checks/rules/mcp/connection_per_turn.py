"""Each turn has a connection to the tools of its own."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.flows import Flow, followed
from chatkit_agent.project.source.in_front import decorated_by, starts_application
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import within_node

LOCAL = "MCPServerStdio"
CACHES = {"cache", "lru_cache", "alru_cache", "cached", "ttl_cache", "async_lru_cache"}


@check("CK201", needs=SOURCE, severity="warning", symptoms=("mixed_up", "slow", "token_missing"))
def connection_per_turn(chat: Anatomy) -> Iterator[Finding]:
    """A shared one has one token, and one person's slow tool holds up everybody else's. A local
    server that all share is one process, which knows nobody who asks.
    """
    personal = list(_personal(chat)) if chat.openings else []
    local = chat.code.subclasses_of("agents", LOCAL)
    for call in chat.openings:
        is_local = call.method == LOCAL or chat.code.scope_of(call.symbol) in local
        place = _reason(chat, call, personal)
        if place and is_local:
            yield Finding(
                what="Everybody's tools run in one process, which knows nobody who asks: what it "
                "remembers, and one person's slow tool, is everybody's.",
                where=call.where,
                evidence=f"`{call.method}` is made {place}.",
                fix="Start it for each turn, with what it has to know of the person in `env`; or "
                "serve the tools over HTTP, and make a connection for each turn.",
                cause="shared connection",
            )
        elif place:
            yield Finding(
                what="Everybody's tools go over one connection: it has one token, whoever asks, "
                "and one person's slow tool holds up everybody else's.",
                where=call.where,
                evidence=f"`{call.method}` is made {place}.",
                fix="Make a connection for each turn, with the headers of the person who asks, "
                "and close it when the turn ends.",
                cause="shared connection",
            )


def _personal(chat: Anatomy) -> Iterator[Flow]:
    """What comes from whoever asks, wherever it goes in a turn."""
    for scope in (*chat.responders, *chat.endpoints):
        given = Flow(chat.code, scope, {*scope.parameters} - {"self"})
        yield from followed(given, chat.code.called_by)


def _reason(chat: Anatomy, call: Call, personal: list[Flow]) -> str | None:
    function = call.scope.function
    if function is None:
        return "when its module is imported"
    name = function.last_name
    if name == "__init__":
        return None if _is_made_in_turns(chat, function.owner) else "once for all, in `__init__`"
    calls = chat.code.called_by.get(function, ())
    around = {each.scope.last_name for each in calls}
    if around and around <= {"__init__", ""}:
        where = " and ".join(sorted(f"`{each}`" if each else "its module" for each in around))
        return f"once for all, by `{name}` in {where}"
    if CACHES & {each.rpartition(".")[2] for each in decorated_by(chat.code, function)}:
        keys = [(each.scope.function, arg) for each in calls for arg in each.given]
        is_own = any(_is_of_person(personal, *each) for each in keys)
        return None if is_own else "once for all, in a function whose result is cached"
    if starts_application(chat.code, function):
        return "once for all, in the lifespan"
    kept = _dict_of(chat, call, function, personal)
    return f"once for all, and kept in `{kept}`" if kept else None


def _is_of_person(personal: list[Flow], scope: Scope | None, *keys: cst.BaseExpression) -> bool:
    return any(each.scope is scope and each.holds(key) for each in personal for key in keys)


def _key(target: cst.CSTNode) -> tuple[cst.BaseExpression, ...]:
    return syntax.subscripts(target) if isinstance(target, cst.Subscript) else ()


def _is_made_in_turns(chat: Anatomy, owner: Scope | None) -> bool:
    """Whether the object that has the connection is one that each turn makes anew."""
    made = (each for each in chat.code.calls if chat.code.scope_of(each.symbol) is owner)
    return any(chat.answering(each) for each in made)


def _dict_of(chat: Anatomy, call: Call, function: Scope, personal: list[Flow]) -> str | None:
    """`SERVERS[url] = ...`, where the module has that dict, and nothing of a person is its key."""
    made = {each.target for each in syntax.assignments(function.node) if each.value is call.node}
    for each in within_node(function.node, cst.Assign):
        if call.node in within_node(each.value, cst.Call) or syntax.dotted(each.value) in made:
            targets = (one.target for one in each.targets)
            shared = (one for one in targets if not _is_of_person(personal, function, *_key(one)))
            names = [_outliving(chat, function, one, each) for one in shared]
            if found := next(filter(None, names), None):
                return found
    for inner in chat.code.inside(function):
        if inner.method == "setdefault" and any(arg is call.node for arg in inner.given):
            is_own = _is_of_person(personal, function, inner.given[0])
            if _is_constant(chat, function, inner.receiver) and not is_own:
                return inner.receiver
    return None


def _outliving(chat: Anatomy, function: Scope, target: cst.CSTNode, put: cst.Assign) -> str | None:
    """The name of what a function puts something into, where that goes on after the call."""
    name = syntax.dotted(target.value if isinstance(target, cst.Subscript) else target) or ""
    if isinstance(target, cst.Name):
        globals_ = within_node(function.node, cst.Global)
        is_kept = name in {item.name.value for each in globals_ for item in each.names}
    elif isinstance(target, cst.Subscript):
        is_kept = _is_constant(chat, function, name)
    elif name.startswith("self."):
        is_once = not _is_made_in_turns(chat, function.owner)
        tests = (e for e in within_node(function.node, cst.If) if put in syntax.walk(e.body))
        asked = [part for each in tests for part in syntax.walk(each.test)]
        asked += [each.left for each in within_node(put.value, cst.BooleanOperation)]
        is_kept = is_once and name in {syntax.dotted(each) for each in asked}
    else:
        is_kept = ".app.state." in f".{name}"
    return name if is_kept else None


def _is_constant(chat: Anatomy, function: Scope, name: str) -> bool:
    own = {each.target for each in syntax.assignments(function.node)}
    held = chat.code.sources.assigned(chat.code.resolve(function, name))
    return name not in own and held is not None
