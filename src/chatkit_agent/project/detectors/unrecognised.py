"""Unrecognised: what lets people in, where no dependency gives a user whose id can be told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import libcst as cst

from chatkit_agent.project.detectors.credentials import Reader
from chatkit_agent.project.facts import App, Auth, SettingsClass
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.environment import Environment, functions_in
from chatkit_agent.project.source.injection import (
    asked_for,
    credential,
    injected_function,
    scheme_of,
)
from chatkit_agent.project.source.sources import Sources, Symbol
from chatkit_agent.project.source.walking import decorating_calls, within_node

LIKELY = re.compile(
    r"auth|token|key|verif|guard|bearer|protect|secur|login|session|user|jwt|credential|sign|check"
    r"|require|valid|permission|identity|header|admin|scheme|account|access|cookie|client|caller",
    re.IGNORECASE,
)
# What a dependency refuses whom it does not know with, whatever its name is.
UNKNOWN = re.compile(r"\b401\b|HTTP_401|HTTPStatus\.UNAUTHORIZED")
OPTIONAL = re.compile(r"optional|maybe|or_none|anonymous", re.IGNORECASE)
SIGNING_IN = re.compile(
    r"auth|jwt|clerk|keycloak|cognito|okta|descope|stytch|workos|kinde|supertokens|login|oidc"
    r"|security|plugin",
    re.IGNORECASE,
)
OF_SESSION = re.compile(
    r"\w+\.session(?:\[|\.get\()\s*[\"'](?:\w*user\w*|uid|sub|account\w*|e?mail|login)[\"'][\])]"
)
GIVEN_REQUEST = re.compile(r"(?<![\w.])([A-Za-z_][\w.]*)\(\s*request\w*\s*\)")
ADDED = (
    b".middleware(",
    b"add_middleware(",
    b"Middleware(",
    b"AuthenticationBackend",
    b"call_next",
)
METHODS = ("dispatch", "authenticate", "__call__")
DELIVERED = "chatkit_runtime"
"""What asks for a credential there is the chat's, once it was added."""
MOST = 3
MOST_ASKED = 200
"""So many names are looked at; a project with more has its sign-in among the most common."""


def find_unrecognised(
    sources: Sources, app: App | None, auth: Auth, settings: Sequence[SettingsClass]
) -> Auth:
    """The same, with what else looks like a sign-in where none of the dependencies does as one."""
    if auth.dependencies or auth.rivals:
        return auth
    found = dict.fromkeys(auth.not_used)
    known = " ".join(auth.not_used)
    takers = (*_credential_takers(sources, app), *_middlewares(sources, app, settings))
    for each in (*takers, *_sessions(sources, app), *_readers_of_requests(sources, app)):
        if each.partition(" in ")[0] not in known and len(found) < MOST:
            found[each] = None
    return replace(auth, not_used=tuple(found))


def _files(sources: Sources, app: App | None, *words: bytes) -> list[str]:
    root = f"{app.directory}/" if app and app.directory else ""
    files = (file for file in sources.holding(*words, aside=False) if file.startswith(root))
    return [file for file in files if DELIVERED not in file.split("/")]


def _credential_takers(sources: Sources, app: App | None) -> Iterator[str]:
    """Dependencies that take a credential, whatever they give."""
    places = {
        name: (file, end == "(")
        for file in _files(sources, app, b"Depends(", b"Security(")
        for name, end in (found.groups() for found in asked_for(sources.text(file), made=True))
        if not OPTIONAL.search(name)
    }
    bare, unproved = [], []
    names = sorted(places, key=lambda name: LIKELY.search(name) is None)[:MOST_ASKED]
    for name, (file, is_made) in ((each, places[each]) for each in names):
        symbol = sources.resolve(file, name)
        known_by = _known_by(sources, symbol, is_made=is_made, is_likely=bool(LIKELY.search(name)))
        if symbol is None and LIKELY.search(name) and (inner := _inside(sources, file, name)):
            yield (
                f"`{name}` in `{file}` asks for {inner}, and stands inside of a function, where "
                "the chat cannot ask for it (move it to its module)"
            )
        if symbol is not None and known_by is None and _refuses_the_unknown(sources, symbol):
            unproved.append(
                f"`{name}` in `{symbol.path}` refuses some with 401, and reads nothing that proves "
                "who is calling"
            )
        if symbol is None or known_by is None:
            continue
        where = symbol.path or file
        said = f"`{name}` in `{where}` asks for {known_by}, and does not tell whose it is"
        if symbol.path is None or _is_scheme(sources, symbol):
            bare.append(said)
        else:
            yield f"{said}{_to_be_named(name)}" if is_made else said
    # `Depends(HTTPBearer())` is what most of the others rest on.
    yield from (*bare, *unproved)


def _inside(sources: Sources, file: str, name: str) -> str | None:
    """What is asked for by a dependency that a function, such as `create_app`, has to itself."""
    written = rb"[ \t](?:def[ \t]+%s\b|%s[ \t]*=)" % (name.encode(), name.encode())
    for outer in functions_in(sources.module(file, written)):
        for each in within_node(outer.body, cst.FunctionDef):
            if each.name.value == name and (found := credential(sources, file, each)):
                return _in_words(found)
        for held in syntax.assignments(outer):
            if held.target == name and (found := scheme_of(sources, file, held.value)):
                return _in_words(found)
    return None


def _to_be_named(name: str) -> str:
    return f" (what it makes needs a name in a module, such as `signed_in = {name}()`)"


def _is_scheme(sources: Sources, symbol: Symbol) -> bool:
    return sources.assigned(symbol) is not None and injected_function(sources, symbol) is None


def _known_by(
    sources: Sources, symbol: Symbol | None, *, is_made: bool, is_likely: bool
) -> str | None:
    """What is asked for, in words."""
    if symbol is None:
        return None
    if given := _from_library(sources, symbol):
        return f"what `{given}` verifies"
    if not is_likely and not _refuses_the_unknown(sources, symbol):
        return None
    if is_made:
        found = _known_by_made(sources, symbol)
    elif symbol.path is None:
        return None
    else:
        function = injected_function(sources, symbol)
        found = credential(sources, *function) if function else None
        if found == "Request" and function and any(within_node(function[1].body, cst.Yield)):
            return None  # A database's session, which a middleware has opened.
        found = found or scheme_of(sources, symbol.path, cst.parse_expression(symbol.name))
    return _in_words(found) if found else None


def _refuses_the_unknown(sources: Sources, symbol: Symbol) -> bool:
    function = injected_function(sources, symbol) if symbol.path else None
    return function is not None and UNKNOWN.search(syntax.code(function[1].body)) is not None


def _from_library(sources: Sources, symbol: Symbol) -> str | None:
    """The package whose object `auth` is, in `Depends(auth.require_user)` and `Depends(auth)`."""
    if symbol.path is None:
        package = symbol.name.partition(".")[0]
        return package if SIGNING_IN.search(package) else None
    owner = symbol.name.rpartition(".")[0] or symbol.name
    made = sources.assigned(Symbol(symbol.path, owner)) if symbol.path else None
    called = syntax.dotted(made.func) if isinstance(made, cst.Call) else None
    kind = sources.resolve(symbol.path or "", called)
    package = kind.package_name.partition(".")[0] if kind else ""
    return package if SIGNING_IN.search(package) else None


def _known_by_made(sources: Sources, symbol: Symbol) -> str | None:
    """Of `JWTBearer()`, a class, or `require_user()`, a function that makes a dependency."""
    path, maker = symbol.path, sources.function(symbol)
    if path is None:
        is_scheme = symbol.name.startswith("fastapi.security.")
        return symbol.last_name if is_scheme else None
    if maker is None:
        found = scheme_of(sources, path, cst.parse_expression(f"{symbol.name}()"))
        return found or _credential_of_call(sources, symbol)
    made = [(path, each) for each in syntax.functions(maker)]
    for value in syntax.returns(maker):
        given = injected_function(sources, sources.resolve(path, syntax.dotted(value)))
        made += [given] if given else []
    return next((known_by for each in made if (known_by := credential(sources, *each))), None)


def _credential_of_call(sources: Sources, symbol: Symbol) -> str | None:
    method = sources.function(Symbol(symbol.path, f"{symbol.name}.__call__"))
    return credential(sources, symbol.path or "", method) if method else None


def _in_words(known_by: str) -> str:
    named = {"Request": "something of the request", "Cookie": "a cookie", "Header": "a header"}
    named["Query"] = "a query parameter"
    return named.get(known_by, f"a credential ({known_by})")


def _middlewares(
    sources: Sources, app: App | None, settings: Sequence[SettingsClass]
) -> Iterator[str]:
    """Middlewares that read a credential of each request."""
    reader = Reader(sources, Environment(sources, tuple(settings)))
    for file in _files(sources, app, *ADDED):
        for owner, function in _standing_between(sources, file):
            if read := reader.of_function(file, function):
                name = owner or function.name.value
                yield f"the middleware `{name}` in `{file}` reads {read[0]} of each request"


def _sessions(sources: Sources, app: App | None) -> Iterator[str]:
    """Routes that look up themselves who is signed in."""
    for file in _files(sources, app, b".session"):
        for function in functions_in(sources.module(file, b".session")):
            read = OF_SESSION.search(syntax.code(function))
            if read and function.decorators:
                yield (
                    f"`{function.name.value}` in `{file}` reads `{read[0]}` itself, and no "
                    "dependency gives who that is"
                )


def _readers_of_requests(sources: Sources, app: App | None) -> Iterator[str]:
    """Functions that routes hand the request to, and that refuse whom they do not know."""
    for file in _files(sources, app, b"(request"):
        for name in dict.fromkeys(GIVEN_REQUEST.findall(sources.text(file))):
            symbol = sources.resolve(file, name) if LIKELY.search(name) else None
            function = sources.function(symbol)
            if symbol is None or symbol.path is None or function is None:
                continue
            refuses = any(isinstance(node, cst.Raise) for node in syntax.walk(function.body))
            known_by = credential(sources, symbol.path, function) if refuses else None
            if known_by:
                yield (
                    f"`{name}` in `{symbol.path}` asks for {_in_words(known_by)} where routes call "
                    "it, and no dependency gives who that is"
                )


def _standing_between(sources: Sources, file: str) -> Iterator[tuple[str, cst.FunctionDef]]:
    module = sources.module(file)
    for function in functions_in(module):
        names = [syntax.dotted(each.func) for each in decorating_calls(function)]
        takes = {each.name.value for each in syntax.parameters(function)}
        is_added = any((name or "").endswith(".middleware") for name in names)
        if is_added or ("call_next" in takes and "self" not in takes):
            yield "", function
    for kind in syntax.classes(module):
        bases = " ".join(syntax.bases(kind))
        if "Middleware" in bases or "AuthenticationBackend" in bases:
            methods = [each for each in syntax.functions(kind) if each.name.value in METHODS]
            yield from ((kind.name.value, each) for each in methods)
