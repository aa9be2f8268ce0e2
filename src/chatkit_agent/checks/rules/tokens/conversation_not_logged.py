"""What people say to the chat is not written to the log."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.expressions import Part
from chatkit_agent.project.source.logs import levels, log_calls
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.search import Answer, Search
from chatkit_agent.project.source.walking import called_name

LIBRARIES = {"openai", "agents", "chatkit"}
INSTEAD = "Log the id of the thread, how long it took and how much it was instead."
GIVING = {"load_thread_items", "load_item", "simple_to_agent_input", "to_agent_input"}
GIVING |= {"stream_agent_response", "stream_events"}
ITEMS = ("Item", "Content")
# Methods of ChatKit's classes with what was said, and the place of that, without `self`.
GIVEN = {"respond": 1, "add_thread_item": 1, "save_item": 1}
# What items, results, events and requests have besides what was said.
BESIDE = {"id", "type", "status", "created_at", "thread_id", "name", "usage", "model", "role"}
BESIDE |= {"last_response_id", "has_more", "after", "attachments", "quoted_text_id", "metadata"}
BESIDE |= {"keys", "user", "user_id", "session_id", "headers"}
# Where nothing else tells what a value is, its name does.
SAID = ("content", "final_output", "delta", "raw_item")
SAYING = re.compile(r"(?:^|_|\.)(?:item|message|msg|reply)$", re.IGNORECASE)


@check("CK310", needs=SOURCE, severity="warning", symptoms=("leaks",))
def conversation_not_logged(chat: Anatomy) -> Iterator[Finding]:
    """A log is read by many, kept for long and sent elsewhere. Neither a message nor an answer
    belongs into it; ids, counts, lengths and times do. At DEBUG the libraries of the model write
    down each request.
    """
    for call, told in _talkative(chat):
        yield _finding(chat, call, told, "Set them to INFO or above.")
    for call in log_calls(chat.code):
        found = (said_in(chat, call.scope, each) for each in call.given)
        if (said := next(filter(None, found), None)) is not None:
            told = f"`{syntax.code(said.node)[:100]}` is given to `{call.written}`."
            yield _finding(chat, call, told, INSTEAD)


def _talkative(chat: Anatomy) -> Iterator[tuple[Call, str]]:
    """Where the model's libraries are told to write down what is said."""
    for each in levels(chat.code):
        if each.is_debug and each.logger.partition(".")[0] in LIBRARIES:
            yield each.call, f"The logger `{each.logger}` is set to DEBUG."
    for call in chat.code.calls_of("agents", "enable_verbose_stdout_logging"):
        yield call, f"`{call.written}` has the SDK write down each request."


def _finding(chat: Anatomy, call: Call, evidence: str, fix: str) -> Finding:
    return Finding(
        what="What people say to the chat is written to the log.",
        where=call.where,
        evidence=evidence,
        fix=fix,
        cause="conversation logged",
    )


def said_in(chat: Anatomy, scope: Scope, node: cst.BaseExpression) -> Part | None:
    """The part of an expression, or of what it is made of, that gives what was said."""
    return _Said(chat).first(scope, node)


class _Said(Search):
    def judged(self, part: Part) -> Answer:
        if isinstance(part.node, cst.Name):
            return part if self._is_given(part, part.node.value) else None
        call = self.code.call_of(part.node)
        if self.place(part) == "body":
            return part
        if call is None:
            return None
        is_item = call.name.startswith("chatkit.types.") and call.name.endswith(ITEMS)
        return part if is_item or call in self.chat.runs or call.method in GIVING else None

    def _is_given(self, part: Part, name: str) -> bool:
        function, owner = part.scope.function, part.scope.owner
        if function is None or owner not in (*self.chat.servers, *self.chat.stores):
            return False
        place = GIVEN.get(function.last_name)
        return place is not None and function.parameters[1:][place : place + 1] == (name,)

    def member_of(self, part: Part, name: str) -> Answer:
        return False if name in BESIDE or name.endswith("_id") else part

    def unknown_member(self, part: Part, base: cst.BaseExpression, name: str) -> Answer:
        is_said = name in SAID and SAYING.search(called_name(base)) is not None
        is_of_chat = part.scope.owner in (*self.chat.servers, *self.chat.stores)
        return part if is_said and is_of_chat else None
