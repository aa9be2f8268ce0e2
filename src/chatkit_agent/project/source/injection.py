"""Injection: what FastAPI would hand to a function, followed through `Depends` and `Annotated`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.lifespans import shared_state
from chatkit_agent.project.source.sign_in_libraries import ASKED as CLASSES_ASKED
from chatkit_agent.project.source.sign_in_libraries import SCHEMES, provided
from chatkit_agent.project.source.sources import Sources, Symbol
from chatkit_agent.project.source.walking import (
    annotation_of,
    inner_function,
    is_partial,
    last_name,
    said_of,
)

MARKS = {"Depends", "Security"}
ASKED = re.compile(
    r"(?:Depends(?<!\wDepends)|Security(?<!\wSecurity))\(\s*([A-Za-z_][\w.]*)\s*([,()])"
)
OF_ITS_TYPE = re.compile(
    r"(?:\bAnnotated\[\s*|:\s*)([A-Za-z_][\w.]*)\s*(?:=|,)\s*(?:\w+\.)*(?:Depends|Security)\(\s*(\))"
)
"""`user: CurrentUser = Depends()`, which depends on the type itself."""
SECURITY = "fastapi.security."
FASTAPI_USERS = "fastapi-users"
# What a request has that anybody can write; in the first, a name such as `token` makes it count.
KEYED = {"headers", "query_params", "path_params", "cookies"}
CLAIMED = re.compile(r"(?:current_)?user(?:_?id|_?name)?|u?id|e?mail|account(?:_?id)?")
PUBLIC = {"url", "base_url", "url_for", "client", "method", "app", "json", "form", "body", "stream"}
SENT = re.compile(r"\w+\.(?:headers|cookies|query_params|path_params)\b")
VERIFYING = re.compile(r"decode|verif|introspect|validate_token|check_token")
TOKEN_WORDS = ("authorization", "token", "session", "cookie", "api_key", "credentials")


@dataclass(frozen=True)
class Target:
    """What is in `Depends(...)`, as written in `file`."""

    file: str
    value: cst.BaseExpression


def asked_for(text: str, *, made: bool = False) -> Iterator[re.Match[str]]:
    """Where code asks for a dependency by its name, but for lines that are commented out.

    With `made`, also for what a call of that name makes.
    """
    for found in (*ASKED.finditer(text), *OF_ITS_TYPE.finditer(text)):
        line = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
        if (made or found[2] != "(") and not line.lstrip().startswith("#"):
            yield found


def targets(
    sources: Sources, file: str, function: cst.FunctionDef | cst.Lambda
) -> Iterator[Target]:
    """The dependencies of a function, also behind aliases such as `CurrentUser`."""
    for param in syntax.parameters(function):
        yield from targets_of(sources, file, param)


def targets_of(sources: Sources, file: str, param: cst.Param) -> Iterator[Target]:
    for value in said_of(param):
        for each in _in_expression(sources, file, value):
            yield each
            if isinstance(each.value, cst.Lambda):
                yield from targets(sources, each.file, each.value)
        if (inner := kind_asked_for(sources, file, annotation_of(param), value)) is not None:
            yield Target(file, inner)


def kind_asked_for(
    sources: Sources, file: str, kind: cst.BaseExpression | None, value: cst.BaseExpression
) -> cst.BaseExpression | None:
    """`User` of `user: User = Depends()`, or of `Annotated[User, Depends()]`."""
    if isinstance(value, cst.Subscript):
        parts = syntax.subscripts(value)
        return next((parts[0] for each in parts[1:] if _is_empty_mark(sources, file, each)), None)
    return kind if _is_empty_mark(sources, file, value) else None


def _is_empty_mark(sources: Sources, file: str, node: cst.CSTNode) -> bool:
    is_call = isinstance(node, cst.Call) and not node.args
    return is_call and _mark(sources, file, node) in MARKS


def marked(sources: Sources, file: str, node: cst.CSTNode) -> Iterator[Target]:
    """The dependencies that are named anywhere in a node, such as a route's decorator."""
    for each in syntax.walk(node):
        if isinstance(each, cst.Call):
            yield from _in_mark(sources, file, each)


def _in_expression(
    sources: Sources, file: str, value: cst.BaseExpression, hops: int = 4
) -> Iterator[Target]:
    if isinstance(value, cst.Call):
        yield from _in_mark(sources, file, value)
    elif isinstance(value, cst.Subscript):
        for part in syntax.subscripts(value):
            yield from _in_expression(sources, file, part, hops)
    elif hops:
        symbol = sources.resolve(file, syntax.dotted(value))
        alias = sources.assigned(symbol)
        if symbol and symbol.path and alias is not None:
            yield from _in_expression(sources, symbol.path, alias, hops - 1)


def _mark(sources: Sources, file: str, node: cst.CSTNode) -> str:
    """`Depends` of `Depends(...)`, under whatever name it is imported."""
    name = (syntax.dotted(node.func) or "") if isinstance(node, cst.Call) else ""
    symbol = sources.resolve(file, name)
    return (symbol.name if symbol else name).rpartition(".")[2]


def _in_mark(sources: Sources, file: str, call: cst.Call) -> Iterator[Target]:
    if _mark(sources, file, call) in MARKS:
        target = syntax.argument(call, "dependency", 0)
        if target is not None:
            yield Target(file, target)


def symbol_of(sources: Sources, file: str, value: cst.BaseExpression) -> Symbol | None:
    """What an expression names, or makes where it is asked for: `users.current_user()`."""
    if not isinstance(value, cst.Call):
        return sources.resolve(file, syntax.dotted(value))
    maker = sources.resolve(file, syntax.dotted(value.func))
    if maker is None or maker.path is None:
        return maker
    given = [each.with_changes(comma=cst.MaybeSentinel.DEFAULT) for each in value.args]
    return Symbol(maker.path, f"{maker.name}({', '.join(map(syntax.code, given))})")


def injected_function(
    sources: Sources, symbol: Symbol | None
) -> tuple[str, cst.FunctionDef] | None:
    """The function whose parameters FastAPI fills when it calls a dependency of the project."""
    if symbol is None or symbol.path is None:
        return None
    definition = sources.definition(symbol)
    if definition is None:
        own = sources.function(symbol)
        owner = sources.kind_of(Symbol(symbol.path, symbol.name.rpartition(".")[0]))
        return ((owner and owner.path) or symbol.path, own) if own else None
    method = ""
    if isinstance(definition, cst.ClassDef):
        method = "__init__"
    elif isinstance(definition, syntax.Assignment):
        owner = sources.class_of(symbol.path, definition.value)
        if owner is None:
            return _function_made(sources, symbol.path, definition.value)
        symbol, method = owner, "__call__"
    function = sources.function(Symbol(symbol.path, f"{symbol.name}.{method}".rstrip(".")))
    return (symbol.path or "", function) if function else None


def _function_made(
    sources: Sources, path: str, value: cst.BaseExpression
) -> tuple[str, cst.FunctionDef] | None:
    """The inner function that `require_user()` returns, or that of `partial(function)`."""
    if not isinstance(value, cst.Call):
        return None
    if is_partial(value):
        return injected_function(sources, symbol_of(sources, path, value.args[0].value))
    is_plain = all(syntax.dotted(each.value) in ("True", "False") for each in value.args)
    maker = sources.resolve(path, syntax.dotted(value.func))
    outer = sources.function(maker)
    if maker is None or outer is None or not is_plain:
        return None
    inner = inner_function(outer)
    return (maker.path or "", inner) if inner else None


def credential(
    sources: Sources, file: str, function: cst.FunctionDef, depth: int = 6
) -> str | None:
    """What proves who is calling: a security scheme, a request, a cookie or a token header."""
    for target in targets(sources, file, function):
        scheme = scheme_of(sources, target.file, target.value)
        if scheme:
            return scheme
        symbol = symbol_of(sources, target.file, target.value)
        if is_of_fastapi_users(sources, symbol):
            return FASTAPI_USERS
        inner = injected_function(sources, symbol)
        found = credential(sources, *inner, depth - 1) if inner and depth else None
        if found:
            return found
    return _secret_header(sources, file, function)


def scheme_of(sources: Sources, file: str, value: cst.BaseExpression, depth: int = 4) -> str | None:
    """The name of the security class of which an expression is an instance."""
    if isinstance(value, cst.Call):
        return _scheme_class(sources, sources.resolve(file, syntax.dotted(value.func)), depth)
    symbol = sources.resolve(file, syntax.dotted(value))
    if known := provided(sources, symbol):
        return known[0]
    if symbol and symbol.package_name in CLASSES_ASKED:
        return "HTTPBearer"
    held = sources.assigned(symbol)
    if symbol and symbol.path and isinstance(held, cst.Call) and depth:
        return scheme_of(sources, symbol.path, held, depth - 1)
    return None


def _scheme_class(sources: Sources, symbol: Symbol | None, depth: int) -> str | None:
    for name in from_libraries(sources, symbol, depth):
        if name in SCHEMES:
            return SCHEMES[name][0]
        if name.startswith(SECURITY):
            return name.rpartition(".")[2]
    return None


def from_libraries(sources: Sources, symbol: Symbol | None, depth: int = 4) -> Iterator[str]:
    """The classes of libraries that a class is, or derives from."""
    definition = sources.definition(symbol)
    if symbol and symbol.path is None:
        yield symbol.name
    elif symbol and isinstance(definition, cst.ClassDef) and depth:
        for base in syntax.bases(definition):
            parent = sources.resolve(symbol.path or "", base)
            if parent != symbol:
                yield from from_libraries(sources, parent, depth - 1)


def is_of_fastapi_users(sources: Sources, symbol: Symbol | None) -> bool:
    """`fastapi_users.current_user(active=True)`, though not an optional or a superuser's one."""
    value = sources.assigned(symbol)
    if not isinstance(value, cst.Call) or not isinstance(value.func, cst.Attribute):
        return False
    refused = (syntax.argument(value, name) for name in ("optional", "superuser"))
    is_refused = any(syntax.dotted(each) == "True" for each in refused if each)
    return value.func.attr.value == "current_user" and not is_refused


def passes_credential_on(
    sources: Sources, file: str, function: cst.FunctionDef, depth: int = 4
) -> bool:
    """Whether a `return` gives the very token, cookie or header that came in, not who that is."""
    raw = {
        param.name.value
        for param in syntax.parameters(function)
        if _is_raw_parameter(sources, file, param, depth)
    }
    for each in syntax.assignments(function):
        if _is_raw(each.value, raw):
            raw.add(each.target)
    return any(_is_raw(value, raw) for value in syntax.returned(function))


def _is_raw(value: cst.BaseExpression, raw: set[str]) -> bool:
    name = syntax.dotted(value) or ""
    return name in raw or name.endswith(".credentials") or bool(SENT.match(syntax.code(value)))


def _is_raw_parameter(sources: Sources, file: str, param: cst.Param, depth: int) -> bool:
    given = said_of(param)
    marks = {_mark(sources, file, each) for part in given for each in syntax.walk(part)}
    if marks & {"Cookie", "Header", "Query"}:
        return True
    found = (target for part in given for target in _in_expression(sources, file, part))
    return any(_gives_credential(sources, target, depth) for target in found)


def _gives_credential(sources: Sources, target: Target, depth: int) -> bool:
    owner = sources.class_of(target.file, target.value)
    method = sources.function(Symbol(owner.path, f"{owner.name}.__call__")) if owner else None
    if owner and owner.path and method:
        return bool(depth) and passes_credential_on(sources, owner.path, method, depth - 1)
    if scheme_of(sources, target.file, target.value):
        return True
    symbol = sources.resolve(target.file, syntax.dotted(target.value))
    inner = injected_function(sources, symbol)
    return bool(inner and depth and passes_credential_on(sources, *inner, depth - 1))


def _is_asked(sources: Sources, function: cst.FunctionDef, request: str) -> bool:
    """Whether a request is asked for what only its sender can know; anybody can send a user's id.

    A session, a cookie, what a middleware has verified; or the request as a whole is handed on.
    """
    nodes = list(syntax.walk(function.body))
    read = [node for node in nodes if isinstance(node, cst.Attribute)]
    asked = [node.attr.value for node in read if syntax.dotted(node.value) == request]
    named = [node for node in nodes if isinstance(node, cst.Name) and node.value == request]
    if len(named) > len(asked):
        return True
    held = [node.attr.value for node in read if syntax.dotted(node.value) == f"{request}.state"]
    if held and len(held) == asked.count("state") and shared_state(sources).issuperset(held):
        asked = [each for each in asked if each != "state"]
    return any(
        _is_secret_read(nodes, f"{request}.{each}") if each in KEYED else each not in PUBLIC
        for each in asked
    ) or any(_is_read_of(node, request) for node in verified(function))


def _is_read_of(node: cst.CSTNode, request: str) -> bool:
    """`request.headers["X-Access"]` and its like, but not a name that anybody can write there."""
    mapping, key = "", None
    if isinstance(node, cst.Subscript):
        mapping, key = syntax.dotted(node.value) or "", syntax.key(node)
    elif isinstance(node, cst.Call):
        mapping = (syntax.dotted(node.func) or "").removesuffix(".get")
        key = syntax.argument(node, "key", 0)
    said = (syntax.text(key) or "").lower().replace("-", "_")
    is_sent = mapping in {f"{request}.headers", f"{request}.cookies"}
    return is_sent and said != "" and not CLAIMED.search(said)


def _is_secret_read(nodes: list[cst.CSTNode], mapping: str) -> bool:
    read = (node for node in nodes if isinstance(node, cst.Subscript))
    keys = [syntax.key(node) for node in read if syntax.dotted(node.value) == mapping]
    calls = [node for node in nodes if isinstance(node, cst.Call)]
    gets = [node for node in calls if syntax.dotted(node.func) == f"{mapping}.get"]
    keys += [key for node in gets if (key := syntax.argument(node, "key", 0))]
    texts = [(syntax.text(key) or "token").lower().replace("-", "_") for key in keys]
    if mapping.endswith(".cookies"):
        return not texts or any(not CLAIMED.fullmatch(text) for text in texts)
    return not texts or any(word in text for text in texts for word in TOKEN_WORDS)


def verified(function: cst.FunctionDef) -> frozenset[cst.CSTNode]:
    """The parts of what a function hands to a call that verifies it, by way of variables too."""
    calls = [node for node in syntax.walk(function.body) if isinstance(node, cst.Call)]
    given = [
        arg.value for call in calls if VERIFYING.search(last_name(call.func)) for arg in call.args
    ]
    found = {part for value in given for part in syntax.walk(value)}
    for each in reversed(list(syntax.assignments(function))):
        if each.target in {part.value for part in found if isinstance(part, cst.Name)}:
            found |= set(syntax.walk(each.value))
    return frozenset(found)


def is_verified_parameter(function: cst.FunctionDef, name: str) -> bool:
    """Whether a parameter is verified, and is not merely the name of a user to be looked up."""
    if CLAIMED.search(name.lower()):
        return False
    return any(isinstance(each, cst.Name) and each.value == name for each in verified(function))


def _secret_header(sources: Sources, file: str, function: cst.FunctionDef) -> str | None:
    """A header such as `X-User-ID` proves nothing, so only those that carry a secret count."""
    for param in syntax.parameters(function):
        symbol = sources.resolve(file, syntax.dotted(annotation_of(param)))
        kind = symbol.last_name if symbol else ""
        is_request = kind in ("Request", "HTTPConnection")
        if is_request and _is_asked(sources, function, param.name.value):
            return kind
        parts = [each for part in said_of(param) for each in syntax.walk(part)]
        marks = {_mark(sources, file, each) for each in parts}
        calls = (each for each in parts if isinstance(each, cst.Call))
        aliases = (syntax.text(syntax.argument(each, "alias")) for each in calls)
        said = " ".join([param.name.value, *filter(None, aliases)]).lower().replace("-", "_")
        secret = any(word in said for word in TOKEN_WORDS)
        is_verified = is_verified_parameter(function, param.name.value)
        if ("Query" in marks and secret and is_verified) or is_bare_token(function, param):
            return "Query"
        for mark in ("Cookie", "Header"):
            is_session = mark == "Cookie" and not CLAIMED.fullmatch(param.name.value.lower())
            if mark not in marks:
                continue
            if secret or is_session or is_verified:
                return mark
    return None


def is_bare_token(function: cst.FunctionDef, param: cst.Param) -> bool:
    """`token: str` that is verified, and that FastAPI reads from the query, as nothing marks it."""
    annotation = annotation_of(param)
    kind = syntax.dotted(syntax.required(annotation)) if annotation else None
    is_marked = isinstance(param.default, cst.Call)
    return kind == "str" and not is_marked and _is_verified_token(function, param)


def _is_verified_token(function: cst.FunctionDef, param: cst.Param) -> bool:
    name = param.name.value
    is_named = any(word in name.lower() for word in TOKEN_WORDS)
    return is_named and is_verified_parameter(function, name)
