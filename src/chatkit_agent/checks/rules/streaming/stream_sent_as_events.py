"""An answer that streams is sent as an event stream."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.flows import Flow, followed
from chatkit_agent.project.source.kinds import lineage
from chatkit_agent.project.source.meaning import held_entries, is_written_down
from chatkit_agent.project.source.results import STREAMS, holders, kinds_at
from chatkit_agent.project.source.results import WHOLE as WHOLE_RESULT
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import within_node

EVENTS = "text/event-stream"
PACKAGES = ("fastapi", "starlette")
WHOLE = (
    *("Response", "JSONResponse", "ORJSONResponse", "UJSONResponse"),
    *("PlainTextResponse", "HTMLResponse"),
)
OF_VALUES = ("JSONResponse", "ORJSONResponse", "UJSONResponse")


@check("CK519", needs=SOURCE, symptoms=("silent", "stream_error", "cut_off"))
def stream_sent_as_events(chat: Anatomy) -> Iterator[Finding]:
    """The client takes an answer for a stream by its media type, and so do compression and proxies,
    which hold any other back until it is whole. A result that streams has no JSON: it is given to
    `StreamingResponse`, and never to `JSONResponse`. One that does not, such as the list of
    conversations, has its JSON as text. Silent where a test says which of both it is.
    """
    told = set[cst.CSTNode]()
    for handler in chat.handlers:
        if handler.scope.function is None or handler.method == "_process_non_streaming":
            continue
        begun = Flow(chat.code, handler.scope.function, nodes={handler.node})
        for flow in followed(begun, chat.code.called_by):
            for call in flow.calls:
                problem = _problem(chat, handler, flow, call) if call.node not in told else None
                if problem is not None:
                    told.add(call.node)
                    yield _finding(call.where, problem)
        yield from _kind_mistakes(chat, handler)


def _kind_mistakes(chat: Anatomy, handler: Call) -> Iterator[Finding]:
    """A result that is used for the other kind of the two, since nothing asked which it is."""
    if handler.method != "process":
        return
    for scope, name, kinds in holders(chat.code, handler):
        if len(syntax.assigned_to(scope.node, name)) < 2:
            for node, kind in _uses(chat, scope, name):
                found = kinds_at(scope.node, name, node, kinds)
                if found is not None and found - {kind}:
                    yield _taken_for(chat.code.where(scope, node), name, kind)


def _uses(chat: Anatomy, scope: Scope, name: str) -> Iterator[tuple[cst.CSTNode, str]]:
    """Where a result is used, and for which kind of result that is right; empty for neither."""
    read = within_node(scope.node, cst.Attribute)
    text: set[cst.CSTNode] = {each for each in read if syntax.dotted(each) == f"{name}.json"}
    yield from ((each, WHOLE_RESULT) for each in text)
    for back in within_node(scope.node, cst.Return) if scope in chat.endpoints else ():
        if back.value is not None and syntax.dotted(back.value) == name:
            yield back.value, ""
    for loop in within_node(scope.node, cst.For):
        if loop.asynchronous and syntax.dotted(loop.iter) == name:
            yield loop.iter, STREAMS
    for call in chat.code.inside(scope):
        given = call.argument("content", 0)
        is_named = given is not None and syntax.dotted(given) == name
        if given is not None and _is_response(chat, call, "StreamingResponse"):
            if is_named:
                yield given, STREAMS
            elif given in text:
                yield given, ""
        elif call.written in ("aiter", "anext") and syntax.dotted(call.given[0]) == name:
            yield call.given[0], STREAMS
        elif given is not None and given in text and _is_response(chat, call, *OF_VALUES):
            yield given, ""


def _taken_for(where: str, name: str, kind: str) -> Finding:
    what = {
        STREAMS: "Opening a conversation and the list of them end with 500: what does not stream "
        "is taken for a stream.",
        WHOLE_RESULT: "Every message ends with 500: an answer that streams has no `json`.",
        "": "Requests of the chat end with 500: their answer is a stream, or JSON that is text.",
    }
    return Finding(
        what=what[kind],
        where=where,
        evidence=f"`{name}` may be either result there: nothing before asks which it is."
        if kind
        else f"`{name}` is handed on to what takes a stream, or values.",
        fix="Ask `isinstance(result, StreamingResult)`: give such a one to `StreamingResponse(..., "
        f'media_type="{EVENTS}")`, and of any other its text to `Response(result.json, '
        'media_type="application/json")`.',
        cause="result kind",
        explains=("server_error", "silent", "forgets"),
    )


def _problem(chat: Anatomy, handler: Call, flow: Flow, call: Call) -> str | None:
    given = call.argument("content", 0)
    if given is None or not (flow.holds(given) or _is_around(flow, given)):
        return None
    if _is_response(chat, call, "StreamingResponse"):
        kind = _media_type(chat, call)
        is_right = kind is None or kind.lower().startswith(EVENTS) or _is_changed(call)
        return None if is_right else f"`{call.written}` sends it as {kind or 'nothing at all'}."
    is_itself = chat.code.value(call.scope, given) is handler.node
    if is_itself and _is_response(chat, call, *WHOLE) and _may_stream(chat, call, given):
        return f"`{call.written}` is given the result itself, and not its `json`."
    return None


def _is_around(flow: Flow, given: cst.BaseExpression) -> bool:
    """Whether it calls a function that is defined here, which gives what is known around it."""
    call = flow.code.call_of(given)
    called = flow.code.called(call) if call is not None else None
    inner = called is not None and called.outer is flow.scope
    return (
        inner and called is not None and replace(flow, scope=called, names={*flow.names}).is_given
    )


def _may_stream(chat: Anatomy, call: Call, given: cst.BaseExpression) -> bool:
    """Whether a call may be given what streams, by what was asked of it before."""
    around = call.scope.function or call.scope
    name = syntax.dotted(given)
    asked = [
        each
        for each in chat.code.inside(around)
        if each.written in ("isinstance", "hasattr") and syntax.dotted(each.given[0]) == name
    ]
    tests = {each.node for each in asked if each.written == "isinstance"}
    branches = (e.body for e in within_node(around.node, cst.If) if e.test in tests)
    return not asked or any(call.node in set(syntax.walk(each)) for each in branches)


def _is_response(chat: Anatomy, call: Call, *names: str) -> bool:
    kind = chat.code.scope_of(call.symbol)
    if kind is not None:
        return any(kind in chat.code.subclasses_of(each, *names) for each in PACKAGES)
    return any(chat.code.is_from(call.symbol, each, *names) for each in PACKAGES)


def _media_type(chat: Anatomy, call: Call) -> str | None:
    """The media type of a response, empty where it has none; None where that cannot be told."""
    code = chat.code
    given = call.argument("media_type", 3)
    if given is not None and syntax.dotted(code.value(call.scope, given)) != "None":
        return code.text(call.scope, given)
    headers = call.argument("headers", 2)
    if headers is not None:
        for key, (scope, value) in held_entries(code, call.scope, headers).items():
            if key.lower() == "content-type":
                return code.text(scope, value)
        if not is_written_down(code, call.scope, headers):
            return None
    for kind in lineage(code, code.scope_of(call.symbol)):
        if "__init__" in code.methods(kind):
            return None
        for each in syntax.assigned_to(kind.node, "media_type"):
            return code.text(kind, each.value)
    return None if call.spreads else ""


def _is_changed(call: Call) -> bool:
    """`response.headers["Content-Type"] = ...` and `response.media_type = ...`, afterwards."""
    around = call.scope.function or call.scope
    targets = [one.target for each in within_node(around.node, cst.Assign) for one in each.targets]
    written = [syntax.code(each).lower() for each in targets]
    return any(each.endswith(".media_type") or "content-type" in each for each in written)


def _finding(where: str, problem: str) -> Finding:
    return Finding(
        what="The page shows nothing while the assistant answers, or only an error: the stream is "
        "not sent as one.",
        where=where,
        evidence=problem,
        fix=f'Give a result that streams to `StreamingResponse(..., media_type="{EVENTS}")`, and '
        'of any other its text: `Response(result.json, media_type="application/json")`.',
        cause="media type",
    )
