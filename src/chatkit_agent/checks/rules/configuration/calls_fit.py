"""The functions of the chat are given what they take."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.in_front import decorated_by
from chatkit_agent.project.source.kinds import lineage
from chatkit_agent.project.source.meaning import names_used
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.sdk_fields import REQUIRED
from chatkit_agent.project.source.walking import decorating, last_name, within_node

MODEL = "pydantic.BaseModel"
FILLING = {"model_validator", "root_validator", "Field", "alias", "alias_generator"}
SDKS = ("Store", "ChatKitServer")
OF_SERVER = ("a.respond(thread, input_user_message, context)",)
OF_STORE = (
    "a.load_thread(thread_id, context=context)",
    "a.save_thread(thread, context=context)",
    "a.delete_thread(thread_id, context=context)",
    "a.load_threads(limit=limit, after=after, order=order, context=context)",
    "a.load_thread_items(thread_id, after=after, limit=limit, order=order, context=context)",
    "a.add_thread_item(thread_id, item, context=context)",
    "a.save_item(thread_id, item, context=context)",
    "a.load_item(thread_id, item_id, context=context)",
    "a.delete_thread_item(thread_id, item_id, context=context)",
    "a.save_attachment(attachment, context=context)",
    "a.load_attachment(attachment_id, context)",
    "a.delete_attachment(attachment_id, context=context)",
)
"""As ChatKit's server calls them."""


@check("CK718", needs=SOURCE, symptoms=("does_not_start", "server_error", "stream_error"))
def calls_fit(chat: Anatomy) -> Iterator[Finding]:
    """A call of a function or a class of the project with a name that it does not have, with too
    much, or without what it needs ends with a TypeError; so does one of ChatKit's, of a method of
    the store or the server that is defined otherwise. What ChatKit's own classes, and pydantic's
    models here, cannot be made without is a ValidationError. Silent where a decorator, another
    base of a library or `*` decides.
    """
    for called, params, calls in (*_functions(chat), *_classes(chat)):
        for call in calls:
            problem = _problem(call, params)
            if problem and not is_bound_nearer(call):
                yield Finding(
                    what="A call of the project's own raises a TypeError.",
                    where=call.where,
                    evidence=f"`{syntax.code(call.node.func)}(...)`: {problem}.",
                    fix=f"Call it as {chat.code.where(called)} defines it.",
                    cause=f"call:{call.where}",
                )
    yield from _of_sdk(chat)
    yield from _of_models(chat)
    for call in chat.handlers:
        if _is_parsed(chat, call):
            yield Finding(
                what="Every request ends with 500: the chat is given a dict, and takes the body.",
                where=call.where,
                evidence=f"`{syntax.code(call.node)[:100]}` parses JSON that was parsed before.",
                fix="Give it `await request.body()`.",
                cause=f"call:{call.where}",
            )


def _of_sdk(chat: Anatomy) -> Iterator[Finding]:
    """What ChatKit calls of a store and a server that are made here, and how."""
    made = {chat.code.class_of(call.symbol) for call in chat.code.calls}
    for owner, calls in [(e, OF_STORE) for e in chat.stores] + [
        (e, OF_SERVER) for e in chat.servers
    ]:
        kinds = lineage(chat.code, owner)
        bases = {last_name(e) for one in kinds for e in _bases(one)} - {"ABC", "Generic"}
        if owner not in made or bases - {*SDKS, *(each.last_name for each in kinds)}:
            continue
        lacking = []
        for each in calls:
            asked = cst.parse_expression(each)
            assert isinstance(asked, cst.Call)
            method = chat.code.method(owner, last_name(asked.func))
            if method is not None and (problem := _problem_of_sdk(chat, owner, method, asked)):
                yield _of_method(chat.code.where(method), method, problem)
            is_set = any(last_name(asked.func) == e.target for e in _set_in(kinds))
            lacking += [] if method or is_set else [f"`{last_name(asked.func)}`"]
        if lacking:
            yield Finding(
                what=f"`{owner.name}` cannot be made: it lacks what ChatKit asks of it.",
                where=chat.code.where(owner),
                evidence=f"The class has no {', '.join(lacking)}; making it raises a TypeError.",
                fix="Define it, with the name and the parameters that `chatkit.store.Store` has.",
                cause=f"call:{owner.name}",
            )


def _of_models(chat: Anatomy) -> Iterator[Finding]:
    """Models that are made without what they need."""
    for call in chat.code.calls:
        needed = REQUIRED.get(call.package_name) or _fields_needed(chat, call)
        lacking = [each for each in needed if each not in call.keywords]
        if lacking and not call.spreads and call.bound is None and not is_bound_nearer(call):
            yield Finding(
                what="A model is made without a field that it needs, which raises a "
                "ValidationError.",
                where=call.where,
                evidence=f"`{syntax.code(call.node)[:100]}` lacks "
                f"{', '.join(f'`{each}`' for each in lacking)}.",
                fix="Give it every field that has no default, by name.",
                cause=f"call:{call.where}",
            )


def _fields_needed(chat: Anatomy, call: Call) -> list[str]:
    """Those of a model of the project that stands by itself, with nothing that fills them."""
    kind = chat.code.class_of(call.symbol)
    bases = syntax.bases(kind.node) if kind is not None else ()
    if kind is None or [chat.code.package_name(kind, each) for each in bases] != [MODEL]:
        return []
    marks = {last_name(e) for e in within_node(kind.node, cst.Name)}
    if marks & FILLING or chat.code.method(kind, "__init__"):
        return []
    fields = [each for each in syntax.annotated(kind.node) if each.value is None]
    return [
        each.target.value
        for each in fields
        if isinstance(each.target, cst.Name) and "ClassVar" not in names_used(each.annotation)
    ]


def _bases(kind: Scope) -> list[cst.BaseExpression]:
    given = kind.node.bases if isinstance(kind.node, cst.ClassDef) else ()
    return [e.value.value if isinstance(e.value, cst.Subscript) else e.value for e in given]


def _set_in(kinds: Iterable[Scope]) -> Iterator[syntax.Assignment]:
    return (each for one in kinds for each in syntax.assignments(one.node))


def _problem_of_sdk(chat: Anatomy, owner: Scope, method: Scope, asked: cst.Call) -> str:
    node = method.node
    if not isinstance(node, cst.FunctionDef) or node.decorators:
        return ""
    params = node.params.with_changes(params=node.params.params[1:])
    own = list(method.parameters[1:])
    known = [last_name(each.value) for each in asked.args]
    if own != known and sorted(own) == sorted(known):
        return f"ChatKit gives {', '.join(f'`{each}`' for each in known)}, in this order"
    problem = _problem(Call(chat.code, owner, asked, ""), params)
    gives = any(within_node(node, cst.Yield)) or any(
        isinstance(each, cst.Call) for each in syntax.returned(node)
    )
    if not problem and not method.is_async and not gives:
        return "ChatKit awaits it, and it is not `async`"
    return problem


def _of_method(where: str, method: Scope, problem: str) -> Finding:
    return Finding(
        what=f"ChatKit calls `{method.name}` otherwise than it is defined.",
        where=where,
        evidence=f"`def {method.last_name}({', '.join(method.parameters)})`: {problem}.",
        fix="Define it as ChatKit's own class has it.",
        cause=f"call:{where}",
    )


def _is_parsed(chat: Anatomy, call: Call) -> bool:
    """`process(await request.json(), context)`, or a dict in place of the body."""
    body = call.given[0] if call.given else None
    value = chat.code.value(call.scope, body)
    inner = value.expression if isinstance(value, cst.Await) else value
    found = chat.code.call_of(inner)
    of_request = found is not None and found.method == "json" and not found.given
    return isinstance(inner, cst.Dict) or of_request


def _functions(chat: Anatomy) -> Iterator[tuple[Scope, cst.Parameters, Sequence[Call]]]:
    for called, calls in chat.code.called_by.items():
        node = called.node
        if not isinstance(node, cst.FunctionDef) or node.decorators or called.owner is not None:
            continue
        # Where a function is meant, another rule says it better.
        made = [each for each in calls if each.args or node.asynchronous is None]
        if is_defined_once(chat, called):
            yield called, node.params, made


def _classes(chat: Anatomy) -> Iterator[tuple[Scope, cst.Parameters, Sequence[Call]]]:
    made: dict[Scope, list[Call]] = {}
    for call in chat.code.calls:
        if (kind := chat.code.class_of(call.symbol)) is not None:
            made.setdefault(kind, []).append(call)
    for kind, calls in made.items():
        if (params := _taken_by(chat, kind)) is not None and is_defined_once(chat, kind):
            yield kind, params, calls


def _taken_by(chat: Anatomy, kind: Scope) -> cst.Parameters | None:
    """What a class is made with; None where something else than the project decides."""
    kinds = lineage(chat.code, kind)
    bases = [each for one in kinds for each in syntax.bases(one.node)]
    marks = {tuple(decorated_by(chat.code, each)) for each in kinds}
    is_tuple = bases == ["NamedTuple"] and len(kinds) == 1
    own = [each for each in bases if each not in ("object", "NamedTuple", "Generic", "Protocol")]
    if len(own) != len(kinds) - 1 or any(_has_keywords(each) for each in kinds):
        return None
    if chat.code.method(kind, "__new__"):
        return None
    init = chat.code.method(kind, "__init__")
    if init is not None and isinstance(init.node, cst.FunctionDef) and marks == {()}:
        given = init.node.params
        return None if init.node.decorators else given.with_changes(params=given.params[1:])
    is_dataclass = marks == {("dataclasses.dataclass",)} and init is None
    if not is_tuple and not is_dataclass:
        return cst.Parameters() if marks == {()} and init is None else None
    return _of_fields(each for one in reversed(kinds) for each in syntax.annotated(one.node))


def _has_keywords(kind: Scope) -> bool:
    """`class Base(metaclass=Meta)`, and `@dataclass(init=False)`"""
    marks = [each for each in decorating(kind.node) if isinstance(each, cst.Call)]
    is_other = any(syntax.argument(each, name) for each in marks for name in ("init", "kw_only"))
    return is_other or (isinstance(kind.node, cst.ClassDef) and bool(kind.node.keywords))


def _of_fields(fields: Iterable[cst.AnnAssign]) -> cst.Parameters | None:
    params: dict[str, cst.Param] = {}
    for each in fields:
        name, said = syntax.dotted(each.target) or "", names_used(each.annotation)
        made = each.value if isinstance(each.value, cst.Call) else None
        is_field = made is not None and last_name(made.func) == "field"
        args = made.args if made and is_field else ()
        given = {arg.keyword.value for arg in args if arg.keyword}
        if "KW_ONLY" in said or {"init", "kw_only"} & given:
            return None
        is_needed = each.value is None or (is_field and not {"default", "default_factory"} & given)
        default = None if is_needed else each.value
        if "ClassVar" not in said:
            params[name] = cst.Param(cst.Name(name), default=default)
    return cst.Parameters(params=tuple(params.values()))


def is_defined_once(chat: Anatomy, called: Scope) -> bool:
    text = chat.code.sources.code(called.file)
    return len(re.findall(rf"\b(?:def|class) {called.last_name}\b", text)) == 1


def is_bound_nearer(call: Call) -> bool:
    """Whether a parameter, a local name or a loop has the name of what seems to be called."""
    head = call.written.partition(".")[0]
    for scope in call.scope.around():
        parts: list[cst.CSTNode] = [each.target for each in within_node(scope.node, cst.CompFor)]
        if isinstance(scope.node, cst.FunctionDef):
            parts += [each.name for each in within_node(scope.node, cst.Param)]
            parts += [each.target for each in within_node(scope.node, cst.AssignTarget)]
            parts += [each.target for each in within_node(scope.node, cst.For)]
            parts += [each.target for each in within_node(scope.node, cst.NamedExpr)]
            parts += [each.name for each in within_node(scope.node, cst.AsName)]
        if any(name.value == head for part in parts for name in within_node(part, cst.Name)):
            return True
    return False


def _problem(call: Call, params: cst.Parameters) -> str:
    if call.spreads or any(each.star for each in call.args):
        return ""
    takes_any = isinstance(params.star_arg, cst.Param), params.star_kwarg is not None
    placed = [each.name.value for each in (*params.posonly_params, *params.params)]
    only_named = [each.name.value for each in params.kwonly_params]
    named = [each.keyword.value for each in call.args if each.keyword]
    by_place = len(call.args) - len(named)
    known = [*(each.name.value for each in params.params), *only_named]
    for name in named:
        if name not in known and not takes_any[1]:
            near = get_close_matches(name, known, 1, 0.5)
            return f"it takes no `{name}`" + (f", but `{near[0]}`" if near else "")
    if by_place > len(placed) and not takes_any[0]:
        return f"it takes {len(placed)} arguments by place, and is given {by_place}"
    needed = [
        each.name.value
        for each in (*params.posonly_params, *params.params, *params.kwonly_params)
        if each.default is None
    ]
    given = {*placed[:by_place], *named}
    lacking = [name for name in needed if name not in given]
    return f"it is not given `{lacking[0]}`" if lacking else ""
