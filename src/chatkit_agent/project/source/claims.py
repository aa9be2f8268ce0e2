"""Claims: which part of a token names the user, read from what the code does with its claims."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.injection import VERIFYING
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.source.walking import last_name

Path = tuple[str, ...]

# The best first: what names a person everywhere, and for ever, goes before what may change.
NAMES = (
    "sub",
    "user_id",
    "userId",
    "uid",
    "id",
    "account_id",
    "username",
    "user_name",
    "preferred_username",
    "email",
    "user_email",
    "identity",
    "user",
)
OF_PROVIDER = re.compile(r"jwks|signing_key|from_jwk|\b[REP]S(?:256|384|512)\b", re.IGNORECASE)
OPEN = re.compile(r"verify_(signature|exp)[\"']:\s*False")
PAYLOAD = re.compile(r"payload|token|claim|decoded|data|details|credential", re.IGNORECASE)


def user_claim(
    sources: Sources, file: str, function: cst.FunctionDef, decode: cst.Call
) -> str | None:
    """The claim that a function takes from what it decoded, such as `sub` or `user.email`."""
    roots: dict[str, Path] = {}
    for each in syntax.assignments(function):
        if any(node is decode for node in syntax.walk(each.value)):
            roots[each.target] = ()
    paths = list(_paths(function, roots, decode))
    for kind in _models(function, roots, decode):
        paths += _fields(sources, file, function, kind)
    return best(paths)


def claim_returned(function: cst.FunctionDef) -> str | None:
    """`sub` where that is all that a function returns of what it verified or decoded."""
    path = _path_returned(function)
    return path[0] if path and len(path) == 1 else None


def returns_claims_of_provider(function: cst.FunctionDef) -> bool:
    """Whether it returns the claims of a token that a provider signed, which has a `sub`."""
    code = syntax.code(function)
    return (
        _path_returned(function) == () and bool(OF_PROVIDER.search(code)) and not OPEN.search(code)
    )


def _path_returned(function: cst.FunctionDef) -> Path | None:
    assigned = {each.target: each.value for each in syntax.assignments(function)}
    given = [value for value in syntax.returned_values(function) if syntax.dotted(value) != "None"]
    values = [assigned.get(syntax.dotted(value) or "", value) for value in given]
    for call in (node for node in syntax.walk(function.body) if isinstance(node, cst.Call)):
        if VERIFYING.search(last_name(call.func)):
            roots: dict[str, Path] = {name: () for name, value in assigned.items() if value is call}
            paths = {_path(value, roots, call) for value in values}
            path = paths.pop() if len(paths) == 1 else None
            if path is not None:
                return path
    return None


def state_of(function: cst.FunctionDef, decode: cst.Call) -> str | None:
    """`user` where a middleware puts the whole claims into `request.state.user`."""
    roots = {each.target for each in syntax.assignments(function) if each.value is decode}
    for each in syntax.assignments(function):
        owner, _, name = each.target.rpartition(".")
        is_whole = each.value is decode or syntax.dotted(each.value) in roots
        if owner.endswith(".state") and is_whole:
            return name
    return None


def claim_of_state(texts: Iterable[str], name: str) -> str | None:
    """What routes take from it: `request.state.user.get("id")` and `request.state.user["id"]`."""
    taken = re.compile(rf"\.state\.{name}(?:\.get\(|\[)\s*[\"'](\w+)[\"']")
    return best([(key,) for text in texts for key in taken.findall(text)])


def claim_read_in(function: cst.FunctionDef, decoding: str = "") -> str | None:
    """The claim that is taken from what `decoding` gives, or from a variable or parameter that is
    named like a token's content.
    """
    parameters = {each.name.value for each in syntax.parameters(function)}
    named = {each.target for each in syntax.assignments(function)} | parameters
    return best(_paths(function, {name: () for name in named if PAYLOAD.search(name)}, decoding))


def best(paths: Iterator[Path] | list[Path]) -> str | None:
    whole = set(paths)
    inner = {path[:end] for path in whole for end in range(len(path))}
    known = [path for path in whole - inner if path[-1] in NAMES and "." not in "".join(path)]
    found = min(known, key=lambda path: (NAMES.index(path[-1]), len(path), path), default=None)
    return ".".join(found) if found else None


def _paths(
    function: cst.FunctionDef, roots: dict[str, Path], decode: cst.Call | str
) -> Iterator[Path]:
    roots = dict(roots)
    for each in syntax.assignments(function):
        path = _path(each.value, roots, decode)
        if path:
            roots.setdefault(each.target, path)
    for node in syntax.walk(function.body):
        if isinstance(node, cst.Subscript | cst.Call) and (path := _path(node, roots, decode)):
            yield path


def _path(node: cst.BaseExpression, roots: dict[str, Path], decode: cst.Call | str) -> Path | None:
    """`("user", "email")` for `payload["user"].get("email")`; () for the claims themselves."""
    if node is decode or (isinstance(node, cst.Call) and _is_called(node, decode)):
        return ()
    if isinstance(node, cst.Name):
        return roots.get(node.value)
    if isinstance(node, cst.Attribute) and node.attr.value == "claims":  # of joserfc's token
        return _path(node.value, roots, decode)
    if isinstance(node, cst.Subscript):
        return _path_with(_path(node.value, roots, decode), syntax.subscripts(node)[:1])
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
        if node.func.attr.value == "loads" and node.args:
            return _path(node.args[0].value, roots, decode)
        if node.func.attr.value == "get" and node.args:
            return _path_with(_path(node.func.value, roots, decode), (node.args[0].value,))
    return None


def _is_called(call: cst.Call, decode: cst.Call | str) -> bool:
    return bool(decode) and last_name(call.func) == decode


def _path_with(path: Path | None, key: tuple[cst.BaseExpression, ...]) -> Path | None:
    name = syntax.text(key[0]) if key else None
    return (*path, name) if path is not None and name else None


def _models(
    function: cst.FunctionDef, roots: dict[str, Path], decode: cst.Call
) -> Iterator[cst.Call]:
    """`TokenPayload(**payload)` and `TokenPayload(**jwt.decode(...))`."""
    for node in syntax.walk(function.body):
        if isinstance(node, cst.Call) and any(
            arg.star == "**" and (arg.value is decode or syntax.dotted(arg.value) in roots)
            for arg in node.args
        ):
            yield node


def _fields(sources: Sources, file: str, function: cst.FunctionDef, model: cst.Call) -> list[Path]:
    """What is taken from such a model; all of its fields, where that is not seen."""
    targets = {each.target for each in syntax.assignments(function) if each.value is model}
    taken: list[Path] = [
        (node.attr.value,)
        for node in syntax.walk(function.body)
        if isinstance(node, cst.Attribute)
        and (node.value is model or syntax.dotted(node.value) in targets)
    ]
    symbol = sources.resolve(file, syntax.dotted(model.func))
    kind = sources.definition(symbol)
    if taken or not isinstance(kind, cst.ClassDef):
        return taken
    return [(name,) for each in syntax.annotated(kind) if (name := syntax.dotted(each.target))]
