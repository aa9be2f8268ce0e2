"""The person's token is handed on from the request to the tools."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import PROJECT, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.scopes import Call
from chatkit_agent.project.source.tokens import TOKEN, has_token, tokens_in
from chatkit_agent.project.source.values import is_literal, members
from chatkit_agent.project.source.walking import within_node

# What a turn has in its hand, by the SDKs' own names.
CONTEXTS = {"context", "request_context"} | {
    f"{name}.context.request_context" for name in ("ctx", "context", "wrapper", "run_context")
}
AUTHORISING = ("authorization", "access_token", "auth=")
# What is the same for everybody: a setting, a variable, a constant.
SHARED = re.compile(
    r"(?i:(?:settings|config|cfg|environ)\w*(?:\(\))?[.\[]|getenv\()"
    r"|\b[A-Z][A-Z0-9_]*(?:TOKEN|KEY|SECRET)\b"
)


@check(
    "CK301",
    "The person's token is handed on from the request to the tools",
    needs=PROJECT,
    symptoms=("token_missing",),
)
def token_handed_on(evidence: Evidence) -> Iterator[Finding]:
    """The person's token is handed on from the request to the tools. Told apart: a context that
    is made with an empty token, a connection without the header, a header without `Bearer`, and
    one whose token is the application's own, so that the tools know only one account.
    """
    chat = evidence.chat
    yield from _of_dicts(chat)
    if not chat.connections:
        return
    for giver in chat.sign_ins:
        yield from _emptied(chat, giver)
    yield from _never_given(chat)
    carried = next(_carried(chat), None)
    is_told = "token_missing" in evidence.symptoms
    for call in chat.connections:
        function = call.scope.function
        is_own = call.scope.owner in chat.tool_servers
        if function is None or (function.name.endswith("__init__") and not is_own):
            continue  # shared by everybody, which is another matter
        if is_own and _speaks(call.scope.owner):
            yield from _bare(chat, call)
            continue
        if call.method != "MCPServerStdio" and not _is_authorised(chat, call):
            if carried or is_told:
                yield _not_given(chat, call, carried)
        else:
            yield from _bare(chat, call)
    if carried:
        yield from _everybodys(chat, carried)


def _everybodys(chat: Anatomy, carried: tuple[Scope, str]) -> Iterator[Finding]:
    """Each connection says that it is one and the same account, whoever asks."""
    headers = [each for call in chat.connections for each in _authorizations(chat, call)]
    if all(_is_shared(each.value) for _, each in headers):
        for scope, each in headers:
            yield Finding(
                what="Tools are called as one account, whoever asks: the token that their server "
                "gets is the application's own.",
                where=chat.code.where(scope, each),
                evidence=f"The header `Authorization` is `{syntax.code(each.value)[:100]}`, though "
                f"`{carried[0].name}` has `{carried[1]}`.",
                fix=f'Send the person\'s own: `f"Bearer {{context.{carried[1]}}}"`. Where they are '
                "meant to act for everybody, see that none gives what only some may see.",
                severity="warning",
                cause="tools token",
            )


def _authorizations(chat: Anatomy, call: Call) -> Iterator[tuple[Scope, cst.DictElement]]:
    """In the parameters, in what they name, and in the functions that make the headers."""
    params = call.argument("params", 0)
    if params is None:
        return
    around = call.scope.function or call.scope
    used = {each.value for each in within_node(params, cst.Name)}
    behind = [each.value for each in syntax.assignments(around.node) if each.target in used]
    made = [(each, each.node) for each in _makers(chat, params)]
    for scope, given in [*((around, each) for each in (params, *behind)), *made]:
        for element in within_node(given, cst.DictElement):
            if (syntax.text(element.key) or "").lower() == "authorization":
                yield scope, element


def _is_shared(value: cst.CSTNode) -> bool:
    tokens = [syntax.code(each) for each in tokens_in(value)]
    return all(map(SHARED.search, tokens or [syntax.code(value)]))


def _speaks(owner: Scope | None) -> bool:
    """Whether the class of a connection itself does something about it, sooner or later."""
    return owner is not None and "authorization" in syntax.code(owner.node).lower()


def _of_dicts(chat: Anatomy) -> Iterator[Finding]:
    """A turn reads the token from a context that is a dict, and no dict anywhere has it."""
    if not _writes_dicts(chat):
        return
    for scope in chat.code.functions:
        for each in within_node(scope.node, cst.Subscript):
            key = syntax.text(next(iter(syntax.subscripts(each)), None)) or ""
            is_read = TOKEN.match(key) and syntax.dotted(each.value) in CONTEXTS
            if is_read and not _is_given(chat, key):
                yield _finding(
                    "Tools are called without the person's token: nobody puts it into the "
                    "request's context.",
                    chat.code.where(scope, each),
                    f"`{syntax.code(each)}` is read, and no context is made with `{key}`.",
                    f"Give the context `{key}`, with the token that the sign-in verified.",
                )


def _writes_dicts(chat: Anatomy) -> bool:
    """Whether those who make a context write down each of its keys."""
    bodies = [each.node for each in chat.sign_ins]
    made = any(any(within_node(each, cst.DictElement)) for each in bodies)
    is_spread = any(any(within_node(each, cst.StarredDictElement)) for each in bodies)
    calls = (call.method for each in chat.sign_ins for call in chat.code.inside(each))
    is_turned = any(each in ("model_dump", "dict", "asdict", "vars", "update") for each in calls)
    return made and not (chat.contexts or is_spread or is_turned)


def _is_given(chat: Anatomy, key: str) -> bool:
    """Whether anything is made with the key: a dict, an item of one, or by keyword."""
    for module in chat.code.modules:
        made = [each.key for each in within_node(module.node, cst.DictElement)]
        for each in within_node(module.node, cst.AssignTarget):
            target = each.target
            made += syntax.subscripts(target) if isinstance(target, cst.Subscript) else ()
        by_keyword = (each.keyword for each in within_node(module.node, cst.Arg))
        if any(syntax.text(each) == key for each in made) or any(
            each.value == key for each in by_keyword if each
        ):
            return True
    return False


def _emptied(chat: Anatomy, endpoint: Scope) -> Iterator[Finding]:
    """The context is made with an empty token."""
    for call in chat.code.inside(endpoint):
        made = chat.code.scope_of(chat.code.resolve(call.scope, call.written))
        fields = _fields(made) if made and isinstance(made.node, cst.ClassDef) else []
        for number, field in enumerate(fields):
            given = call.argument(field, number) if TOKEN.match(field) else None
            if given is not None and (syntax.text(given) == "" or syntax.dotted(given) == "None"):
                yield _finding(
                    "Tools are called without the person's token: the request's context is made "
                    "with an empty one.",
                    chat.code.where(call.scope, given),
                    f"`{syntax.code(call.node)[:100]}`: `{field}` is `{syntax.code(given)}`.",
                    f"Give `{field}` the token that the sign-in verified.",
                )


def _fields(made: Scope) -> list[str]:
    """The fields of a dataclass or a model, in order."""
    if not isinstance(made.node, cst.ClassDef):
        return []
    found = (each for each in syntax.statements(made.node) if isinstance(each, cst.AnnAssign))
    return [name for each in found if (name := syntax.dotted(each.target))]


def _never_given(chat: Anatomy) -> Iterator[Finding]:
    """A field for the token with a default, which nobody who makes a context fills."""
    for scope, field in _carried(chat):
        place = _fields(scope).index(field)
        makes = [c for c in chat.code.calls if _makes(chat, c, scope)]
        is_set = any(_fills(c, field) for c in chat.code.calls)
        is_set = is_set or any(c.argument(field, place) is not None or c.spreads for c in makes)
        if makes and not is_set and f".{field} = " not in chat.texts:
            yield _finding(
                "Tools are called without the person's token: nobody puts it into the request's "
                "context.",
                chat.code.where(makes[0].scope, makes[0].node),
                f"`{scope.name}` has `{field}`, and `{syntax.code(makes[0].node)[:100]}` leaves "
                "it out.",
                f"Give `{field}=` the token that the sign-in verified.",
            )


def _fills(call: Call, field: str) -> bool:
    """By name, with more than a constant such as `token="[redacted]"`."""
    given = call.value(field)
    return given is not None and not is_literal(given)


def _makes(chat: Anatomy, call: Call, scope: Scope) -> bool:
    return chat.code.scope_of(chat.code.resolve(call.scope, call.written)) is scope


def _carried(chat: Anatomy) -> Iterator[tuple[Scope, str]]:
    """Where a context of the chat has a place for the token."""
    for scope in chat.code.classes:
        is_named = "context" in scope.name.lower() or "caller" in scope.name.lower()
        for field in _fields(scope) if is_named or scope in chat.contexts else ():
            if TOKEN.match(field):
                yield scope, field


def _is_authorised(chat: Anatomy, call: Call) -> bool:
    """Whether what the connection is made with speaks of authorization, followed one step."""
    if call.spreads:
        return True
    params = call.argument("params", 0)
    if params is None or (
        "headers" not in syntax.code(params) and not isinstance(params, cst.Dict)
    ):
        return True
    if "auth" in dict(members(chat.code.value(call.scope, params)) or ()):
        return True
    if any(_speaks(made) for made in _makers(chat, params)):
        return True
    function = call.scope.function
    around = function.node if function else call.scope.node
    used = {each.value for each in within_node(params, cst.Name)}
    behind = [each for each in syntax.assignments(around) if each.target in used]
    texts = [syntax.code(params), *(syntax.code(each.value) for each in behind)]
    texts += [_set_in(around, name) for name in used]
    if ".params[" in syntax.code(around):
        return True  # set later, which is another matter
    return any(word in text.lower() for text in texts for word in AUTHORISING)


def _makers(chat: Anatomy, params: cst.CSTNode) -> list[Scope]:
    """The functions of the project that make the headers: `"headers": server.headers(user)`."""
    named = {(syntax.dotted(each.func) or "").rpartition(".")[2] for each in _calls(params)}
    return [each for each in chat.code.functions if each.name.rpartition(".")[2] in named]


def _calls(params: cst.CSTNode) -> Iterator[cst.Call]:
    for each in within_node(params, cst.DictElement):
        if syntax.text(each.key) == "headers":
            yield from within_node(each.value, cst.Call)


def _set_in(around: cst.CSTNode, name: str) -> str:
    """`headers["Authorization"] = ...`, for a dict of that name."""
    for each in within_node(around, cst.AssignTarget):
        target = each.target
        if isinstance(target, cst.Subscript) and syntax.dotted(target.value) == name:
            return syntax.code(target)
    return ""


def _bare(chat: Anatomy, call: Call) -> Iterator[Finding]:
    """`{"Authorization": token}`, without the word that goes before it."""
    params = call.argument("params", 0)
    for each in within_node(params, cst.DictElement) if params is not None else ():
        is_header = (syntax.text(each.key) or "").lower() == "authorization"
        is_name = isinstance(each.value, cst.Name | cst.Attribute)
        written = syntax.code(each.value)
        if is_header and is_name and has_token(each.value) and "auth" not in written.lower():
            yield _finding(
                "Tools get the token in a form that servers refuse: `Bearer` is missing before it.",
                chat.code.where(call.scope, each),
                f"The header `Authorization` is `{written}`.",
                f'Write `f"Bearer {{{written}}}"`.',
            )


def _not_given(chat: Anatomy, call: Call, carried: tuple[Scope, str] | None) -> Finding:
    evidence = f"`{call.method}` is made without an `Authorization` header"
    if carried:
        evidence += f", though `{carried[0].name}` has `{carried[1]}`"
    return _finding(
        "Tools are called without the person's token: the connection to their server is made "
        "without it.",
        chat.code.where(call.scope, call.node),
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
