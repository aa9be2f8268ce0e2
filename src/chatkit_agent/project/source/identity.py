"""Identity: the expression that gives a user's id, read from what a dependency really returns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.claims import claim_returned, returns_claims_of_provider
from chatkit_agent.project.source.injection import injected_function
from chatkit_agent.project.source.outcomes import may_be_nobody, people_given
from chatkit_agent.project.source.sign_in_libraries import CALLS, KINDS, provided
from chatkit_agent.project.source.sources import Sources, Symbol
from chatkit_agent.project.source.walking import entries_in, last_name

SURE = ("id", "user_id", "uid", "uuid", "sub", "pk")
IDS = (*SURE, "oid", "subject", "external_auth_id", "auth_id", "external_id", "username", "email")
MAY_BE_NONE = re.compile(r"\b(?:None|Optional)\b")
DICTS = {"dict", "Dict", "Mapping", "MutableMapping"}
SCALARS = {"str", "int", "UUID"}
# Classes of libraries that give their subclasses an `id`.
HAVE_ID = {"Document", "BeanieBaseUser", "SQLModelBaseUserDB", "SQLAlchemyBaseUserTable"}
HAVE_ID |= {"SQLAlchemyBaseUserTableUUID", "SQLModelBaseUserDBUUID", "UUIDModel"}
BASIC = "HTTPBasicCredentials"
SUPABASE = ".auth.get_user("
OF_RESPONSE = {"": "user.user.id", ".user": "user.id", ".user.id": "user"}
OF_OWNER = re.compile(r"^(?:cls|self)(?=\.|$)")
PASSWORD = re.compile(r"password|passwd|pwd|passcode", re.IGNORECASE)
SESSION = re.compile(r"\w+\.session(?P<how>\[|\.get\()\s*[\"'](?P<key>\w+)[\"']\s*[\])]")


@dataclass(frozen=True)
class Expression:
    """Code on a variable `user`, what that is (such as a class), and why the code is right."""

    code: str
    of: str
    why: str
    has_password: bool = False


@dataclass(frozen=True)
class Consumer:
    """A parameter that a dependency fills, and what its annotation calls the value."""

    file: str
    parameter: str
    annotation: str


def user_id(
    sources: Sources,
    symbol: Symbol,
    consumers: Iterable[Consumer] = (),
    *,
    or_nobody: bool = False,
) -> Expression | None:
    """None where it cannot be told, or where there may be no user at all, if not `or_nobody`.

    What `symbol` returns decides; where that says nothing, what its `consumers` take it for.
    """
    definition = sources.definition(symbol) or sources.function(symbol)
    path = symbol.path or ""
    if known := provided(sources, symbol):
        given = Expression(known[1], "user", "gives whom its provider signed in")
        return given if given.code else _of_loader(sources, symbol)
    if isinstance(definition, cst.ClassDef):
        return _of_class(sources, symbol)
    if isinstance(definition, syntax.Assignment) and isinstance(definition.value, cst.Call):
        return _of_instance(sources, symbol, definition.value)
    if not isinstance(definition, cst.FunctionDef) or may_be_nobody(definition, or_nobody):
        return None
    owner = symbol.name.rpartition(".")[0]
    if kind := sources.kind_of(Symbol(path, owner) if owner else None):
        owner, path = kind.name, kind.path or path
    own = _of_function_or_nothing(sources, path, definition, 3, owner)
    return own or _of_consumers(sources, definition, list(consumers))


def _of_loader(sources: Sources, symbol: Symbol) -> Expression | None:
    """What `@manager.user_loader()` of fastapi-login stands above; nobody is refused."""
    for file in sources.holding(b".user_loader"):
        for function in syntax.functions(sources.module(file)):
            for name in syntax.decorators(function):
                owner, _, what = name.rpartition(".")
                if what == "user_loader" and sources.resolve(file, owner) == symbol:
                    return _of_function_or_nothing(sources, file, function, 3)
    return None


def _of_consumers(
    sources: Sources, function: cst.FunctionDef, consumers: list[Consumer]
) -> Expression | None:
    taken_as = {each.annotation.rpartition(".")[2] for each in consumers}
    if _is_dict(function) or (taken_as <= {*DICTS, ""} and not function.returns):
        return _of_key({key for each in consumers for key in _keys_taken(sources, each)})
    if function.returns:
        return None
    kinds = (sources.resolve(each.file, each.annotation) for each in consumers)
    found = {expression for kind in kinds if (expression := _of_class(sources, kind))}
    return next(iter(found)) if len(found) == 1 else None


def _is_dict(function: cst.FunctionDef) -> bool:
    if function.returns is None:
        return False
    annotation = syntax.required(function.returns.annotation)
    kind = annotation.value if isinstance(annotation, cst.Subscript) else annotation
    return last_name(kind) in DICTS


def _keys_taken(sources: Sources, consumer: Consumer) -> list[str]:
    """`user["id"]` and `user.get("id")` in the file of a route."""
    if not consumer.parameter:
        return []
    pattern = rf"\b{consumer.parameter}(?:\[|\.get\()\s*[\"'](\w+)[\"']"
    return re.findall(pattern, sources.text(consumer.file))


def _of_instance(sources: Sources, symbol: Symbol, call: cst.Call) -> Expression | None:
    """An object with `__call__`, a function that another made, or what `FastAPIUsers` makes."""
    path = symbol.path or ""
    if function := injected_function(sources, symbol):
        return _of_function(sources, *function)
    if not isinstance(call.func, cst.Attribute):
        return None
    users = sources.resolve(path, syntax.dotted(call.func.value))
    held = sources.assigned(users)
    made = held.func if isinstance(held, cst.Call) else None
    if users and users.path and isinstance(made, cst.Subscript):
        kind = syntax.dotted(syntax.key(made))
        return _of_class(sources, sources.resolve(users.path, kind))
    return None


def _of_function(sources: Sources, path: str, function: cst.FunctionDef) -> Expression | None:
    if may_be_nobody(function):
        return None
    annotation = function.returns.annotation if function.returns else None
    if annotation is not None:
        return _of_annotation(sources, path, function, syntax.required(annotation))
    return _of_returned(sources, path, function, hops=3)


def _of_annotation(
    sources: Sources, path: str, function: cst.FunctionDef, annotation: cst.BaseExpression
) -> Expression | None:
    if isinstance(annotation, cst.SimpleString):
        annotation = cst.parse_expression(syntax.text(annotation) or "None")
    name = syntax.dotted(annotation)
    if isinstance(annotation, cst.Subscript):
        name = syntax.dotted(annotation.value)
    last = (name or "").rpartition(".")[2]
    if last in DICTS:
        return _of_keys(function) or _of_provider(function) or _of_library(sources, path, function)
    if last == "Annotated" and isinstance(annotation, cst.Subscript):
        kind = syntax.key(annotation)
        return _of_annotation(sources, path, function, kind) if kind else None
    if isinstance(annotation, cst.Subscript) or name is None:
        return None
    if last in SCALARS and "token" not in function.name.value:
        return Expression("user", last, f"returns {last}")
    return _of_class(sources, sources.resolve(path, name))


def _of_class(sources: Sources, symbol: Symbol | None) -> Expression | None:
    if symbol and symbol.package_name in KINDS:
        return Expression(f"user.{KINDS[symbol.name]}", "user", f"returns {symbol.name}")
    attributes = dict(_attributes(sources, symbol))
    keys = [name for name, is_key in attributes.items() if is_key]
    there = [each for each in IDS if each in attributes]
    always = [each for each in there if each in SURE or attributes[each] is not None]
    name = keys[0] if len(keys) == 1 else next(iter(always or there), None)
    if symbol is None or name is None:
        return None
    is_dict = _is_typed_dict(sources, symbol)
    code = f'user["{name}"]' if is_dict else f"user.{name}"
    why = f"returns {symbol.name} ({symbol.path}), which has `{name}`"
    return Expression(code, symbol.name, why, any(map(PASSWORD.search, attributes)))


def _is_typed_dict(sources: Sources, symbol: Symbol) -> bool:
    definition = sources.definition(symbol)
    return isinstance(definition, cst.ClassDef) and any(
        base.rpartition(".")[2] == "TypedDict" for base in syntax.bases(definition)
    )


def _attributes(
    sources: Sources, symbol: Symbol | None, hops: int = 6
) -> Iterator[tuple[str, bool | None]]:
    """Of a class's instances, its bases' first; whether each is the key, or None: may be None."""
    definition = sources.definition(symbol)
    if not (symbol and symbol.path and isinstance(definition, cst.ClassDef) and hops):
        return
    for base in syntax.bases(definition):
        parent = sources.resolve(symbol.path, base)
        if base.rpartition(".")[2] in HAVE_ID:
            yield "id", True
        elif parent and parent.package_name in KINDS:
            yield KINDS[parent.name], True
        elif parent != symbol:
            yield from _attributes(sources, parent, hops - 1)
    yield from _own_attributes(definition)


def _own_attributes(definition: cst.ClassDef) -> Iterator[tuple[str, bool | None]]:
    told = {syntax.dotted(each.target) or "": each for each in syntax.annotated(definition)}
    for name, node in told.items():
        is_key = bool(node.value) and _is_key(node.value)
        is_sure = is_key or not MAY_BE_NONE.search(syntax.code(node.annotation.annotation))
        yield name, is_key if is_sure else None
    for assignment in syntax.assignments(definition):
        if assignment.target not in told:
            yield assignment.target, _is_key(assignment.value)
    for method in syntax.functions(definition):
        if "property" in syntax.decorators(method):
            yield method.name.value, False
        elif method.name.value == "__init__":
            for assignment in syntax.assignments(method):
                if (name := assignment.target.removeprefix("self.")) not in told:
                    yield name, False


def _is_key(value: cst.BaseExpression | None) -> bool:
    """`Field(primary_key=True)`, `Column(Integer, primary_key=True)` and their like."""
    key = syntax.argument(value, "primary_key") if isinstance(value, cst.Call) else None
    return syntax.dotted(key) == "True"


def _of_keys(function: cst.FunctionDef) -> Expression | None:
    """A dict: the keys that every `return` writes, or that the function itself reads from it."""
    known = [_keys_of(function, value) for value in people_given(function)]
    return _of_key(set.intersection(*known) if known else set())


def _of_key(keys: set[str]) -> Expression | None:
    name = next((each for each in IDS if each in keys), None)
    if name is None:
        return None
    return Expression(f'user["{name}"]', name, f'returns a dict with "{name}"')


def _of_session(function: cst.FunctionDef) -> Expression | None:
    """`request.session["user_id"]`; what `.get` gives only where its absence is refused."""
    assigned = {each.target: each.value for each in syntax.assignments(function)}
    refuses = any(isinstance(node, cst.Raise) for node in syntax.walk(function))
    given = people_given(function)
    codes = [syntax.code(assigned.get(syntax.dotted(each) or "", each)) for each in given]
    found = [SESSION.match(code) for code in codes]
    keys = {each["key"] for each in found if each and (each["how"] == "[" or refuses)}
    if not all(found) or len(keys) != 1 or not keys <= {*IDS, "account_id"}:
        return None
    key = keys.pop()
    return Expression("user", key, f'returns the "{key}" of the session')


def _of_library(sources: Sources, path: str, function: cst.FunctionDef) -> Expression | None:
    """What a call gives: `auth.verify_id_token(token)`, `authorize.get_jwt_subject()`."""
    values = people_given(function)
    values += _behind(function, [each for each in values if isinstance(each, cst.Name)])
    if any(syntax.code(each).endswith(".get_jwt_subject()") for each in values):
        return Expression("user", "subject", "returns the subject of the token")
    names = [syntax.dotted(each.func) for each in values if isinstance(each, cst.Call)]
    symbols = (sources.resolve(path, each) for each in names)
    name = next((each.package_name for each in symbols if each and each.package_name in CALLS), "")
    return Expression(CALLS[name], "user", f"returns what `{name}` gives") if name else None


def _of_claim(function: cst.FunctionDef) -> Expression | None:
    name = "" if "token" in function.name.value else claim_returned(function)
    return Expression("user", name, f'returns the claim "{name}"') if name in IDS else None


def _of_provider(function: cst.FunctionDef) -> Expression | None:
    is_theirs = returns_claims_of_provider(function)
    why = "returns the claims of a provider's token, which has `sub`"
    return Expression('user["sub"]', "sub", why) if is_theirs else None


def _of_basic(function: cst.FunctionDef) -> Expression | None:
    """`credentials.username` of `HTTPBasicCredentials`."""
    given = {
        param.name.value
        for param in syntax.parameters(function)
        if param.annotation and BASIC in syntax.code(param.annotation.annotation)
    }
    returned = {syntax.dotted(value) for value in people_given(function)}
    if given and returned <= {f"{name}.username" for name in given}:
        return Expression("user", "user", "returns the name of HTTP Basic")
    return None


def _of_supabase(function: cst.FunctionDef) -> Expression | None:
    """`supabase.auth.get_user(token)` gives a response, whose `user` has the id."""
    asked = (each for each in syntax.assignments(function) if SUPABASE in syntax.code(each.value))
    answers = {each.target for each in asked}
    returned = {syntax.dotted(value) or "" for value in people_given(function)}
    known = {f"{name}{end}": code for name in answers for end, code in OF_RESPONSE.items()}
    codes = {known.get(each) for each in returned} if answers else {None}
    code = codes.pop() if len(codes) == 1 else None
    return Expression(code, "user", "returns whom Supabase signed in") if code else None


def _keys_of(function: cst.FunctionDef, value: cst.BaseExpression | None) -> set[str]:
    name = syntax.dotted(value)
    if isinstance(value, cst.Dict):
        return {key for each in entries_in(value) if (key := syntax.text(each.key))}
    keys: set[str] = set()
    for each in syntax.assignments(function):
        if each.target == name and isinstance(each.value, cst.Dict):
            keys |= _keys_of(function, each.value)
    return keys | set(_read_keys(function, name)) if name else keys


def _read_keys(function: cst.FunctionDef, name: str | None) -> Iterator[str]:
    """`payload["sub"]` and `payload.get("sub")`."""
    for node in syntax.walk(function):
        if isinstance(node, cst.Subscript) and syntax.dotted(node.value) == name:
            key = syntax.text(syntax.key(node))
        elif isinstance(node, cst.Call) and syntax.dotted(node.func) == f"{name}.get":
            key = syntax.text(syntax.argument(node, "key", 0))
        else:
            continue
        if key:
            yield key


def _of_returned(
    sources: Sources, path: str, function: cst.FunctionDef, hops: int, owner: str = ""
) -> Expression | None:
    """Without an annotation: a dict, or the one class of the project that the result is made of."""
    for known_of in (_of_keys, _of_session, _of_basic, _of_supabase, _of_claim, _of_provider):
        if known := known_of(function):
            return known
    if known := _of_library(sources, path, function):
        return known
    values = [each for each in people_given(function) if not isinstance(each, cst.Attribute)]
    for _ in range(4):
        parts = [_classes_in(sources, path, value, hops, owner) for value in values]
        found = {each for part in parts for each in part}
        if found:
            return next(iter(found)) if len(found) == 1 else None
        values = list(_behind(function, values))
    return None


def _classes_in(
    sources: Sources, path: str, value: cst.BaseExpression, hops: int, owner: str = ""
) -> Iterator[Expression]:
    """What the names in `session.query(User).first()` or `get_user(...)` say about the result."""
    for node in syntax.walk(value):
        name = OF_OWNER.sub(owner, syntax.dotted(node) or "") if owner else syntax.dotted(node)
        symbol = sources.resolve(path, name) if name else None
        if symbol and symbol.package_name in CALLS:
            yield Expression(CALLS[symbol.name], "user", f"returns what `{symbol.name}` gives")
        if symbol is None or symbol.path is None:
            continue
        expression, function = None, sources.function(symbol)
        if isinstance(sources.definition(symbol), cst.ClassDef):
            expression = _of_class(sources, symbol)
        elif function and hops:
            owned = symbol.name.rpartition(".")[0]
            expression = _of_function_or_nothing(sources, symbol.path, function, hops - 1, owned)
        if expression:
            yield expression


def _of_function_or_nothing(
    sources: Sources, path: str, function: cst.FunctionDef, hops: int, owner: str = ""
) -> Expression | None:
    """It may find none; its caller has to see to that."""
    annotation = function.returns.annotation if function.returns else None
    if annotation is None:
        return _of_returned(sources, path, function, hops, owner)
    return _of_annotation(sources, path, function, syntax.required(annotation))


def _behind(
    function: cst.FunctionDef, values: Iterable[cst.BaseExpression]
) -> Iterator[cst.BaseExpression]:
    """What was assigned to the variables in some expressions, or is known of a parameter.

    Not for `user.orders`, which is another thing than `user`.
    """
    values = [each for each in values if not isinstance(each, cst.Attribute)]
    used = {syntax.dotted(node) for value in values for node in syntax.walk(value)}
    for each in syntax.assignments(function):
        if each.target in used:
            yield each.value
    for param in syntax.parameters(function):
        if param.name.value in map(syntax.dotted, values):
            if param.annotation:
                yield param.annotation.annotation
            elif param.default:
                yield param.default
