"""Credentials: what a request carries to sign its user in, read from the code that takes it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import libcst as cst

from chatkit_agent.project.facts import (
    BEARER,
    Auth,
    Credential,
    Named,
    SettingsClass,
    SignIn,
    UserDependency,
)
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.environment import Environment, functions_in, functions_near
from chatkit_agent.project.source.injection import (
    CLAIMED,
    TOKEN_WORDS,
    from_libraries,
    injected_function,
    is_bare_token,
    is_of_fastapi_users,
    is_verified_parameter,
    scheme_of,
    symbol_of,
    targets,
    verified,
)
from chatkit_agent.project.source.sign_in_libraries import provided
from chatkit_agent.project.source.sources import Sources, Symbol
from chatkit_agent.project.source.values import joined, pieces_of
from chatkit_agent.project.source.walking import annotation_of, last_name, said_of, within_node

BEARERS = {"OAuth2", "OAuth2PasswordBearer", "OAuth2AuthorizationCodeBearer", "OpenIdConnect"}
BEARERS |= {"HTTPBearer", "OAuth2PasswordRequestForm"}
KEYS = {"APIKeyHeader": "header", "APIKeyCookie": "cookie", "APIKeyQuery": "query"}
MARKS = {"Header": "header", "Cookie": "cookie", "Query": "query"}
READ = {"headers": "header", "cookies": "cookie", "query_params": "query"}
REQUESTS = {"Request", "HTTPConnection", "WebSocket"}
WITH_BEARER = re.compile(r"get_authorization_scheme_param|[\"']bearer\b", re.IGNORECASE)
TAKES_OFF = {"startswith", "removeprefix", "replace", "split", "partition", "lstrip"}
COMPARED = re.compile(r"[!=]=\s*[\"'](token|jwt)[\"']", re.IGNORECASE)
PREFIX = re.compile(
    r"(?:token|jwt|auth|header)_?(?:token|header)?_?(?:prefix|scheme|type)", re.IGNORECASE
)
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9-]{1,20}")
LOGIN_COOKIE = "access-token"
USERS_COOKIE = "fastapiusersauth"
DEEPEST = 6
OF_STATE = 2
"""How deep what sets `request.state` is followed; it is not asked who sets it again."""


def find_credentials(sources: Sources, auth: Auth, settings: Sequence[SettingsClass]) -> Auth:
    """The same dependencies, each with what it reads of a request.

    What may stand in an address comes last, as servers log those.
    """
    reader = Reader(sources, Environment(sources, tuple(settings)))
    read = ((each, reader.of_dependency(each)) for each in auth.dependencies)
    found = (
        replace(each, credentials=tuple(sorted(given, key=_in_address))) for each, given in read
    )
    return replace(auth, dependencies=tuple(found))


def _in_address(credential: Credential) -> bool:
    return credential.place == "query"


Body = tuple[str, cst.FunctionDef, int]
"""A function in its file, and how deep what it calls is followed."""


@dataclass(frozen=True)
class Reader:
    sources: Sources
    environment: Environment
    _states: dict[str, tuple[Credential, ...]] = field(default_factory=dict, repr=False)
    _bodies: dict[Body, tuple[Credential, ...]] = field(default_factory=dict, repr=False)

    def of_dependency(self, user: UserDependency) -> tuple[Credential, ...]:
        symbol = Symbol(user.file, user.name)
        if is_of_fastapi_users(self.sources, symbol):
            return tuple(dict.fromkeys(self._of_fastapi_users(symbol)))
        if provided(self.sources, symbol):
            return tuple(self._of_provider(symbol))
        asked = self._of_target(user.file, cst.parse_expression(user.name), DEEPEST + 1)
        return tuple(dict.fromkeys(asked))

    def _of_provider(self, symbol: Symbol) -> Iterator[Credential]:
        """A bearer's token, or the cookie of fastapi-login, whose name may be set later."""
        file, call = symbol.path or "", self.sources.assigned(symbol)
        if not isinstance(call, cst.Call) or last_name(call.func) != "LoginManager":
            yield BEARER
            return
        if syntax.dotted(syntax.argument(call, "use_cookie")) == "True":
            own = {
                each.target: each.value for each in syntax.assignments(self.sources.module(file))
            }
            named = own.get(f"{symbol.name}.cookie_name", syntax.argument(call, "cookie_name"))
            yield Credential("cookie", self._text(file, named) or LOGIN_COOKIE)
        if syntax.dotted(syntax.argument(call, "use_header")) != "False":
            path = self._text(file, syntax.argument(call, "token_url", 1))
            yield replace(BEARER, sign_in=SignIn(path) if path else None)

    def of_function(self, file: str, function: cst.FunctionDef) -> tuple[Credential, ...]:
        return tuple(dict.fromkeys(self._of_function(file, function, DEEPEST)))

    def _of_function(
        self, file: str, function: cst.FunctionDef, depth: int
    ) -> Iterator[Credential]:
        prefix = _prefix_in(function)
        for target in targets(self.sources, file, function):
            given = self._of_target(target.file, target.value, depth)
            yield from (_with_prefix(each, prefix) for each in given)
        for param in syntax.parameters(function):
            given = self._of_parameter(file, function, param)
            yield from (_with_prefix(each, prefix) for each in given)
        if depth:
            yield from self._of_body(file, function, depth)

    def _of_target(self, file: str, value: cst.BaseExpression, depth: int) -> Iterator[Credential]:
        symbol = symbol_of(self.sources, file, value)
        if is_of_fastapi_users(self.sources, symbol) and symbol:
            yield from self._of_fastapi_users(symbol)
            return
        inner = injected_function(self.sources, symbol)
        owner = self.sources.class_of(file, value)
        if inner is None and owner and owner.path:
            method = self.sources.function(Symbol(owner.path, f"{owner.name}.__call__"))
            inner = (owner.path, method) if method else None
        own = list(self._of_function(*inner, depth - 1)) if inner and depth else []
        yield from own or self._of_scheme(file, value)

    def _of_scheme(self, file: str, value: cst.BaseExpression) -> Iterator[Credential]:
        kind = scheme_of(self.sources, file, value)
        if kind in KEYS:
            place, call = self._maker_of(file, value)
            named = self.environment.behind(place, syntax.argument(call, "name")) if call else None
            if named and named.default:
                yield self._of_key(KEYS[kind], named.default)
        elif kind in ("HTTPBasic", "HTTPDigest"):
            yield Credential("basic", "Authorization")
        elif kind == "OAuth2PasswordBearer":
            place, call = self._maker_of(file, value)
            given = syntax.argument(call, "tokenUrl", 0) if call else None
            path = self._text(place, given)
            yield replace(BEARER, sign_in=SignIn(path) if path else None)
        elif kind in BEARERS:
            yield BEARER

    def _text(self, file: str, value: cst.BaseExpression | None) -> str:
        """What a literal says, also one of several parts; empty where a part is not known."""
        if isinstance(value, cst.FormattedString):
            return joined(pieces_of(value, lambda each: self._text(file, each) or None)) or ""
        named = self.environment.behind(file, value)
        return (named.default if named else None) or ""

    def _of_key(self, place: str, name: str) -> Credential:
        """`APIKeyHeader(name="Authorization")` leaves the word before the token to the settings."""
        found = _credential(place, name)
        scheme = scheme_in(self.environment) if found == BEARER else None
        return replace(found, scheme=scheme.default) if scheme and scheme.default else found

    def _maker_of(self, file: str, value: cst.BaseExpression) -> tuple[str, cst.Call | None]:
        """The call that makes an instance, and its file."""
        if isinstance(value, cst.Call):
            return file, value
        symbol = self.sources.resolve(file, syntax.dotted(value))
        held = self.sources.assigned(symbol)
        if symbol and symbol.path and held is not None:
            return self._maker_of(symbol.path, held)
        return file, None

    def _of_parameter(
        self, file: str, function: cst.FunctionDef, param: cst.Param
    ) -> Iterator[Credential]:
        """`session: str | None = Cookie(None, alias="sid")`, also in `Annotated`."""
        for call in (each for part in said_of(param) for each in within_node(part, cst.Call)):
            place = MARKS.get(last_name(call.func))
            if place is None:
                continue
            alias = self.environment.behind(file, syntax.argument(call, "alias"))
            name = (alias.default if alias else None) or param.name.value
            if place == "header" and not alias:
                name = name.replace("_", "-")
            own = param.name.value
            named = _is_secret(place, name) or _is_secret(place, own)
            if named or is_verified_parameter(function, own):
                yield _credential(place, name, _prefix_in(function))
        if is_bare_token(function, param):
            yield Credential("query", param.name.value)

    def _of_body(self, file: str, function: cst.FunctionDef, depth: int) -> tuple[Credential, ...]:
        """What a function reads of the request that it is given, or hands on to another one."""
        known = file, function, depth
        if known not in self._bodies:
            self._bodies[known] = tuple(self._read_in_body(*known))
        return self._bodies[known]

    def _read_in_body(
        self, file: str, function: cst.FunctionDef, depth: int
    ) -> Iterator[Credential]:
        requests = set(self._requests(function))
        nodes = list(syntax.walk(function.body))
        prefix = _prefix_in(function)
        for node in nodes:
            yield from self._reads_of(file, function, node, requests, prefix)
            if depth > OF_STATE and (state := _state_of(node, requests)):
                yield from self._of_states(state)
        for call in (node for node in nodes if isinstance(node, cst.Call)):
            given = {syntax.dotted(each.value) for each in call.args}
            name = syntax.dotted(call.func) or ""
            if given & requests and not name.startswith("self."):
                symbol = self.sources.resolve(file, name)
                inner = self.sources.function(symbol)
                if symbol and symbol.path and inner is not None:
                    yield from self._of_body(symbol.path, inner, depth - 1) if depth else ()

    def _requests(self, function: cst.FunctionDef) -> Iterator[str]:
        for param in syntax.parameters(function):
            name = last_name(annotation_of(param))
            if name in REQUESTS or param.name.value in ("request", "conn", "connection"):
                yield param.name.value

    def _reads_of(
        self,
        file: str,
        function: cst.FunctionDef,
        node: cst.CSTNode,
        requests: set[str],
        prefix: str,
    ) -> Iterator[Credential]:
        mapping, key = "", None
        if isinstance(node, cst.Subscript):
            mapping, key = syntax.dotted(node.value) or "", syntax.key(node)
        elif isinstance(node, cst.Call) and (syntax.dotted(node.func) or "").endswith(".get"):
            mapping = (syntax.dotted(node.func) or "").removesuffix(".get")
            key = syntax.argument(node, "key", 0)
        owner, _, what = mapping.rpartition(".")
        if owner in requests and key is not None:
            if what == "session":
                yield Credential("session", self._session_cookie())
            named = self.environment.behind(file, key, function) if what in READ else None
            if named and named.default:
                is_secret = _is_secret(READ[what], named.default) or node in verified(function)
                if is_secret:
                    yield _credential(READ[what], named.default, prefix)

    def _session_cookie(self) -> str:
        """What `SessionMiddleware(session_cookie=...)` calls it, where that is said once."""
        named: set[str] = set()
        for file in self.sources.holding(b"session_cookie", aside=False):
            for node in syntax.walk(self.sources.module(file, b"session_cookie")):
                if isinstance(node, cst.Call):
                    named.add(self._text(file, syntax.argument(node, "session_cookie")))
        named.discard("")
        return named.pop() if len(named) == 1 else "session"

    def _of_states(self, name: str) -> tuple[Credential, ...]:
        if name not in self._states:
            self._states[name] = tuple(dict.fromkeys(self._of_state(name)))
        return self._states[name]

    def _of_state(self, name: str) -> Iterator[Credential]:
        """What a middleware reads that sets `request.state.user`."""
        pattern = rb"\.state\.%s\s*(?::[^=\n]+)?=[^=]" % name.encode()
        for file in self.sources.mentioning(pattern, b".state.", aside=False):
            near = functions_near(pattern, self.sources.tree.read(file))
            for function in functions_in(self.sources.module(file, pattern)):
                if function.name.value not in near:
                    continue
                if re.search(pattern, syntax.code(function.body).encode()):
                    yield from self._of_body(file, function, OF_STATE)

    def _of_fastapi_users(self, symbol: Symbol) -> Iterator[Credential]:
        """The transports of `FastAPIUsers[User, UUID](get_user_manager, [backend])`."""
        call = self.sources.assigned(symbol)
        func = call.func if isinstance(call, cst.Call) else None
        users = func.value if isinstance(func, cst.Attribute) else None
        if users is None or symbol.path is None:
            return
        file, made = self._maker_of(symbol.path, users)
        listed = syntax.argument(made, "auth_backends", 1) if made else None
        for element in listed.elements if isinstance(listed, cst.List | cst.Tuple) else ():
            place, backend = self._maker_of(file, element.value)
            maker = self.sources.resolve(place, syntax.dotted(backend.func)) if backend else None
            function = self.sources.function(maker)
            if maker and maker.path and function:
                yield from self._of_backends(maker.path, function)
            elif backend:
                yield from self._of_backends(place, backend)

    def sign_in(self) -> SignIn | None:
        """The one `tokenUrl` that the project has."""
        found: set[str] = set()
        for file in self.sources.holding(b"OAuth2PasswordBearer(", aside=False):
            for node in syntax.walk(self.sources.module(file, b"OAuth2PasswordBearer")):
                name = syntax.dotted(node.func) if isinstance(node, cst.Call) else None
                if isinstance(node, cst.Call) and (name or "").endswith("OAuth2PasswordBearer"):
                    found.add(self._text(file, syntax.argument(node, "tokenUrl", 0)))
        path = found.pop() if len(found) == 1 else ""
        return SignIn(path) if path else None

    def of_transports(self) -> Iterator[Credential]:
        """Those of every backend of fastapi-users in the project."""
        for file in self.sources.holding(b"AuthenticationBackend("):
            module = self.sources.module(file, b"AuthenticationBackend")
            yield from self._of_backends(file, module)

    def _of_backends(
        self, file: str, scope: cst.Module | cst.FunctionDef | cst.Call
    ) -> Iterator[Credential]:
        own = {} if isinstance(scope, cst.Call) else syntax.assignments(scope)
        local = {each.target: each.value for each in own}
        for node in syntax.walk(scope):
            name = syntax.dotted(node.func) if isinstance(node, cst.Call) else None
            if isinstance(node, cst.Call) and (name or "").endswith("AuthenticationBackend"):
                given = syntax.argument(node, "transport", 1)
                held = local.get(syntax.dotted(given) or "", given)
                yield from self._of_transport(*self._maker_of(file, held)) if held else ()

    def _of_transport(self, file: str, call: cst.Call | None) -> Iterator[Credential]:
        symbol = self.sources.resolve(file, syntax.dotted(call.func)) if call else None
        kinds = {each.rpartition(".")[2] for each in from_libraries(self.sources, symbol)}
        if call and "CookieTransport" in kinds:
            named = self.environment.behind(file, syntax.argument(call, "cookie_name", 0))
            yield Credential("cookie", (named.default if named else None) or USERS_COOKIE)
        elif "BearerTransport" in kinds:
            yield BEARER


def _state_of(node: cst.CSTNode, requests: set[str]) -> str:
    """`user` for `request.state.user` and for `getattr(request.state, "user", None)`."""
    if isinstance(node, cst.Attribute):
        owner, _, state = (syntax.dotted(node.value) or "").rpartition(".")
        return node.attr.value if state == "state" and owner in requests else ""
    if isinstance(node, cst.Call) and syntax.dotted(node.func) == "getattr" and len(node.args) > 1:
        owner, _, state = (syntax.dotted(node.args[0].value) or "").rpartition(".")
        if state == "state" and owner in requests:
            return syntax.text(node.args[1].value) or ""
    return ""


def _is_secret(place: str, name: str) -> bool:
    """Whether only its sender can know it: an `X-User-ID` checks nothing."""
    plain = name.lower().replace("-", "_")
    if place == "cookie":
        return not CLAIMED.fullmatch(plain)
    return any(word in plain for word in TOKEN_WORDS) or plain in ("auth", "jwt", "x_auth")


def _prefix_in(function: cst.FunctionDef) -> str:
    """The word that a function takes off before the token, as in `value.removeprefix("Token ")`."""
    for node in syntax.walk(function.body):
        called = node.func if isinstance(node, cst.Call) and node.args else None
        if isinstance(called, cst.Attribute) and called.attr.value in TAKES_OFF:
            word = syntax.text(node.args[0].value) or ""  # type: ignore[attr-defined]
            if word[-1:] == " " and SCHEME.fullmatch(word[:-1]):
                return word[:-1]
    code = syntax.code(function.body)
    if WITH_BEARER.search(code):
        return "Bearer"
    compared = COMPARED.search(code) if re.search(r"\.(?:r?partition|split)\(", code) else None
    return compared[1] if compared else ""


def _with_prefix(found: Credential, prefix: str) -> Credential:
    is_bare = found.is_token and not found.scheme
    return replace(found, scheme=prefix) if prefix and is_bare else found


def _credential(place: str, name: str, prefix: str = "") -> Credential:
    if place == "header" and name.lower() == "authorization":
        return Credential("header", "Authorization", prefix or "Bearer")
    return Credential(place, name, prefix)  # type: ignore[arg-type]


def scheme_in(environment: Environment) -> Named | None:
    """`jwt_token_prefix: str = "Token"` among the settings, or such a constant."""
    for each in environment.settings:
        kind = environment.sources.definition(Symbol(each.file, each.name))
        if isinstance(kind, cst.ClassDef):
            for assignment in syntax.assignments(kind):
                word = syntax.text(assignment.value) or ""
                if PREFIX.fullmatch(assignment.target) and SCHEME.fullmatch(word):
                    return environment.of_field(assignment.target)
    return None
