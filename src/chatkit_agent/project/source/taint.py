"""Taint: which values come from whoever asks, through names, helpers and what joins texts."""

from __future__ import annotations

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.parts import Origin, Part, Parts
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.search import Answer, Search
from chatkit_agent.project.source.walking import last_name, within_node

OF_SDK = {"self", "cls", "order", "limit"}
"""What the SDK gives a store itself, from a closed list or as a number."""
NUMBERS = {"int", "float", "bool", "date", "datetime", "UUID", "Literal", "Enum"}
CLEAN = {*NUMBERS, "len", "hash", "isinstance", "range", "quote_ident", "Identifier"}
CHECKING = {"match", "fullmatch", "isidentifier", "isalnum", "isdigit", "isalpha", "UUID"}
STORE_METHODS = {
    *("load_thread", "save_thread", "load_thread_items", "load_threads", "add_thread_item"),
    *("save_item", "load_item", "delete_thread", "delete_thread_item"),
    *("save_attachment", "load_attachment", "delete_attachment"),
}


def tainted_part(
    chat: Anatomy, scope: Scope, node: cst.BaseExpression
) -> cst.BaseExpression | None:
    """The first part of an expression which may hold what the client of the chat chose."""
    found = _Chosen(chat).first(scope, node)
    return found.node if found else None


class _Chosen(Search):
    def judged(self, part: Part) -> Answer:
        node = part.node
        call = self.code.call_of(node)
        if call is not None and last_name(call.node.func) in CLEAN:
            return False
        name = (syntax.dotted(node) or "").partition(".")[0]
        function = part.scope.function
        if function is None or not name or name in part.given:
            return None
        assert isinstance(function.node, cst.FunctionDef)
        if _is_checked(function.node, name):
            return False
        param = function.param(name)
        if not param or syntax.assigned_to(function.node, name) or not self._is_asked(function):
            return None
        return part if _is_free(param) else False

    def _is_asked(self, function: Scope) -> bool:
        """Whether the SDK or FastAPI calls it with what a client sent."""
        is_method = function.owner is not None and function.outer is function.owner
        of_store = function.owner in self.chat.stores
        is_known = function.last_name in STORE_METHODS
        asked = (*self.chat.endpoints, *self.chat.responders)
        return (is_method and of_store and is_known) or function in asked

    def behind(self, part: Part) -> list[Part | Origin] | None:
        """The context of a turn is the client's as well, whoever made it."""
        return Parts.behind(self, part)

    def of_client(self, origin: Origin) -> Answer:
        return Part(origin.scope, cst.Name(origin.key or "body"))

    def member_of(self, part: Part, name: str) -> Answer:
        return part


def _is_free(param: cst.Param) -> bool:
    """Whether a parameter may be any text."""
    annotation = within_node(param.annotation, cst.Name) if param.annotation else ()
    return param.name.value not in OF_SDK and not NUMBERS & {each.value for each in annotation}


def _is_checked(function: cst.FunctionDef, name: str) -> bool:
    """Whether it is compared with a list of what is allowed, or with a pattern."""
    for each in within_node(function, cst.Comparison):
        is_in = any(isinstance(one.operator, cst.In | cst.NotIn) for one in each.comparisons)
        if is_in and syntax.dotted(each.left) == name:
            return True
    for call in within_node(function, cst.Call):
        tested = [syntax.dotted(arg.value) for arg in call.args]
        if isinstance(call.func, cst.Attribute):
            tested.append(syntax.dotted(call.func.value))
        if last_name(call.func) in CHECKING and name in tested:
            return True
    return False
