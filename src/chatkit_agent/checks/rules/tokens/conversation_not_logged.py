"""What people say to the chat is not written to the log."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.log_levels import levels
from chatkit_agent.project.source.scopes import Call

LOGGING = {"info", "warning", "warn", "error", "exception", "critical", "log", "debug"}
LOGGER = re.compile(r"log", re.IGNORECASE)
WHOLE = re.compile(
    r"^(?:item|message|msg|user_message|input_user_message|input_items|agent_input|items|history"
    r"|conversation|transcript|messages|prompt|answer|final_output|user_input|question|reply)$"
)
SAID = {"content", "text", "final_output", "inference_options", "delta", "raw_item"}
OF = re.compile(r"item|message|msg|part|input|result|event|output|answer|reply", re.IGNORECASE)
LIBRARIES = {"openai", "agents", "chatkit"}
INSTEAD = "Log the id of the thread, how long it took and how much it was instead."
HARMLESS = {"len", "type", "bool", "id", "isinstance", "hash", "sum", "any", "all"}


@check(
    "CK310",
    "What people say to the chat is not written to the log",
    needs=SOURCE,
    severity="warning",
    symptoms=("leaks",),
)
def conversation_not_logged(chat: Anatomy) -> Iterator[Finding]:
    """A log is read by many, kept for long and sent elsewhere. Neither a message nor an answer
    belongs into it; ids, counts, lengths and times do. At DEBUG the libraries of the model write
    down each request.
    """
    for call, told in _talkative(chat):
        yield _finding(chat.code.where(call.scope, call.node), told, "Set them to INFO or above.")
    for call in chat.code.calls:
        function = call.scope.function
        is_of_chat = function is not None and (
            function in chat.turning
            or function in chat.endpoints
            or call.scope.owner in (*chat.servers, *chat.stores)
        )
        if is_of_chat and _logs(call):
            said = next((each for arg in call.node.args for each in _said(arg.value)), None)
            if said is not None:
                told = f"`{syntax.code(said)[:100]}` is given to `{call.written}`."
                yield _finding(chat.code.where(call.scope, call.node), told, INSTEAD)


def _talkative(chat: Anatomy) -> Iterator[tuple[Call, str]]:
    """Where the model's libraries are told to write down what is said."""
    for each in levels(chat.code):
        if each.is_debug and each.logger.partition(".")[0] in LIBRARIES:
            yield each.call, f"The logger `{each.logger}` is set to DEBUG."
    for call in chat.code.calls_of("agents", "enable_verbose_stdout_logging"):
        yield call, f"`{call.written}` has the SDK write down each request."


def _finding(where: str, evidence: str, fix: str) -> Finding:
    return Finding(
        what="What people say to the chat is written to the log.",
        where=where,
        evidence=evidence,
        fix=fix,
        cause="conversation logged",
    )


def _logs(call: Call) -> bool:
    if call.written == "print":
        return True
    return call.method in LOGGING and LOGGER.search(call.receiver) is not None


def _said(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The parts of an argument that hold what was said, outside of `len(...)` and its like."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, cst.Call):
            name = (syntax.dotted(each.func) or "").rpartition(".")[2]
            if name in HARMLESS:
                continue
            waiting += [arg.value for arg in each.args]
            if name in ("model_dump", "model_dump_json", "json", "dict") and isinstance(
                each.func, cst.Attribute
            ):
                waiting.append(each.func.value)
        elif isinstance(each, cst.Attribute):
            if each.attr.value in SAID and OF.search(syntax.code(each.value)):
                yield each
        elif isinstance(each, cst.Name):
            if WHOLE.match(each.value):
                yield each
        elif isinstance(each, cst.Subscript):
            waiting.append(each.value)
        elif isinstance(each, cst.Comparison):
            continue
        else:
            waiting += [part for part in each.children if not isinstance(part, cst.AssignEqual)]
