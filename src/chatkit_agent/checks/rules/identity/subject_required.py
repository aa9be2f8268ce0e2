"""A token that names nobody is refused."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.claims import NAMES
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.dependencies import injected_scope
from chatkit_agent.project.source.expressions import Part
from chatkit_agent.project.source.flows import Flow, followed
from chatkit_agent.project.source.injection import targets_of
from chatkit_agent.project.source.logs import log_calls
from chatkit_agent.project.source.meaning import says
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.search import Answer, Search
from chatkit_agent.project.source.values import module_at
from chatkit_agent.project.source.verifying import decode_of, decodes
from chatkit_agent.project.source.walking import receiver_of, within_node


@check("CK105", needs=SOURCE, severity="warning", symptoms=("mixed_up",))
def subject_required(chat: Anatomy) -> Iterator[Finding]:
    """With `claims.get("sub")` and no look at what that gives, or with a name for all of them, all
    such tokens are one user.
    """
    read = list(decodes(chat.code, chat.sign_ins))
    if not read or any(claim in each.required for each in read for claim in NAMES):
        return
    told = set[cst.CSTNode]()
    for scope in chat.sign_ins:
        taken = _subject_call(chat, scope)
        if taken is None or taken.node in told:
            continue
        named = _name_of_nobody(scope, taken)
        if named or not (_is_looked_at(chat, scope, taken) or _is_refused(chat, scope)):
            told.add(taken.node)
            yield Finding(
                what="All tokens that name nobody are one user: nothing asks for `sub`, and "
                f"without it the user is {named or None}.",
                where=chat.code.where(scope, taken.node),
                evidence=f"`{scope.name}` takes `{syntax.code(taken.node)}` as it is, and "
                "refuses nothing afterwards.",
                fix='Refuse such a token: `options={"require": ["exp", "sub"]}`, or 401 where '
                "it is missing.",
                cause="nobody",
            )


def _is_refused(chat: Anatomy, scope: Scope) -> bool:
    """Whether it signs people in for a delivered chat, which answers 401 where an id is None."""
    for call in chat.code.calls:
        user, identify = call.argument("current_user"), call.argument("user_id")
        if call.method != "create_chatkit_router" or user is None:
            continue
        as_it_is = not (isinstance(identify, cst.Lambda) and isinstance(identify.body, cst.Call))
        if as_it_is and injected_scope(chat.code, call.scope, user) is scope:
            return True
    return False


class _Claims(Search):
    """What a token says that was read."""

    def judged(self, part: Part) -> Answer:
        call = self.code.call_of(part.node)
        return part if call is not None and decode_of(self.code, call) else None

    def member_of(self, part: Part, name: str) -> Answer:
        return False


def _subject_call(chat: Anatomy, scope: Scope) -> Call | None:
    """`claims.get("sub")`, where nothing that names somebody is taken by `claims["sub"]`."""
    for each in within_node(scope.node, cst.Subscript):
        key = chat.code.text(scope, syntax.key(each))
        if key in NAMES and _Claims(chat).first(scope, each.value):
            return None
    found: dict[int, Call] = {}
    for call in chat.code.inside(scope):
        owner, key = receiver_of(call.node.func), call.text("key", 0) or ""
        is_bare = call.method == "get" and key in NAMES and _is_plain(call.argument("default", 1))
        if is_bare and owner is not None and _Claims(chat).first(call.scope, owner):
            found.setdefault(NAMES.index(key), call)
    return found[min(found)] if found else None


def _is_plain(default: cst.BaseExpression | None) -> bool:
    return default is None or syntax.dotted(default) == "None" or syntax.text(default) is not None


def _name_of_nobody(scope: Scope, taken: Call) -> str | None:
    """`"anonymous"` of `claims.get("sub", "anonymous")` and `claims.get("sub") or "anonymous"`."""
    other = taken.argument("default", 1)
    for each in within_node(scope.node, cst.BooleanOperation):
        if each.left is taken.node and isinstance(each.operator, cst.Or):
            other = each.right
    return syntax.code(other) if other is not None and syntax.text(other) else None


def _is_looked_at(chat: Anatomy, scope: Scope, taken: Call) -> bool:
    """Whether anything is asked about it, here, in helpers, or where it is handed on to."""
    start = [*followed(Flow(chat.code, scope, nodes={taken.node}), chat.code.called_by)]
    for flow in start:
        start += [
            each
            for each in _dependents(chat, flow)
            if each.scope not in [one.scope for one in start]
        ]
    key = taken.text("key", 0) or ""
    return any(_asks(chat, flow, key) for flow in start)


def _dependents(chat: Anatomy, flow: Flow) -> Iterator[Flow]:
    """In the functions that FastAPI gives what this one returns."""
    for scope in chat.injected if flow.is_given else ():
        for param in scope.params:
            for target in targets_of(chat.code.sources, scope.file, param):
                module = module_at(chat.code, target.file)
                if injected_scope(chat.code, module, target.value) is flow.scope:
                    yield Flow(chat.code, scope, {param.name.value}, is_kept=True)


def _asks(chat: Anatomy, flow: Flow, key: str) -> bool:
    node = flow.scope.node
    tests: list[cst.CSTNode] = [each.test for each in within_node(node, cst.If)]
    tests += [each.test for each in within_node(node, cst.IfExp)]
    tests += [each.test for each in within_node(node, cst.Assert)]
    tests += [each.subject for each in within_node(node, cst.Match)]
    tests += within_node(node, cst.BooleanOperation)
    is_tested = any(flow.holds(each) or says(each, key) for each in tests)
    return is_tested or any(_hands_on(chat, flow, call) for call in flow.calls)


def _hands_on(chat: Anatomy, flow: Flow, call: Call) -> bool:
    """Whether somebody else gets it who may refuse it: a database, a model, `UUID(...)`."""
    kind = chat.code.scope_of(call.symbol)
    is_plain = kind is not None and kind not in chat.code.subclasses_of("pydantic", "BaseModel")
    is_shown = call.method in ("str", "dict", "cast") or call in {*log_calls(chat.code)}
    is_shown = is_shown or call in chat.handlers
    is_made = call.method[:1].isupper() and call.symbol is None
    given = any(flow.holds(arg.value) for arg in call.node.args)
    return given and not (is_plain or is_shown or is_made)
