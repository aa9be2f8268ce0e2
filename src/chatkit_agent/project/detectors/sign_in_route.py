"""Sign-in route: the one that takes a name and a password and gives a token."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import libcst as cst

from chatkit_agent.project.detectors.routes import includes_of, owner_named, starts_of
from chatkit_agent.project.facts import App, Auth, SignIn, Tokens, UserDependency
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.source.walking import (
    annotation_of,
    called_name,
    decorating_calls,
    entries_in,
    last_name,
    said_of,
)

POSTING = rb"(?:^|\n)[ \t]*@[^\n]*\.post\("
GIVEN = ("access_token", "token", "accessToken")
NAMES = ("username", "email", "login", "user_name", "name")
OTHER = re.compile(r"(?i)regist|sign[-_]?up|create|reset|refresh|forg|change|verif|invite|admin")
LIKELY = re.compile(r"(?i)log[-_]?in|sign[-_]?in|tokens?|authenticate|sessions?|jwt")
FORM = "OAuth2PasswordRequestForm"


def find_sign_in_route(sources: Sources, app: App | None) -> SignIn | None:
    """None where there is none, or more than one that could be it."""
    root = f"{app.directory}/" if app and app.directory else ""
    files = [
        file
        for file in sources.mentioning(POSTING, b".post(", aside=False)
        if file.startswith(root) and re.search(rb"(?i)token", sources.tree.read(file))
    ]
    includes = includes_of(sources) if files else {}
    found: dict[SignIn, None] = {}
    for file in files:
        for function, call in _post_routes(sources, file):
            json_name = _name_field(sources, file, function)
            token = _token_field(sources, file, function, call)
            if json_name is None or token is None:
                continue
            owner = owner_named(sources, file, called_name(call.func).rpartition(".")[0])
            path = syntax.text(syntax.argument(call, "path", 0)) or ""
            for start in starts_of(sources, owner, includes):
                found[SignIn(f"{start}{path}", json_name, token)] = None
    return _only([each for each in found if not OTHER.search(each.path)])


def with_sign_in_route(
    sources: Sources, app: App | None, auth: Auth, tokens: Tokens | None
) -> tuple[Auth, Tokens | None]:
    """The same, where a header's token is had by a route that no scheme of FastAPI's names."""
    carried = [one for each in auth.dependencies for one in each.credentials]
    is_told = any(one.sign_in for one in carried) or (tokens is not None and tokens.sign_in)
    is_sent = any(one.place == "header" for one in carried) or tokens is not None
    route = None if is_told or not is_sent else find_sign_in_route(sources, app)
    if route is None:
        return auth, tokens
    people = tuple(_with_route(each, route) for each in auth.dependencies)
    if tokens is not None:
        tokens = replace(tokens, sign_in=route)
    return replace(auth, dependencies=people), tokens


def _with_route(user: UserDependency, route: SignIn) -> UserDependency:
    credentials = (
        replace(each, sign_in=route) if each.place == "header" else each
        for each in user.credentials
    )
    return replace(user, credentials=tuple(credentials))


def _only(found: Sequence[SignIn]) -> SignIn | None:
    likely = [each for each in found if LIKELY.search(each.path.rpartition("/")[2])]
    named = likely if len(found) > 1 else found
    return named[0] if len(named) == 1 else None


def _post_routes(sources: Sources, file: str) -> Iterator[tuple[cst.FunctionDef, cst.Call]]:
    """Those that take a name; of the others no body is parsed, which a large project has by
    the hundred."""
    heads = _posting(sources.module(file, POSTING, bodies=False))
    taking = {each.name.value for each, _ in heads if _name_field(sources, file, each) is not None}
    if taking:
        named = "|".join(map(re.escape, sorted(taking)))
        yield from _posting(sources.module(file, rf"\bdef\s+(?:{named})\b".encode()))


def _posting(module: cst.Module) -> Iterator[tuple[cst.FunctionDef, cst.Call]]:
    for function in syntax.functions(module):
        if OTHER.search(function.name.value):
            continue
        for call in decorating_calls(function):
            if last_name(call.func) == "post":
                yield function, call


def _name_field(sources: Sources, file: str, function: cst.FunctionDef) -> str | None:
    """How the name is called in the body; empty for FastAPI's form, None where there is neither."""
    of_form: set[str] = set()
    for param in syntax.parameters(function):
        written = " ".join(map(syntax.code, said_of(param)))
        if re.search(rf"\b{FORM}(?:Strict)?\b", written):
            return ""
        if re.search(r"\bForm\(", written):
            of_form.add(param.name.value)
        kind = _bare_kind(annotation_of(param))
        fields = _fields(sources, file, syntax.dotted(kind)) if kind else []
        name = next((each for each in NAMES if each in fields), None)
        if name and "password" in fields and len(fields) == 2:
            return name
    return "" if {"username", "password"} <= of_form else None


def _bare_kind(annotation: cst.BaseExpression | None) -> cst.BaseExpression | None:
    """`Login` of `Annotated[Login, Body()]` and of `Login`."""
    name = syntax.dotted(annotation.value) if isinstance(annotation, cst.Subscript) else None
    if isinstance(annotation, cst.Subscript) and (name or "").endswith("Annotated"):
        return syntax.subscripts(annotation)[0]
    return annotation


def _fields(sources: Sources, file: str, name: str | None, hops: int = 3) -> list[str]:
    """The fields of a class that have to be given, its bases' first."""
    symbol = sources.resolve(file, name)
    found = sources.definition(symbol)
    if not (symbol and symbol.path and isinstance(found, cst.ClassDef) and hops):
        return []
    own = [
        target
        for each in syntax.annotated(found)
        if _is_required(each) and (target := syntax.dotted(each.target))
    ]
    outer = (_fields(sources, symbol.path, base, hops - 1) for base in syntax.bases(found))
    return [*(each for inherited in outer for each in inherited), *own]


def _is_required(field: cst.AnnAssign) -> bool:
    """`password: str` and `Field(min_length=8)`, but not `Field("x")` and `= None`."""
    value = field.value
    if not isinstance(value, cst.Call):
        return value is None
    given = syntax.argument(value, "default", 0)
    made = syntax.argument(value, "default_factory")
    return made is None and (given is None or syntax.code(given) == "...")


def _keys_of(value: cst.BaseExpression | None) -> set[str | None]:
    return {syntax.text(each.key) for each in entries_in(value)}


def _token_field(
    sources: Sources, file: str, function: cst.FunctionDef, call: cst.Call
) -> str | None:
    """The field of its answer that is a token."""
    keys: set[str | None] = set()
    for value in filter(None, syntax.returned_values(function)):
        keys |= _keys_of(value)
        made = value.args if isinstance(value, cst.Call) else ()
        keys |= {each.keyword.value for each in made if each.keyword}
        content = syntax.argument(value, "content", 0) if isinstance(value, cst.Call) else None
        keys |= _keys_of(content)
    annotation = function.returns.annotation if function.returns else None
    for model in (annotation, syntax.argument(call, "response_model")):
        keys |= {*_fields(sources, file, syntax.dotted(model))} if model else set()
    return next((each for each in GIVEN if each in keys), None)
