"""Stop, a closed tab and a failing provider end the run, and what was said is kept."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.flows import Flow, followed
from chatkit_agent.project.source.meaning import names_meant, names_used
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import within_node

TELLING = {"print", "log", "debug", "info", "warning", "error", "exception", "critical"}
TELLING |= {"len", "bool", "str", "repr", "enumerate", "isinstance", "range"}
# What ends when the turn ends, and what runs in it.
ENDING = {"TaskGroup", "create_task_group", "aclosing"}
SAVING = "handle_stream_cancelled"


@check("CK506", needs=SOURCE, severity="warning", symptoms=("cut_off", "forgets"))
def partial_answer_kept(chat: Anatomy) -> Iterator[Finding]:
    """Where the run is started in the response itself and nothing cancels its result, the model
    runs on to its end, and what was shown is lost.
    """
    yield from _dropped_answers(chat)
    yield from _kept_open(chat)
    for call in chat.runs:
        function = call.scope.function
        if call.method != "run_streamed" or function is None or not chat.answering(call):
            continue
        flows = list(followed(Flow(chat.code, function, nodes={call.node}), chat.code.called_by))
        is_response = any(any(within_node(each.scope.node, cst.Yield)) for each in flows)
        if is_response and not any(_ends(chat, each) for each in flows):
            yield Finding(
                what="When the person presses Stop or closes the tab, the model runs on to its end "
                "and what was shown is lost; so it is when the provider breaks off.",
                where=call.where,
                evidence="The run is started in the response itself, and nothing cancels its "
                "result when the response ends.",
                fix="Run the turn in a task that feeds a queue, cancel it and its result "
                "(`result.cancel()`) when the response ends, and save what was said by then.",
                cause="partial answer",
                explains=("cut_off", "forgets", "slow"),
            )


def _kept_open(chat: Anatomy) -> Iterator[Finding]:
    """A generator that is closed ends; what yields then gets a RuntimeError in its place."""
    for scope in chat.turning:
        for block in within_node(scope.node, cst.Try):
            caught = [each for each in block.handlers if _catches_closing(each)]
            parts = [*(each.body for each in caught), *filter(None, [block.finalbody])]
            for sent in (one for part in parts for one in within_node(part, cst.Yield)):
                yield Finding(
                    what="On Stop or a closed tab the turn breaks off with `RuntimeError: async "
                    "generator ignored GeneratorExit`, and nothing is saved.",
                    where=chat.code.where(scope, sent),
                    evidence=f"`{syntax.code(sent)[:80]}` stands where the generator is being "
                    "closed: in `finally`, or where BaseException is caught.",
                    fix="Catch `Exception`, and yield nothing in `finally`.",
                    cause="closed generator",
                )
                return


def _catches_closing(handler: cst.ExceptHandler) -> bool:
    return handler.type is None or bool(
        names_used(handler.type) & {"BaseException", "GeneratorExit"}
    )


def _ends(chat: Anatomy, flow: Flow) -> bool:
    """Whether it cancels the result, or keeps it where another function cancels what is there."""
    parts = within_node(flow.scope.node, cst.Attribute)
    cancelled = [each.value for each in parts if _is_cancel(each)]
    cancelled += [c.node for c in flow.calls if c.method == "cancel"]  # also by `getattr`
    if any(flow.holds(each) for each in cancelled):
        return True
    kept = (
        each.targets[0].target
        for each in within_node(flow.scope.node, cst.Assign)
        if flow.holds(each.value)
    )
    is_kept = any(not isinstance(each, cst.Name) for each in kept)
    own = (each for each in chat.code.functions if is_kept and each.owner in chat.servers)
    elsewhere = any(_is_cancel(part) for each in own for part in syntax.walk(each.node))
    return elsewhere or bool(ENDING & names_meant(chat.code, flow.scope, flow.scope.node))


def _is_cancel(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Attribute) and node.attr.value == "cancel"


def _dropped_answers(chat: Anatomy) -> Iterator[Finding]:
    """`handle_stream_cancelled` in the place of the SDK's, which saves what is there."""
    for server in chat.servers:
        method = chat.code.methods(server).get(SAVING)
        if method is not None and not _hands_on(chat, method):
            yield Finding(
                what="When the person presses Stop or closes the tab, what was shown is lost.",
                where=chat.code.where(method),
                evidence=f"`{method.name}` takes the place of the SDK's, and saves nothing.",
                fix="Call `await super().handle_stream_cancelled(...)` in it, or save the items.",
                cause="partial answer",
            )


def _hands_on(chat: Anatomy, method: Scope) -> bool:
    """Whether the items go to the SDK, or to anything that is no log."""
    items = Flow(chat.code, method, {*method.parameters[2:3]})
    return any(
        call.method == SAVING
        or (
            chat.code.called(call) is None
            and call.method not in TELLING
            and any(flow.holds(each) for each in call.given)
        )
        for flow in followed(items, chat.code.called_by)
        for call in flow.calls
    )
