"""What people write never becomes part of a statement."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.expressions import Origin, Part, Parts
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.search import Answer, Search
from chatkit_agent.project.source.statements import made_of
from chatkit_agent.project.source.walking import compares_by, last_name, within_node

CARRYING_OUT = ("exec", "fetch", "scalar", "quer", "text", "prepare", "cursor", "stream", "iterate")


@check("CK418", needs=SOURCE, symptoms=("leaks", "mixed_up", "server_error"))
def sql_parameterised(chat: Anatomy) -> Iterator[Finding]:
    """A statement of an f-string, of `%`, `+` or `format` with an id or a text in it lets whoever
    chooses that write SQL: the ids of threads and items come from the client. The names of schemas,
    tables and columns are the program's own.
    """
    for scope in chat.code.functions:
        for node in made_of(chat.code, scope):
            part = tainted_part(chat, scope, node)
            if part is not None and _is_carried_out(chat, scope, node):
                yield Finding(
                    what="Whoever chooses an id or a text can write SQL: it becomes part of a "
                    "statement.",
                    where=chat.code.where(scope, node),
                    evidence=f"`{syntax.code(part)}` is put into the text of a statement in "
                    f"`{scope.name}`.",
                    fix="Write a placeholder (`$1`, `%s`, `:name`), and give the value beside the "
                    "statement.",
                    cause="sql injection",
                )
                break


def _is_carried_out(chat: Anatomy, scope: Scope, node: cst.BaseExpression) -> bool:
    """Whether a store says it, or a call of a database is given it, by a name or in place."""
    names = {each.target for each in syntax.assignments(scope.node) if each.value is node}
    is_handed = False
    for call in chat.code.inside(scope):
        given = [each for each in call.given if call.method != "append"]
        if any(each is node or syntax.dotted(each) in names for each in given):
            is_handed = True
            if any(word in call.method for word in CARRYING_OUT) or chat.code.called(call):
                return True
    return scope.owner in chat.stores and not is_handed


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
        if compares_by(each, cst.In, cst.NotIn) and syntax.dotted(each.left) == name:
            return True
    for call in within_node(function, cst.Call):
        tested = [syntax.dotted(arg.value) for arg in call.args]
        if isinstance(call.func, cst.Attribute):
            tested.append(syntax.dotted(call.func.value))
        if last_name(call.func) in CHECKING and name in tested:
            return True
    return False
