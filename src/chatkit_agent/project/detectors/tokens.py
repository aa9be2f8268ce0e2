"""Tokens: how an application verifies its own JSON Web Tokens, by the names of its variables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import libcst as cst

from chatkit_agent.project.detectors.credentials import Reader, scheme_in
from chatkit_agent.project.facts import App, Auth, Named, SettingsClass, Tokens
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.claims import (
    NAMES,
    OPEN,
    claim_of_state,
    claim_read_in,
    returns_claims_of_provider,
    state_of,
    user_claim,
)
from chatkit_agent.project.source.environment import Environment, functions_in
from chatkit_agent.project.source.folders import is_side_file
from chatkit_agent.project.source.injection import from_libraries
from chatkit_agent.project.source.sources import Sources, Symbol
from chatkit_agent.project.source.speaking import speaking

LIBRARIES = {"jwt", "jose.jwt", "authlib.jose.jwt", "jwt.api_jwt", "joserfc.jwt"}
CODER = {"authlib.jose.JsonWebToken", "joserfc.jwt.JWTRegistry"}
CODERS = {"decode", "encode"}
KEY_CLIENTS = {"jwt.PyJWKClient", "jwt.jwks_client.PyJWKClient"}
# What verifies tokens of another kind than those that people sign in with; what may do so.
OTHERS = re.compile(
    r"reset|refresh|confirm|invit|expired|unverified|unsafe|unsubscribe|activat|download|share|state",
    re.IGNORECASE,
)
ASIDE = re.compile(r"email|apple|google|github|oauth", re.IGNORECASE)
CLAIM = rb"[\"'](?:%s)[\"']" % "|".join(NAMES).encode()
MOST_FILES = 12
"""A name that is in more files than these is too general to follow."""
BEARERS = {"HTTPBearer", "OAuth2PasswordBearer", "OAuth2AuthorizationCodeBearer"}
DEFAULT = "HS256"
# Not `received.decode()` and `received.decode("utf-8")`: what a token is read from is a name.
DECODING = rb"decode\((?!\s*(?:\)|[rb]?[\"']|errors\b|encoding\b))"
DECODE = re.compile(rb"decode(?=\s*\()")
OWNER = re.compile(rb"(?<![\w.])(?:[A-Za-z_]\w*\s*\.\s*)*\Z")
LONGEST_OWNER = 100
# By class of a library that signs and verifies them with one key, the audience.
SIGNERS = {"JWTStrategy": "fastapi-users:auth", "LoginManager": ""}


@dataclass(frozen=True)
class Decode:
    """One call that verifies a token."""

    file: str
    function: cst.FunctionDef
    call: cst.Call


def find_tokens(
    sources: Sources, app: App | None, settings: Sequence[SettingsClass], auth: Auth
) -> Tokens | None:
    """None where no token is verified with a key that stays the same."""
    decodes = sorted(_decodes(sources, app), key=lambda each: _rank(each, auth))
    environment = Environment(sources, tuple(settings))
    found = (_tokens(environment, each, auth) for each in decodes)
    best = next((each for each in found if each), None) or _of_signer(environment, auth)
    return replace(best, sign_in=Reader(sources, environment).sign_in()) if best else None


def _decodes(sources: Sources, app: App | None) -> Iterator[Decode]:
    root = f"{app.directory}/" if app and app.directory else ""
    for file in sources.mentioning(DECODING, b"jwt", aside=False):
        if not file.startswith(root):
            continue
        calls = _decoding(sources, file)
        for function in functions_in(sources.module(file, *calls)) if calls else ():
            if OTHERS.search(function.name.value):
                continue
            for node in syntax.walk(function.body):
                if isinstance(node, cst.Call) and _is_decode(sources, file, node):
                    yield Decode(file, function, node)


def _decoding(sources: Sources, file: str) -> list[bytes]:
    """How a file writes the calls that verify a token: what has none of these is not parsed."""
    written = dict.fromkeys(_decodes_written(sources.tree.read(file)))
    names = {each: b"".join(each.split()).decode() for each in written}
    found = [each for each in written if _is_named(sources, file, names[each], "decode")]
    return [rb"(?<![\w.])%s\s*\(" % re.escape(each) for each in found]


def _decodes_written(content: bytes) -> Iterator[bytes]:
    for found in DECODE.finditer(content):
        start = max(found.start() - LONGEST_OWNER, 0)
        if owner := OWNER.search(content[start : found.start()]):
            yield owner[0] + found[0]


def _is_decode(sources: Sources, file: str, call: cst.Call) -> bool:
    options = syntax.argument(call, "options")
    is_open = options is not None and OPEN.search(syntax.code(options))
    return not is_open and _is_call_of(sources, file, call, "decode")


def _is_call_of(sources: Sources, file: str, call: cst.Call, operation: str) -> bool:
    return _is_named(sources, file, syntax.dotted(call.func) or "", operation)


def _is_named(sources: Sources, file: str, name: str, operation: str) -> bool:
    if name.rpartition(".")[2] != operation:
        return False
    symbol = sources.resolve(file, name)
    known = {f"{library}.{operation}" for library in LIBRARIES}
    if symbol is not None and symbol.path is not None:
        return operation in CODERS and _is_coder(sources, file, name.rpartition(".")[0])
    return symbol is not None and symbol.name in known


def _is_coder(sources: Sources, file: str, name: str) -> bool:
    """`jwt = JsonWebToken(["HS256"])` of Authlib."""
    symbol = sources.resolve(file, name)
    held = sources.assigned(symbol)
    if symbol is None or symbol.path is None or not isinstance(held, cst.Call):
        return False
    called = syntax.dotted(held.func)
    made = sources.resolve(symbol.path, called)
    return made is not None and made.path is None and made.name in CODER


def _rank(decode: Decode, auth: Auth) -> tuple[bool, bool, str]:
    """That of the application's sign-in first, and none that is for something else."""
    files = {each.file for each in auth.dependencies}
    is_aside = _is_aside(decode.function)
    return is_aside, decode.file not in files, decode.file


def _tokens(environment: Environment, decode: Decode, auth: Auth) -> Tokens | None:
    sources, function = environment.sources, decode.function
    key = syntax.argument(decode.call, "key", 1)
    user = user_claim(sources, decode.file, function, decode.call)
    user = user or _claim_elsewhere(sources, decode, auth)
    user = user or ("sub" if returns_claims_of_provider(function) else None)
    if key is None or user is None:
        return None
    jwks = _keys_url(environment, decode)
    behind = jwks or environment.behind(decode.file, key, function) or _signing(environment, decode)
    algorithm = _algorithm(environment, decode)
    is_jwks = jwks is not None or ((algorithm.default or DEFAULT)[:2] != "HS" and not behind)
    header, scheme, cookie = _carrier(environment, decode, auth)
    return Tokens(
        file=decode.file,
        key=_key_without_secret(key),
        key_variable=behind.variable if behind else None,
        is_jwks=is_jwks,
        algorithm=algorithm,
        user=user,
        evidence=f"`{function.name.value}` in {decode.file} verifies them",
        header=header,
        scheme=scheme,
        issuer=_option(environment, decode, "issuer"),
        audience=_option(environment, decode, "audience"),
        cookie=cookie,
        key_service=find_key_service(environment, decode.file) if is_jwks else None,
    )


def _carrier(environment: Environment, decode: Decode, auth: Auth) -> tuple[str, Named, str]:
    """The header that brings the token, the word before it, and the cookie where that does."""
    own = Reader(environment.sources, environment).of_function(decode.file, decode.function)
    read = auth.best.credentials if auth.best and auth.best.tokens else own
    named = [each for each in read if each.place == "header"]
    cookies = [each.name for each in read if each.place == "cookie"]
    if named and named[0].name != "Authorization":
        return named[0].name, Named(default=named[0].scheme), ""
    header, scheme = _header(environment)
    if named and named[0].scheme and scheme.variable is None:
        scheme = Named(default=named[0].scheme)
    return header, scheme, cookies[0] if cookies and not named else ""


def _key_without_secret(key: cst.BaseExpression) -> str:
    """The expression, but never a secret that is written into it."""
    return "a secret in the code" if syntax.text(key) is not None else syntax.code(key)


def _signing(environment: Environment, decode: Decode) -> Named | None:
    """What the same file signs tokens with, where a shared secret verifies them."""
    for function in functions_in(environment.sources.module(decode.file, b"encode")):
        for node in syntax.walk(function.body):
            if isinstance(node, cst.Call) and _is_call_of(
                environment.sources, decode.file, node, "encode"
            ):
                key = syntax.argument(node, "key", 1)
                return environment.behind(decode.file, key, function)
    return None


def _option(environment: Environment, decode: Decode, name: str) -> Named | None:
    value = syntax.argument(decode.call, name)
    return environment.behind(decode.file, value, decode.function)


def _algorithm(environment: Environment, decode: Decode) -> Named:
    value = _or_first_of(syntax.argument(decode.call, "algorithms", 2))
    found = environment.behind(decode.file, value, decode.function)
    return Named(found.variable, found.default or DEFAULT) if found else Named(default=DEFAULT)


def _or_first_of(value: cst.BaseExpression | None) -> cst.BaseExpression | None:
    if isinstance(value, cst.List | cst.Tuple) and value.elements:
        return value.elements[0].value
    return value


def _keys_url(environment: Environment, decode: Decode) -> Named | None:
    """What `PyJWKClient(...)` in the same file fetches keys from."""
    sources = environment.sources
    names = speaking(sources, decode.file, "PyJWKClient")
    for node in syntax.walk(sources.module(decode.file, *names)):
        if isinstance(node, cst.Call):
            symbol = sources.resolve(decode.file, syntax.dotted(node.func))
            if symbol and symbol.package_name in KEY_CLIENTS:
                url = syntax.argument(node, "uri", 0)
                return environment.behind(decode.file, url, decode.function) or Named()
    return None


def _claim_elsewhere(sources: Sources, decode: Decode, auth: Auth) -> str | None:
    """Where the claims are returned, what the sign-in takes from them."""
    files = dict.fromkeys([*(each.file for each in auth.dependencies[:1]), decode.file])
    if state := state_of(decode.function, decode.call):
        texts = (sources.text(file) for file in sources.holding(f".state.{state}".encode()))
        if found := claim_of_state(texts, state):
            return found
    decoding = decode.function.name.value
    name = decoding.encode()
    used = sources.mentioning(rb"\b%s\s*[(),]" % name, name, aside=False)
    reading = set(sources.mentioning(CLAIM, aside=False))
    wanted = [file for file in {**files, **dict.fromkeys(used)} if file in reading]
    for file in wanted[:MOST_FILES]:
        for function in functions_in(sources.module(file)):
            is_other = OTHERS.search(function.name.value) or _is_aside(function)
            if not is_other and (found := claim_read_in(function, decoding)):
                return found
    return None


def _is_aside(function: cst.FunctionDef) -> bool:
    return ASIDE.search(function.name.value) is not None


def _header(environment: Environment) -> tuple[str, Named]:
    """The header that brings the token, and the word before it: `Bearer` unless they say so."""
    sources, bearer = environment.sources, Named(default="Bearer")
    files = sources.holding(b"fastapi.security", aside=False)
    texts = [sources.text(file) for file in files]
    if any(re.search(rf"\b{name}\b", text) for name in BEARERS for text in texts):
        return "Authorization", bearer
    headers = [name for file in files for name in _header_names(environment, file)]
    if not headers:
        return "Authorization", bearer
    if headers[0].lower() != "authorization":
        return headers[0], Named(default="")
    return headers[0], scheme_in(environment) or bearer


def _header_names(environment: Environment, file: str) -> Iterator[str]:
    """`APIKeyHeader(name="Authorization")`, or what is derived from it."""
    for node in syntax.walk(environment.sources.module(file, b"KeyHeader")):
        if isinstance(node, cst.Call) and (syntax.dotted(node.func) or "").endswith("KeyHeader"):
            named = environment.behind(file, syntax.argument(node, "name"))
            if named and named.default:
                yield named.default


def _of_signer(environment: Environment, auth: Auth) -> Tokens | None:
    """Those that `JWTStrategy(secret=SECRET, ...)` or `LoginManager(SECRET, ...)` signs."""
    sources = environment.sources
    for file in sources.holding(b"Strategy(", b"JWTStrategy)", b"LoginManager(", aside=False):
        module = sources.module(file, b"Strategy", b"LoginManager")
        for called, call in _calls_in(module):
            name = _signer(sources, sources.resolve(file, called))
            key = syntax.argument(call, "secret", 0)
            if name and key is not None:
                return _of_call(environment, auth, file, call, key, name)
    return None


def _calls_in(module: cst.Module) -> Iterator[tuple[str, cst.Call]]:
    """Each call with what it makes: `super().__init__(...)` in a class is that class's."""
    for kind in syntax.classes(module):
        for node in syntax.walk(kind):
            if isinstance(node, cst.Call) and syntax.code(node.func) == "super().__init__":
                yield kind.name.value, node
    for node in syntax.walk(module):
        if isinstance(node, cst.Call) and (called := syntax.dotted(node.func)):
            yield called, node


def _signer(sources: Sources, symbol: Symbol | None) -> str:
    """Also of a class that derives from one of theirs, and leaves reading tokens to it."""
    for each in from_libraries(sources, symbol):
        name = each.rpartition(".")[2]
        is_theirs = each.startswith(("fastapi_users.", "fastapi_login.")) and name in SIGNERS
        if symbol and is_theirs:
            reads = sources.function(Symbol(symbol.path, f"{symbol.name}.read_token"))
            return "" if reads else name
    return ""


def _of_call(
    environment: Environment,
    auth: Auth,
    file: str,
    call: cst.Call,
    key: cst.BaseExpression,
    name: str,
) -> Tokens:
    of_users = name == "JWTStrategy"
    key = syntax.argument(call, "public_key", 4 if of_users else None) or key
    behind = environment.behind(file, key)
    given = syntax.argument(call, "algorithm", 3 if of_users else None)
    algorithm = environment.behind(file, given)
    audience = syntax.argument(call, "token_audience", 2 if of_users else None)
    own = environment.behind(file, _or_first_of(audience)) or Named(default=SIGNERS[name])
    reader = Reader(environment.sources, environment)
    read = auth.best.credentials if auth.best else reader.of_transports()
    cookies = [each.name for each in read if each.place == "cookie"]
    return Tokens(
        file=file,
        key=_key_without_secret(key),
        key_variable=behind.variable if behind else None,
        is_jwks=False,
        algorithm=algorithm or Named(default=DEFAULT),
        user="sub",
        evidence=f"`{name}` in {file} signs and verifies them",
        audience=own if own.variable or own.default else None,
        cookie=cookies[0] if cookies else "",
    )


KEYS = re.compile(r"jwks|\.well-known|/certs\b|/keys\b|public[-_]?keys?", re.IGNORECASE)


def find_key_service(environment: Environment, verifying: str) -> Named | None:
    """What `f"{settings.sso_url}/api/auth/jwks"` begins with, first in the file that verifies.

    None where the address begins with `https://`: nobody else can answer there.
    """
    files = environment.sources.holding(b"jwks", b".well-known", b"/certs", b"/keys")
    for file in sorted(files, key=lambda each: each != verifying):
        if is_side_file(file):
            continue
        for node in syntax.walk(environment.sources.module(file)):
            if isinstance(node, cst.FormattedString | cst.BinaryOperation):
                first = _first(node) if KEYS.search(syntax.code(node)) else None
                found = _behind(environment, file, first) if first is not None else None
                if found and found.variable:
                    return found
    return None


def _first(node: cst.BaseExpression) -> cst.BaseExpression | None:
    """The expression with which a text begins."""
    if isinstance(node, cst.BinaryOperation):
        return _first(node.left) if isinstance(node.operator, cst.Add) else None
    if isinstance(node, cst.FormattedString):
        part = next(iter(node.parts), None)
        return part.expression if isinstance(part, cst.FormattedStringExpression) else None
    return node


def _behind(environment: Environment, file: str, value: cst.BaseExpression) -> Named | None:
    if isinstance(value, cst.Call) and isinstance(value.func, cst.Attribute):
        bare = value.func.attr.value in ("rstrip", "removesuffix")
        value = value.func.value if bare else value
    name = syntax.dotted(value) or ""
    if name.startswith("self."):
        return environment.of_field(name.rpartition(".")[2])
    return environment.behind(file, value)
