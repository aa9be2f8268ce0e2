"""Who is asking, and whatever else belongs to one turn, is kept where no other turn reads it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.checks.rules.mcp.connection_per_turn import CACHES
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.flows import Flow, followed
from chatkit_agent.project.source.in_front import decorated_by, starts_application
from chatkit_agent.project.source.meaning import names_used
from chatkit_agent.project.source.personal import READ, personal
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.shared_places import Place, place_of, targets_in, written_in
from chatkit_agent.project.source.values import is_literal
from chatkit_agent.project.source.walking import within_node

WRITING: tuple[type[cst.AssignTarget | cst.AnnAssign | cst.AugAssign], ...]
WRITING = (cst.AssignTarget, cst.AnnAssign, cst.AugAssign)
NAMING: tuple[type[cst.NameItem | cst.Param], ...] = (cst.NameItem, cst.Param)
MAKING = ("__init__", "__post_init__", "__aenter__", "__enter__", "__new__")


Kept = tuple[Place, cst.CSTNode, cst.BaseExpression, cst.BaseExpression]


@dataclass(frozen=True)
class Writing:
    """A statement that keeps something of a turn where all turns find it."""

    place: Place
    flow: Flow
    statement: cst.CSTNode
    value: cst.BaseExpression


@check("CK121", needs=SOURCE, symptoms=("mixed_up", "leaks"))
def turns_kept_apart(chat: Anatomy) -> Iterator[Finding]:
    """A global name, an attribute of the server or of `app.state`, or an entry of a dict of the
    module holds one value. While a turn waits for the model, somebody else's request writes their
    own there, and the first turn goes on as the second person. Silent on what is kept under a key
    of its own, in a ContextVar, on an object that each request makes, or that no turn reads.
    """
    for each in {each.place: each for each in _writings(chat)}.values():
        reader = next(_readers(chat, each), None)
        if reader is not None:
            scope, node = reader
            yield Finding(
                what="People are taken for each other when two ask at a time: what belongs to one "
                "turn is kept where every turn reads it.",
                where=chat.code.where(each.flow.scope, each.statement),
                evidence=f"`{syntax.code(each.statement)[:100]}` is there once for all, and "
                f"`{scope.last_name}` reads it at {chat.code.where(scope, node)}.",
                fix="Hand it on as an argument: to the server as the context of the request, to "
                "tools as `ctx.context.request_context`; or set a ContextVar in the turn.",
                cause="shared turn",
            )


def _writings(chat: Anatomy) -> Iterator[Writing]:
    # What lasts is found at once; whose it is takes long.
    candidates = {
        scope: found for scope in chat.code.functions if (found := _writes_that_last(chat, scope))
    }
    calling = list(candidates)
    for scope in calling:
        around = (call.scope.function for call in chat.code.called_by.get(scope, ()))
        calling += [each for each in around if each is not None and each not in calling]
    seen = set[cst.CSTNode]()
    for given in personal(chat) if candidates else ():
        for flow in followed(given, chat.code.called_by, calling):
            for place, statement, target, value in candidates.get(flow.scope, ()):
                if target not in seen and flow.holds(value):
                    seen.add(target)
                    yield Writing(place, flow, statement, value)


def _writes_that_last(chat: Anatomy, scope: Scope) -> list[Kept]:
    """What a function puts where it lasts, but for what is added to what is there."""
    if scope.last_name in MAKING:
        return []
    found = []
    own = {*scope.parameters[int(scope.owner is not None) :]}
    own |= {each.target for each in syntax.assignments(scope.node)} | {*READ}
    for statement, target, value in written_in(scope):
        is_own = not is_literal(value) and not own.isdisjoint(names_used(value))
        place = place_of(chat, scope, target) if is_own else None
        if (
            place is not None
            and _is_lasting(chat, place)
            and not _is_sum(chat, scope, place, value)
        ):
            found.append((place, statement, target, value))
    return found if found and not starts_application(chat.code, scope) else []


def _is_sum(chat: Anatomy, scope: Scope, place: Place, value: cst.BaseExpression) -> bool:
    """`self.used = self.used + len(answer)`"""
    return any(place_of(chat, scope, each) == place for each in _reads(value, place))


def _readers(chat: Anatomy, writing: Writing) -> Iterator[tuple[Scope, cst.CSTNode]]:
    """Where a turn reads what is written, in another function or after it has waited."""
    writer, place = writing.flow.scope, writing.place
    given = writing.flow.names & {*writer.parameters}
    kept = Flow(chat.code, writer, given, writing.flow.nodes, is_kept=True)
    is_itself = kept.holds(writing.value)
    around = set(writer.around())
    for scope in chat.code.functions:
        is_before = scope in chat.injected or bool(chat.route_marks(scope))
        if is_before or scope.last_name in MAKING or (scope in chat.sign_ins and not is_itself):
            continue
        if scope not in around or (scope is writer and scope.is_async and is_itself):
            for node in _reads(scope.node, place):
                if place_of(chat, scope, node) == place:
                    yield scope, node


def _reads(node: cst.CSTNode, place: Place) -> Iterator[cst.BaseExpression]:
    """The expressions that may be the place, by its name, and write nothing there."""
    writing = within_node(node, *WRITING)
    targets: set[cst.CSTNode] = {one for each in writing for one in targets_in(each.target)}
    aside: set[cst.CSTNode] = {each.attr for each in within_node(node, cst.Attribute)}
    aside |= {each.keyword for each in within_node(node, cst.Arg) if each.keyword}
    aside |= {each.name for each in within_node(node, *NAMING)}
    for each in within_node(node, cst.Name, cst.Attribute, cst.Subscript, cst.Call):
        if each not in targets | aside and place.may_be(each):
            yield each


def _is_lasting(chat: Anatomy, place: Place) -> bool:
    """Whether the object that has it is there for longer than a request."""
    kind = place.kind
    if kind is None:
        return True
    if chat.code.method(kind, "__call__") and kind not in chat.servers:
        return False
    kinds = chat.code.kinds_of(kind)
    made = [each for each in chat.code.calls if chat.code.class_of(each.symbol) in kinds]
    once = [each for each in made if not _is_in_turn(chat, each.scope)]
    return bool(once) and len(once) == len(made)


def _is_in_turn(chat: Anatomy, scope: Scope) -> bool:
    """Whether what is made here is made for each request or turn, and kept by nobody."""
    function = scope.function
    if function is None or starts_application(chat.code, function):
        return False
    marks = {each.rpartition(".")[2] for each in decorated_by(chat.code, function)}
    if CACHES & marks or any(within_node(function.node, cst.Global)):
        return False
    if function.last_name == "__init__":
        owner = function.owner
        return owner is not None and not _is_lasting(chat, Place(owner, ""))
    return function in (*chat.sign_ins, *chat.turning) or function.owner in chat.servers
