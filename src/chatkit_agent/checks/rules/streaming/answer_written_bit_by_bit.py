"""The turn streams what its agent says."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.logs import log_calls
from chatkit_agent.project.source.meaning import calls_to
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import within_node


@check("CK518", needs=SOURCE, severity="warning", symptoms=("slow", "silent"))
def answer_written_bit_by_bit(chat: Anatomy) -> Iterator[Finding]:
    """With `Runner.run` people see nothing until all of the answer is there, tools included, and no
    step of a tool. An event that is made and not yielded, or a generator that nobody goes through,
    is never seen at all.
    """
    for scope in chat.turning:
        for node, evidence in _never_sent(chat, scope):
            yield Finding(
                what="What the turn makes for the page is not yielded, and never gets there.",
                where=chat.code.where(scope, node),
                evidence=evidence,
                fix="Write `yield` before an event, and `async for event in ...: yield event` "
                "around what makes several.",
                severity="error",
                explains=("silent", "stream_error"),
                cause=f"not yielded:{scope.name}",
            )
    streams = any(call.method == "run_streamed" for call in chat.code.calls)
    for call in () if streams else calls_to(chat.code, "agents.Runner.run"):
        if call.scope.function in chat.turning:
            yield Finding(
                what="An answer comes all at once, when the model and all tools are through.",
                where=call.where,
                evidence=f"The turn waits for `{call.written}`.",
                fix="Run it with `Runner.run_streamed(...)`, and give its result to "
                "`stream_agent_response`.",
                cause="not streamed",
            )
            return


def _never_sent(chat: Anatomy, scope: Scope) -> Iterator[tuple[cst.CSTNode, str]]:
    body = scope.node
    is_silent = scope in chat.responders and scope.is_async and not _yields(scope.node)
    if is_silent and any(chat.code.calls_in(body)) and not _only_raises(scope.node):
        yield scope.head, f"`{scope.name}` is `async` without a `yield`, and so gives no events."
    for line in within_node(body, cst.Expr):
        given = line.value.expression if isinstance(line.value, cst.Await) else line.value
        if (call := chat.code.call_of(given)) and (_is_event(call) or _generates(chat, call)):
            yield line, f"`{call.written}(...)` stands by itself, and nothing is done with it."
    for each in syntax.assignments(scope.node):
        call = chat.code.call_of(each.value)
        read = sum(name.value == each.target for name in within_node(body, cst.Name))
        if call and _is_event(call) and "." not in each.target and read == 1:
            yield each.value, f"`{each.target}` holds it, and nothing reads that."
    for sent in within_node(body, cst.Yield):
        made = (
            chat.code.value(scope, sent.value)
            if isinstance(sent.value, cst.BaseExpression)
            else None
        )
        if (call := chat.code.call_of(made)) and _generates(chat, call):
            yield sent, f"`{call.written}(...)` makes many events, and is yielded as one."
    for loop in within_node(body, cst.For):
        call = chat.code.call_of(chat.code.value(scope, loop.iter))
        if call and _generates(chat, call) and not _is_used(chat, loop):
            yield loop, f"What `{call.written}(...)` gives is gone through, and not handed on."


def _is_event(call: Call) -> bool:
    return call.package_name.startswith("chatkit.") and call.method.endswith("Event")


def _generates(chat: Anatomy, call: Call) -> bool:
    """Whether a call gives events, of which none is there before somebody goes through them."""
    called = chat.code.called(call)
    if called is None:
        return call.package_name == "chatkit.agents.stream_agent_response"
    is_plain = called.is_async and not syntax.decorators(called.node)
    return is_plain and called in chat.turning and _yields(called.node)


def _yields(node: cst.CSTNode) -> bool:
    """Whether a function does, and not only one that it defines."""
    functions = [each for each in within_node(node, cst.FunctionDef) if each is not node]
    inner = {each for one in functions for each in within_node(one, cst.Yield)}
    return any(each not in inner for each in within_node(node, cst.Yield))


def _only_raises(node: cst.CSTNode) -> bool:
    """`raise NotImplementedError` of a method for others to override."""
    is_given = any(each.value is not None for each in within_node(node, cst.Return))
    return not is_given and any(within_node(node, cst.Raise))


def _is_used(chat: Anatomy, loop: cst.For) -> bool:
    """Whether what a loop goes through gets anywhere but into the log."""
    names = {each.value for each in within_node(loop.target, cst.Name)}
    logged = {each.node for each in log_calls(chat.code)}
    calls = [each for each in within_node(loop.body, cst.Call) if each in logged]
    aside = {part for each in calls for part in within_node(each, cst.Name)}
    return any(e.value in names and e not in aside for e in within_node(loop.body, cst.Name))
