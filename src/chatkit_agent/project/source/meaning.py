"""Meaning: what an expression stands for, by constants, defaults and imports, not by words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from http import HTTPStatus

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.code import Call, Code
from chatkit_agent.project.source.kinds import lineage
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.values import Held, valued
from chatkit_agent.project.source.walking import entries_in, last_name, literals, within_node

SECONDS = {"days": 86400, "hours": 3600, "minutes": 60, "seconds": 1, "weeks": 604800}
HOPS = 6
COLLECTIONS = ("list", "tuple", "set", "frozenset", "sorted")
KEPT = {*COLLECTIONS, "dict", "deque", "defaultdict", "OrderedDict", "WeakValueDictionary", "Cache"}
KEPT |= {"LRUCache", "TTLCache", "LFUCache", "TLRUCache"}
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
STATUS = re.compile(r"HTTP_(\d{3})_")
STATUSES = {each.name: each.value for each in HTTPStatus}
STATUSES |= dict.fromkeys(("CONTENT_TOO_LARGE", "REQUEST_ENTITY_TOO_LARGE"), 413)
"""The same under its old and its new name."""


def resolves_to(code: Code, scope: Scope, node: cst.CSTNode | str | None, *names: str) -> bool:
    """Whether an expression is what an installed package has under one of these full names."""
    written = node if isinstance(node, str) else syntax.dotted(node)
    return code.package_name(scope, written) in names


def calls_to(code: Code, *names: str) -> Iterator[Call]:
    """Calls of what installed packages have under these full names, whatever it is called here."""
    return (call for call in code.calls if call.package_name in names)


def names_used(*nodes: cst.CSTNode) -> set[str]:
    """Every identifier in some code, and no word of a comment or a text."""
    return {name.value for node in nodes for name in within_node(node, cst.Name)}


def names_meant(code: Code, scope: Scope, *nodes: cst.CSTNode) -> set[str]:
    """The identifiers in some code, and how those that are imported are called where they are."""
    imports = code.sources.names(scope.file).imports
    used = names_used(*nodes)
    return used | {each.name for name in used if (each := imports.get(name)) and each.name}


def status_of(code: Code, scope: Scope, given: cst.BaseExpression | None) -> int | None:
    """The status of an answer: 404, `status.HTTP_404_NOT_FOUND` or `HTTPStatus.NOT_FOUND`."""
    number = number_of(code, scope, given)
    if number is not None or given is None:
        return None if number is None else int(number)
    name = last_name(code.value(scope, given))
    if found := STATUS.match(name):
        return int(found[1])
    return STATUSES.get(name)


def status_answered(call: Call) -> int | None:
    """That of `HTTPException(404)` and `JSONResponse(..., status_code=404)`."""
    given = call.argument("status_code", int(call.method != "HTTPException"))
    return status_of(call.code, call.scope, given)


def number_of(
    code: Code, scope: Scope, given: cst.BaseExpression | None, hops: int = HOPS
) -> float | None:
    """The number that an expression is; of a `timedelta` its seconds."""
    if given is None:
        return None
    scope, node = valued(code, scope, given)
    if isinstance(node, cst.Integer | cst.Float):
        return syntax.number(node)
    if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Minus):
        inner = number_of(code, scope, node.expression, hops - 1)
        return None if inner is None else -inner
    if isinstance(node, cst.BinaryOperation) and hops:
        return _sum_of(code, scope, node, hops - 1)
    if isinstance(node, cst.Call) and syntax.dotted(node.func) in ("int", "float") and node.args:
        return number_of(code, scope, node.args[0].value, hops - 1)
    if isinstance(node, cst.Call) and resolves_to(code, scope, node.func, "datetime.timedelta"):
        return _seconds(code, scope, node)
    text = code.text(scope, node) or ""
    if NUMBER.fullmatch(text):
        return float(text)
    return None


def _sum_of(code: Code, scope: Scope, node: cst.BinaryOperation, hops: int) -> float | None:
    left = number_of(code, scope, node.left, hops)
    right = number_of(code, scope, node.right, hops)
    if left is None or right is None:
        return None
    if isinstance(node.operator, cst.Power) and abs(left) <= 1024 and 0 <= right <= 256:
        return float(left**right)
    if isinstance(node.operator, cst.Multiply):
        return left * right
    if isinstance(node.operator, cst.Add):
        return left + right
    return left - right if isinstance(node.operator, cst.Subtract) else None


def _seconds(code: Code, scope: Scope, call: cst.Call) -> float | None:
    parts = [
        (arg.keyword.value if arg.keyword else ("days", "seconds")[min(n, 1)], arg.value)
        for n, arg in enumerate(call.args)
    ]
    found = [(SECONDS.get(name), number_of(code, scope, value)) for name, value in parts]
    known = [each * many for each, many in found if each is not None and many is not None]
    return sum(known) if len(known) == len(found) else None


def truth_of(code: Code, scope: Scope, given: cst.BaseExpression | None) -> bool | None:
    """True and False where an expression is one of them, followed as `value_of` does."""
    written = syntax.dotted(code.value(scope, given))
    return {"True": True, "False": False}.get(written or "")


def texts_of(
    code: Code, scope: Scope, given: cst.BaseExpression | None, hops: int = HOPS
) -> list[str] | None:
    """A list of texts in lower case; None where only running it would tell."""
    if given is None or not hops:
        return None
    scope, node = valued(code, scope, given)
    if isinstance(node, cst.Call):
        return _texts_made(code, scope, node, hops - 1)
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Add | cst.BitOr):
        return _all(texts_of(code, scope, each, hops - 1) for each in (node.left, node.right))
    if isinstance(node, cst.ListComp | cst.GeneratorExp | cst.SetComp):
        return None if node.for_in.ifs else texts_of(code, scope, node.for_in.iter, hops - 1)
    if not isinstance(node, cst.List | cst.Tuple | cst.Set):
        return None
    return _all(_texts_in(code, scope, each, hops - 1) for each in node.elements)


def _all(found: Iterable[list[str] | None]) -> list[str] | None:
    parts = list(found)
    return None if None in parts else [text for part in parts for text in part or ()]


def _texts_in(code: Code, scope: Scope, each: cst.BaseElement, hops: int) -> list[str] | None:
    if isinstance(each, cst.StarredElement):
        return texts_of(code, scope, each.value, hops)
    text = code.text(scope, each.value)
    return None if text is None else [text.lower()]


def _texts_made(code: Code, scope: Scope, node: cst.Call, hops: int) -> list[str] | None:
    """`list(ORIGINS)`, and `"a, b".split(",")`"""
    if syntax.dotted(node.func) in COLLECTIONS:
        return texts_of(code, scope, node.args[0].value, hops) if node.args else []
    if not isinstance(node.func, cst.Attribute) or node.func.attr.value != "split":
        return None
    text = code.text(scope, node.func.value)
    between = code.text(scope, node.args[0].value) if node.args else None
    return None if text is None else [each.strip().lower() for each in text.split(between)]


def entries_of(
    code: Code, scope: Scope, given: cst.BaseExpression | None
) -> dict[str, cst.BaseExpression]:
    """The keys and values of a dict, also one that is merged of others or written to later."""
    return {key: value for key, (_, value) in held_entries(code, scope, given).items()}


def held_entries(
    code: Code, scope: Scope, given: cst.BaseExpression | None, hops: int = HOPS
) -> dict[str, Held]:
    """The same, each value with where it is written."""
    if given is None or not hops:
        return {}
    where, node = valued(code, scope, given)
    found: dict[str, Held] = {}
    for inner, each in _given_back(code, scope, given):  # of several returns the first
        found = held_entries(code, inner, each, hops - 1) | found
    for inner, each in _dicts_within(code, where, node):
        found |= held_entries(code, inner, each, hops - 1)
    if isinstance(node, cst.Dict):
        pairs = entries_in(node)
        found |= {key: (where, e.value) for e in pairs if (key := code.text(where, e.key))}
    elif isinstance(node, cst.Call) and _makes_dict(code, where, node):
        found |= {arg.keyword.value: (where, arg.value) for arg in node.args if arg.keyword}
    return found | _written_later(code, scope, given)


def is_written_down(
    code: Code, scope: Scope, given: cst.BaseExpression | None, hops: int = HOPS
) -> bool:
    """Whether all keys of a dict are known."""
    if given is None or not hops:
        return False
    where, node = valued(code, scope, given)
    parts = [*_dicts_within(code, where, node), *_given_back(code, scope, given)]
    if isinstance(node, cst.Dict):
        is_known = all(code.text(where, each.key) is not None for each in entries_in(node))
    else:
        is_dict = isinstance(node, cst.Call) and _makes_dict(code, where, node)
        is_known = is_dict or bool(parts)
    return is_known and all(is_written_down(code, *each, hops - 1) for each in parts)


def _makes_dict(code: Code, scope: Scope, node: cst.Call) -> bool:
    """`dict(...)`; `MCPServerStreamableHttpParams(url=...)` is a dict as well."""
    made = code.resolve(scope, name := syntax.dotted(node.func))
    return name == "dict" or bool(made and made.path is None and made.name.endswith("Params"))


def _dicts_within(code: Code, scope: Scope, node: cst.BaseExpression) -> Iterator[Held]:
    """The dicts that a dict is made of."""
    if isinstance(node, cst.BinaryOperation):
        yield from ((scope, each) for each in (node.left, node.right))
    elif isinstance(node, cst.Dict):
        stars = (each for each in node.elements if isinstance(each, cst.StarredDictElement))
        yield from ((scope, each.value) for each in stars)
    elif isinstance(node, cst.Call) and _makes_dict(code, scope, node):
        yield from ((scope, arg.value) for arg in node.args if arg.keyword is None)


def _given_back(code: Code, scope: Scope, given: cst.BaseExpression) -> Iterator[Held]:
    """What a helper returns, which may be a name that it writes to."""
    own = [
        each.value
        for each in syntax.assignments(scope.node)
        if isinstance(given, cst.Name) and each.target == given.value
    ]
    call = code.call_of(own[0] if len(own) == 1 else given)
    called = code.called(call) if call is not None else None
    if called is not None:
        yield from ((called, each) for each in syntax.returned(called.node))


def _written_later(code: Code, scope: Scope, given: cst.BaseExpression) -> dict[str, Held]:
    """`options["verify_exp"] = False`"""
    name = syntax.dotted(given)
    found: dict[str, Held] = {}
    for each in within_node(scope.node, cst.Assign) if name else ():
        for target in (one.target for one in each.targets):
            if isinstance(target, cst.Subscript) and syntax.dotted(target.value) == name:
                key = code.text(scope, syntax.key(target))
                found |= {key: (scope, each.value)} if key else {}
    return found


def run_by(call: Call) -> Iterator[Scope]:
    """What a call may run: what is called, what its class does, and what it is handed."""
    code = call.code
    if (called := code.called(call)) is not None:
        yield called
    else:
        for base in lineage(code, code.class_of(call.symbol)):
            yield from (each for name, each in code.methods(base).items() if name[:2] == "__")
    for arg in call.node.args:
        name = syntax.dotted(arg.value)
        handed = code.called(replace(call, written=name, bound=None)) if name else None
        if handed is not None:
            yield handed


def reaches(code: Code, start: Iterable[Scope], hops: int = 4) -> tuple[Scope, ...]:
    """The functions of the project that some functions run, and what these run, themselves in."""
    found = list(start)
    edge = list(found)
    for _ in range(hops):
        run = (each for one in edge for call in code.inside(one) for each in run_by(call))
        around = (each for one in edge for each in code.decorating(one))
        edge = [each for each in dict.fromkeys([*run, *around]) if each not in found]
        found += edge
    return tuple(found)


def is_collection(code: Code, scope: Scope, node: cst.CSTNode | None) -> bool:
    """Whether it makes a list, a set or a mapping in the memory of the process."""
    if not isinstance(node, cst.Call):
        return isinstance(node, cst.Dict | cst.List | cst.Set)
    written = syntax.dotted(node.func)
    made = code.resolve(scope, written)
    name = written if made is None else made.name if made.path is None else None
    return (name or "").rpartition(".")[2] in KEPT


def says(node: cst.CSTNode, *words: str) -> bool:
    """Whether a text in some code is one of these, in any case; comments do not count."""
    return any(text.lower() in words for _, text in literals(node))
