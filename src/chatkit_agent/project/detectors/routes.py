"""Routes: those that read, which `--tools routes` would make the assistant's tools."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from chatkit_agent.project.facts import App, Auth, Route
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.sources import Sources, Symbol
from chatkit_agent.project.source.values import joined, pieces_of
from chatkit_agent.project.source.walking import decorating_calls, said_of

READING = rb"@[\w.]+\.get\("
INCLUDING = b"include_router"
# Where people sign in, and what watches over a server, as the delivered code leaves it out.
NEVER = re.compile(
    r"(?i)(?<![a-z])(?:auth|authenticate|authorize|oauth2?|oidc|saml|sso|jwt|log[-_]?(?:in|out)"
    r"|sign[-_]?(?:in|out|up)|regist(?:er|ration)|tokens?|passwords?|otp|totp|[m2]fa|api[-_]?keys?"
    r"|health(?:[yz]|[-_]?checks?)?|live(?:z|ness)|read(?:yz|iness)|ping|metrics|webhooks?)(?![a-z])"
)
FILES = re.compile(r"(?:Streaming|File|HTML|Redirect|EventSource)Response$")
MOST_HOPS = 8

Owner = tuple[str, str]
"""The file and the name of a router or an application."""


@dataclass(frozen=True)
class Include:
    """A router in another: what its paths begin with, None where that is computed."""

    inside: Owner
    prefix: str | None


def find_routes(sources: Sources, app: App | None, auth: Auth) -> tuple[Route, ...]:
    """Of the application, in the order of its files; what knows the person stands first."""
    if app is None:
        return ()
    includes = includes_of(sources)
    users = {each.name for each in auth.dependencies}
    own = app.file.rpartition("/")[0].split("/")[0]
    files = sources.mentioning(READING, b".get(", aside=False)
    mine = [file for file in files if not own or file.startswith(f"{own}/")]
    found = [route for file in mine for route in _in_file(sources, file, includes, users)]
    return tuple(sorted(dict.fromkeys(found), key=lambda each: not each.knows_person))


def _in_file(
    sources: Sources, file: str, includes: dict[Owner, list[Include]], users: set[str]
) -> Iterator[Route]:
    for function in syntax.functions(sources.module(file, READING, bodies=False)):
        for call in decorating_calls(function):
            owner, _, method = _called_name(call).rpartition(".")
            if method != "get" or not owner:
                continue
            path = syntax.text(syntax.argument(call, "path", 0))
            if path is None or not _may_be_a_tool(call):
                continue
            for start in starts_of(sources, owner_named(sources, file, owner), includes):
                whole = f"{start}{path}"
                knows = _knows(sources, file, function, users)
                if (whole.strip("/") or knows) and not NEVER.search(whole):
                    yield Route("GET", whole, file, function.name.value, knows)


def _called_name(call: cst.CSTNode) -> str:
    return (syntax.dotted(call.func) or "") if isinstance(call, cst.Call) else ""


def _may_be_a_tool(call: cst.Call) -> bool:
    hidden = syntax.argument(call, "include_in_schema")
    kind = syntax.dotted(syntax.argument(call, "response_class")) or ""
    is_old = syntax.argument(call, "deprecated")
    is_hidden = hidden is not None and syntax.code(hidden) == "False"
    return not (is_hidden or FILES.search(kind) or (is_old and syntax.code(is_old) == "True"))


def includes_of(sources: Sources) -> dict[Owner, list[Include]]:
    """Into what each router is included, wherever that is written."""
    found: dict[Owner, list[Include]] = {}
    for file in sources.holding(INCLUDING, aside=False):
        for call in syntax.walk(sources.module(file, INCLUDING)):
            owner, _, method = _called_name(call).rpartition(".")
            if not isinstance(call, cst.Call) or method != "include_router" or not owner:
                continue
            router = _owner(sources, file, syntax.argument(call, "router", 0))
            prefix = _text(sources, file, syntax.argument(call, "prefix"))
            if router is not None:
                into = owner_named(sources, file, owner)
                found.setdefault(router, []).append(Include(into, prefix))
    return found


def _owner(sources: Sources, file: str, value: cst.BaseExpression | None) -> Owner | None:
    symbol = sources.resolve(file, syntax.dotted(value))
    return (symbol.path, symbol.name) if symbol and symbol.path else None


def owner_named(sources: Sources, file: str, name: str) -> Owner:
    symbol = sources.resolve(file, name)
    return (file, name) if symbol is None else (symbol.path or "", symbol.name)


def starts_of(
    sources: Sources, owner: Owner, includes: dict[Owner, list[Include]], hops: int = MOST_HOPS
) -> Iterator[str]:
    """What paths of a router begin with; nothing where it is in no application."""
    file, name = owner
    if not file:
        return
    made = sources.assigned(Symbol(file, name))
    own = ""
    if isinstance(made, cst.Call) and _called_name(made).rpartition(".")[2] == "APIRouter":
        prefix = _text(sources, file, syntax.argument(made, "prefix"))
        if prefix is None or not hops:
            return
        own = prefix
        for each in includes.get(owner, ()):
            if each.prefix is not None:
                outer = starts_of(sources, each.inside, includes, hops - 1)
                yield from (f"{start}{each.prefix}{own}" for start in outer)
    elif made is None or _makes_application(sources, file, made):
        # An application, at the top of a module or (without a definition) in a function.
        yield ""


def _makes_application(sources: Sources, file: str, made: cst.BaseExpression) -> bool:
    """`FastAPI()`, or a function in which it is made, often under the same name."""
    name = _called_name(made)
    function = sources.function(sources.resolve(file, name)) if name else None
    names = [name, *map(_called_name, syntax.walk(function) if function else ())]
    return any(each.endswith("FastAPI") for each in names)


def _text(
    sources: Sources, file: str, value: cst.BaseExpression | None, hops: int = 4
) -> str | None:
    """A prefix: empty where there is none, None where it is computed."""
    if value is None:
        return ""
    if (literal := syntax.text(value)) is not None:
        return literal
    if isinstance(value, cst.FormattedString) and hops:
        return joined(pieces_of(value, lambda each: _text(sources, file, each, hops - 1)))
    symbol = sources.resolve(file, syntax.dotted(value))
    if symbol is None or symbol.path is None or not hops:
        return None
    if (held := sources.assigned(symbol)) is not None:
        return _text(sources, symbol.path, held, hops - 1)
    owner, _, name = symbol.name.rpartition(".")
    kind = sources.kind_of(Symbol(symbol.path, owner)) if owner else None
    definition = sources.definition(kind)
    fields = syntax.assignments(definition) if isinstance(definition, cst.ClassDef) else ()
    return next((syntax.text(each.value) for each in fields if each.target == name), None)


def _knows(sources: Sources, file: str, function: cst.FunctionDef, users: set[str]) -> bool:
    """Whether it depends on who is signed in, directly or under a name for that."""
    for each in syntax.parameters(function):
        code = " ".join(map(syntax.code, said_of(each)))
        if users & set(re.findall(r"\w+", code)):
            return True
        for name in re.findall(r"[A-Za-z_][\w.]*", code):
            held = sources.assigned(sources.resolve(file, name))
            if held is not None and users & set(re.findall(r"\w+", syntax.code(held))):
                return True
    return False
