"""The person's token is handed on from the request to the tools."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import libcst as cst

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.expressions import inside
from chatkit_agent.project.source.meaning import held_entries, is_written_down, reaches, says
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.search import objects_of
from chatkit_agent.project.source.tokens import TOKEN, token_in
from chatkit_agent.project.source.values import Held, is_literal, valued
from chatkit_agent.project.source.walking import called_name, within_node

HEADER = "authorization"
COPYING = ("replace", "evolve", "_replace", "model_copy")
ENVIRONMENT = ("os.getenv", "os.environ")
# Where nothing else tells that it is the same for everybody.
SHARED = re.compile(
    r"(?i:(?:settings|config|cfg|environ)\w*(?:\(\))?[.\[]|getenv\()"
    r"|\b[A-Z][A-Z0-9_]*(?:TOKEN|KEY|SECRET)\b"
)


@check("CK301", needs=PROJECT, symptoms=("token_missing",))
def token_handed_on(evidence: Evidence) -> Iterator[Finding]:
    """Told apart: a context that is made with an empty token, a connection without the header, a
    header without `Bearer`, and one whose token is the application's own, so that the tools know
    only one account.
    """
    chat = evidence.chat
    yield from _never_in_dict(chat)
    hosted = chat.code.calls_of("agents", "HostedMCPTool")
    if not chat.connections and not hosted:
        return
    carried = [*_token_fields(chat)]
    yield from _empty_fields(chat)
    for kind, field in carried:
        yield from _never_given(chat, kind, field)
    is_told = "token_missing" in evidence.symptoms
    authorized: list[Held] = []
    for call in chat.connections:
        found = _authorization(chat, call)
        authorized += [found] if found else []
        if found is not None:
            yield from _bare(chat, found)
        elif (carried or is_told) and _is_of_turn(chat, call) and _is_without(chat, call):
            yield _no_header(chat, call, carried)
    for call in hosted if carried or is_told else ():
        params = call.argument("tool_config", 0)
        entries = held_entries(chat.code, call.scope, params)
        is_known = "server_url" in entries and is_written_down(chat.code, call.scope, params)
        if is_known and not entries.keys() & {"authorization", "headers"}:
            fix = 'Give `tool_config` the entry `"authorization": token`.'
            yield replace(_no_header(chat, call, carried), fix=fix)
    if carried and all(_is_shared(chat, *each) for each in authorized):
        yield from (_everybodys(chat, each, *carried[0]) for each in authorized)


def _everybodys(chat: Anatomy, held: Held, kind: Scope, field: str) -> Finding:
    return Finding(
        what="Tools are called as one account, whoever asks: the token that their server gets is "
        "the application's own.",
        where=chat.code.where(*held),
        evidence=f"The header `Authorization` is `{syntax.code(held[1])[:100]}`, though "
        f"`{kind.name}` has `{field}`.",
        fix=f'Send the person\'s own: `f"Bearer {{context.{field}}}"`. Where they are meant to act '
        "for everybody, see that none gives what only some may see.",
        severity="warning",
        cause="tools token",
    )


def _headers(chat: Anatomy, call: Call) -> Held | None:
    found = held_entries(chat.code, call.scope, call.argument("params", 0))
    return found.get("headers") or next(iter(_headers_of_parameters(call)), None)


def _headers_of_parameters(call: Call) -> Iterator[Held]:
    """`MCPServerSse(headers=...)` of older versions."""
    if (given := call.argument("headers")) is not None:
        yield call.scope, given


def _authorization(chat: Anatomy, call: Call) -> Held | None:
    """What a connection sends as `Authorization`."""
    headers = _headers(chat, call)
    entries = held_entries(chat.code, *headers) if headers else {}
    return next((held for key, held in entries.items() if key.lower() == HEADER), None)


def _is_of_turn(chat: Anatomy, call: Call) -> bool:
    """One that everybody shares is another matter."""
    function = call.scope.function
    is_shared = function is None or function.name.endswith("__init__")
    return (not is_shared or call.scope.owner in chat.tool_servers) and "Stdio" not in call.method


def _is_without(chat: Anatomy, call: Call) -> bool:
    """Whether all is known that a connection is made with, and none of it signs anybody in."""
    params = call.argument("params", 0)
    entries = held_entries(chat.code, call.scope, params)
    headers = _headers(chat, call)
    if call.spreads or "auth" in entries or not is_written_down(chat.code, call.scope, params):
        return False
    if headers is not None:
        given = held_entries(chat.code, *headers).values()
        is_known = is_written_down(chat.code, *headers)
        if not is_known or any(token_in(chat, *each) is not None for each in given):
            return False
    # What is set later, and a client that signs each request by itself.
    owner = call.scope.owner if call.scope.owner in chat.tool_servers else None
    if any(each and says(each.node, HEADER) for each in (owner, call.scope.function)):
        return False
    made = (chat.code.call_of(each) or _call(chat, where, each) for where, each in entries.values())
    near = reaches(chat.code, [each for one in made if (each := chat.code.called(one))])
    return not any(says(each.node, HEADER) for each in near)


def _call(chat: Anatomy, scope: Scope, node: cst.BaseExpression) -> Call:
    """As if a function that is handed over were called here."""
    return Call(chat.code, scope, cst.Call(node), called_name(node))


def _is_shared(chat: Anatomy, scope: Scope, given: cst.BaseExpression) -> bool:
    """A setting, a variable of the environment or a constant, and nothing of a person."""
    if token_in(chat, scope, given) is not None and not SHARED.search(syntax.code(given)):
        return False
    where, node = valued(chat.code, scope, given)
    if parts := [each for each in inside(node) if not is_literal(each)]:
        return all(_is_shared(chat, where, each) for each in parts)
    if is_literal(node) or SHARED.search(syntax.code(node)):
        return True
    if name := chat.code.package_name(where, called_name(node).removesuffix("()")):
        return name.startswith(ENVIRONMENT)
    kind = chat.code.kind(where, called_name(node).rpartition(".")[0])
    return kind in chat.code.subclasses_of("pydantic_settings", "BaseSettings")


def _never_in_dict(chat: Anatomy) -> Iterator[Finding]:
    """A turn reads the token from a context that is a dict, and no dict anywhere has it."""
    inner = {e: one for one in chat.code.functions for e in within_node(one.node, cst.Subscript)}
    for each, scope in inner.items():
        key = chat.code.text(scope, syntax.key(each)) or ""
        contexts = objects_of(chat, scope, each.value) if TOKEN.match(key) else []
        is_missing = contexts and not any(key in context for context in contexts)
        if is_missing and _writes_dicts(chat) and not _is_written(chat, key):
            yield _finding(
                "Tools are called without the person's token: nobody puts it into the "
                "request's context.",
                chat.code.where(scope, each),
                f"`{syntax.code(each)}` is read, and no context is made with `{key}`.",
                f"Give the context `{key}`, with the token that the sign-in verified.",
            )


def _writes_dicts(chat: Anatomy) -> bool:
    """Whether those who make a context write down each of its keys."""
    is_spread = any(any(within_node(e.node, cst.StarredDictElement)) for e in chat.sign_ins)
    calls = (call.method for each in chat.sign_ins for call in chat.code.inside(each))
    is_turned = any(each in ("model_dump", "dict", "asdict", "vars", "update") for each in calls)
    return not (chat.contexts or is_spread or is_turned)


def _is_written(chat: Anatomy, key: str) -> bool:
    """`context["token"] = ...`, wherever."""
    return any(
        isinstance(each.target, cst.Subscript)
        and chat.code.text(module, syntax.key(each.target)) == key
        for module in chat.code.modules
        for each in within_node(module.node, cst.AssignTarget)
    )


def _empty_fields(chat: Anatomy) -> Iterator[Finding]:
    """The context is made with an empty token."""
    for call in (each for scope in chat.sign_ins for each in chat.code.inside(scope)):
        for number, field in enumerate(_fields(chat.code.class_of(call.symbol))):
            given = call.argument(field, number) if TOKEN.match(field) else None
            held = chat.code.value(call.scope, given) if _is_constant(chat, call, given) else None
            if given is not None and (syntax.text(held) == "" or syntax.dotted(held) == "None"):
                yield _finding(
                    "Tools are called without the person's token: the request's context is made "
                    "with an empty one.",
                    chat.code.where(call.scope, given),
                    f"`{syntax.code(call.node)[:100]}`: `{field}` is `{syntax.code(given)}`.",
                    f"Give `{field}` the token that the sign-in verified.",
                )


def _is_constant(chat: Anatomy, call: Call, given: cst.BaseExpression | None) -> bool:
    """A literal, or a name for one; FastAPI fills the parameters of what it calls itself."""
    function = call.scope.function
    filled = function.parameters if function is not None and function in chat.injected else ()
    return is_literal(given) or (isinstance(given, cst.Name) and given.value not in filled)


def _fields(made: Scope | None) -> list[str]:
    """The fields of a dataclass or a model, in order."""
    found = syntax.annotated(made.node) if made else ()
    return [name for each in found if (name := syntax.dotted(each.target))]


def _never_given(chat: Anatomy, kind: Scope, field: str) -> Iterator[Finding]:
    """A field for the token with a default, which nobody who makes a context fills."""
    place = _fields(kind).index(field)
    makes = [each for each in chat.code.calls if chat.code.scope_of(each.symbol) is kind]
    is_set = any(_fills(each, field) for each in chat.code.calls if each.method in COPYING)
    is_set = is_set or any(e.argument(field, place) is not None or e.spreads for e in makes)
    is_set = is_set or any(
        name == field and chat.code.kind(scope, head) is kind
        for scope in chat.code.functions
        for each in syntax.assignments(scope.node)
        for head, _, name in [each.target.rpartition(".")]
    )
    if makes and not is_set:
        yield _finding(
            "Tools are called without the person's token: nobody puts it into the request's "
            "context.",
            chat.code.where(makes[0].scope, makes[0].node),
            f"`{kind.name}` has `{field}`, and `{syntax.code(makes[0].node)[:100]}` leaves it out.",
            f"Give `{field}=` the token that the sign-in verified.",
        )


def _fills(call: Call, field: str) -> bool:
    """By name, with more than a constant such as `token=REDACTED`."""
    given = call.argument(field)
    is_constant = is_literal(call.value(field)) and not isinstance(given, cst.Attribute)
    return given is not None and not is_constant


def _token_fields(chat: Anatomy) -> Iterator[tuple[Scope, str]]:
    """Where a context of the chat, or the caller that it is made of, has a place for the token."""
    for scope in chat.code.classes:
        is_named = "context" in scope.name.lower() or "caller" in scope.name.lower()
        for field in _fields(scope) if is_named or scope in chat.contexts else ():
            if TOKEN.match(field):
                yield scope, field


def _bare(chat: Anatomy, held: Held) -> Iterator[Finding]:
    """`{"Authorization": token}`, without the word that goes before it."""
    scope, value = held
    where, node = valued(chat.code, scope, value)
    told = token_in(chat, where, node)
    is_whole = told is not None and told.node is node and not isinstance(node, cst.Call)
    written = syntax.code(value)
    if is_whole and HEADER[:4] not in f"{syntax.code(node)}{written}".lower():
        yield _finding(
            "Tools get the token in a form that servers refuse: `Bearer` is missing before it.",
            chat.code.where(scope, value),
            f"The header `Authorization` is `{written}`.",
            f'Write `f"Bearer {{{written}}}"`.',
        )


def _no_header(chat: Anatomy, call: Call, carried: list[tuple[Scope, str]]) -> Finding:
    evidence = f"`{call.method}` is made without an `Authorization` header"
    if carried:
        evidence += f", though `{carried[0][0].name}` has `{carried[0][1]}`"
    return _finding(
        "Tools are called without the person's token: the connection to their server is made "
        "without it.",
        call.where,
        f"{evidence}.",
        'Give `params` the entry `"headers": {"Authorization": f"Bearer {token}"}`.',
    )


def _finding(what: str, where: str, evidence: str, fix: str) -> Finding:
    return Finding(
        what=what,
        where=where,
        evidence=evidence,
        fix=fix,
        cause="tools token",
        explains=("token_missing", "unauthorized"),
    )
