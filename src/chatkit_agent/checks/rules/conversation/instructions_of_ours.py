"""The system prompt holds nothing that a person or a client wrote."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.flows import Flow, followed
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.values import valued
from chatkit_agent.project.source.walking import within_node

Given = tuple[Scope, cst.BaseExpression]


@check("CK003", needs=SOURCE, severity="warning", symptoms=("leaks", "slow"))
def instructions_of_ours(chat: Anatomy) -> Iterator[Finding]:
    """A history in it is taken by the model for the owner's orders."""
    given = list(_instructions(chat))
    found = {
        node: scope
        for flow in (_flows_of_messages(chat) if given else ())
        for scope, node in given
        if _is_told(chat, flow, scope, node)
    }
    for scope, node in (valued(chat.code, scope, node) for node, scope in found.items()):
        yield Finding(
            what="What people write becomes part of the system prompt, where the model takes it "
            "for your own orders; and each message is sent several times.",
            where=chat.code.where(scope, node),
            evidence=f"The instructions are filled with `{syntax.code(node)[:120]}`.",
            fix="Give the history as input items (`simple_to_agent_input`), and keep the "
            "instructions to what you wrote yourself.",
            cause="history in prompt",
        )


def _instructions(chat: Anatomy) -> Iterator[Given]:
    """What agents are given as instructions, when they are made, copied or changed."""
    copies = [call for call in chat.code.calls if call.method == "clone"]
    for call in (*chat.agents, *copies):
        if (given := call.argument("instructions")) is not None:
            yield call.scope, given
    for scope in chat.code.functions:
        for each in within_node(scope.node, cst.Assign):
            target = each.targets[0].target
            if isinstance(target, cst.Attribute) and target.attr.value == "instructions":
                yield scope, each.value


def _flows_of_messages(chat: Anatomy) -> Iterable[Flow]:
    """What people said in a thread, wherever it goes."""
    for scope in chat.code.functions:
        loads = {c.node for c in chat.code.inside(scope) if c.method == "load_thread_items"}
        names = {*scope.parameters[2:3]} if scope in chat.responders else set[str]()
        if (loads or names) and scope.owner not in chat.stores:
            flow = Flow(chat.code, scope, names, nodes={*loads}, is_said=True)
            yield from followed(flow, chat.code.called_by)


def _is_told(chat: Anatomy, flow: Flow, scope: Scope, node: cst.BaseExpression) -> bool:
    """Whether the words are in an expression, or given by the function that it names."""
    if chat.code.scope_of(chat.code.resolve(scope, syntax.dotted(node))) is flow.scope:
        return flow.is_given
    return scope is flow.scope and flow.holds(node)
