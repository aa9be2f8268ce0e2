"""Said: which expressions give what people wrote to the chat, or what it answered."""

from __future__ import annotations

import re

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.parts import Part
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.search import Answer, Search
from chatkit_agent.project.source.walking import called_name

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
        assert isinstance(function.node, cst.FunctionDef)
        place = GIVEN.get(function.name.rpartition(".")[2])
        params = [each.name.value for each in syntax.parameters(function.node)][1:]
        return place is not None and params[place : place + 1] == [name]

    def member_of(self, part: Part, name: str) -> Answer:
        return False if name in BESIDE or name.endswith("_id") else part

    def unknown_member(self, part: Part, base: cst.BaseExpression, name: str) -> Answer:
        is_said = name in SAID and SAYING.search(called_name(base)) is not None
        is_of_chat = part.scope.owner in (*self.chat.servers, *self.chat.stores)
        return part if is_said and is_of_chat else None
