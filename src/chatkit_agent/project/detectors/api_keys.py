"""API keys: the dependency that lets people in by a key, where no other knows who they are."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import libcst as cst

from chatkit_agent.project.detectors.auth import SIGNED_IN, form_of, module_of
from chatkit_agent.project.facts import OF_KEY, App, Auth, Tokens, UserDependency
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.identity import user_id
from chatkit_agent.project.source.injection import (
    asked_for,
    injected_function,
    passes_credential_on,
    scheme_of,
    targets_of,
)
from chatkit_agent.project.source.sources import Sources, Symbol
from chatkit_agent.project.source.walking import last_name, said_of

KEYED = re.compile(
    r"key|token|auth|secur|verif|valid|check|require|caller|client|tenant|access|header|guard"
    r"|protect|account|user",
    re.IGNORECASE,
)
SCHEMES = {"APIKeyHeader", "APIKeyQuery"}
MARKS = re.compile(r"\b(?:Header|Query)\(")
A_KEY = re.compile(r"(?<![a-z])(?:x_)?(?:api_?)?key(?![a-z])|^x_(?:\w+_)?token$|^api_?token$", re.I)
# What lets a few in, or other programs: not the people who use the application.
OF_OTHERS = re.compile(
    r"admin|cron|webhook|internal|hook|service|secret|super|staff|metric|refresh|reset|csrf|signature"
    r"|optional|maybe",
    re.IGNORECASE,
)
VERDICT = re.compile(r"verif|valid|check|authenticate|ensure|require")
DEEPEST = 3


def find_api_keys(sources: Sources, app: App | None, auth: Auth, tokens: Tokens | None) -> Auth:
    """The same, with the dependency that verifies an API key where nothing else gives a user."""
    if auth.dependencies or auth.rivals or tokens is not None or app is None:
        return auth
    counts = _counts(sources)
    found = [(symbol, count) for symbol, count in counts.most_common() if _is_key(sources, symbol)]
    names = {symbol.name for symbol, _ in found}
    if not found or any(_is_somebody(said) and _name(said) not in names for said in auth.not_used):
        return auth
    symbol, count = found[0]
    made = _dependency(sources, symbol, count, app)
    return replace(auth, dependencies=(made,), not_used=()) if made else auth


def _name(said: str) -> str:
    return said.partition("` in ")[0].strip("`").rpartition(".")[2]


def _is_somebody(said: str) -> bool:
    return SIGNED_IN.search(_name(said)) is not None


def _counts(sources: Sources) -> Counter[Symbol]:
    """How often each dependency is asked for whose name may be that of one."""
    counts: Counter[Symbol] = Counter()
    for file in sources.holding(b"Depends(", b"Security(", aside=False):
        for name in (found[1] for found in asked_for(sources.text(file))):
            last = name.rpartition(".")[2]
            symbol = sources.resolve(file, name) if KEYED.search(last) else None
            if symbol and symbol.path and not OF_OTHERS.search(last):
                counts[symbol] += 1
    return counts


def _is_key(sources: Sources, symbol: Symbol) -> bool:
    function = injected_function(sources, symbol)
    return function is not None and _verifies_key(sources, *function)


def _verifies_key(
    sources: Sources, file: str, function: cst.FunctionDef, depth: int = DEEPEST
) -> bool:
    """Whether who has no such key, or another one, is refused: here, or by what this rests on."""
    keys = {
        param.name.value
        for param in syntax.parameters(function)
        if _is_key_parameter(sources, file, param)
    }
    if keys:
        return _refuses(function, keys)
    for param in syntax.parameters(function) if depth else ():
        for target in targets_of(sources, file, param):
            symbol = sources.resolve(target.file, syntax.dotted(target.value))
            inner = injected_function(sources, symbol)
            if inner and _verifies_key(sources, *inner, depth - 1):
                return True
    return False


def _is_key_parameter(sources: Sources, file: str, param: cst.Param) -> bool:
    for target in targets_of(sources, file, param):
        if scheme_of(sources, target.file, target.value) in SCHEMES:
            return True
    marked = any(MARKS.search(syntax.code(part)) for part in said_of(param))
    return marked and A_KEY.search(param.name.value) is not None


def _refuses(function: cst.FunctionDef, keys: set[str]) -> bool:
    """Whether something is raised that what came of the key decides, not only whether it is there.

    Nothing is known where a return says `None` or `False` of a key that does not fit.
    """
    known = set(keys)
    for each in syntax.assignments(function):
        if _names(each.value) & known:
            known.add(each.target)
    nodes = list(syntax.walk(function.body))
    if any(_lets_through(node, known) for node in nodes):
        return False
    tests = [node for node in nodes if isinstance(node, cst.If) and _judges(node.test, keys, known)]
    raises = any(isinstance(node, cst.Raise) for node in nodes)
    if tests:
        return raises
    handed = (node for node in nodes if isinstance(node, cst.Call) and _is_verdict(node, known))
    return any(True for _ in handed)


def _names(node: cst.CSTNode) -> set[str]:
    return {part.value for part in syntax.walk(node) if isinstance(part, cst.Name)}


def _judges(test: cst.BaseExpression, keys: set[str], known: set[str]) -> bool:
    """`key != settings.key`, `not matches(key)` and `row is None`, but not `key is None`."""
    parts = list(syntax.walk(test))
    if _names(test) & (known - keys):
        return True
    compared = (part for part in parts if isinstance(part, cst.Comparison))
    called = (part for part in parts if isinstance(part, cst.Call))
    return any(_names(each) & keys and not _is_absence(each) for each in (*compared, *called))


def _is_absence(node: cst.CSTNode) -> bool:
    """`key is None` and `key == ""`"""
    if not isinstance(node, cst.Comparison) or len(node.comparisons) != 1:
        return False
    other = node.comparisons[0].comparator
    return syntax.dotted(other) == "None" or syntax.text(other) == ""


def _lets_through(node: cst.CSTNode, known: set[str]) -> bool:
    """`if key in keys: return key`, and then `return None` for those that are not."""
    if not isinstance(node, cst.Return) or node.value is None:
        return False
    value = node.value
    if syntax.dotted(value) in ("None", "False"):
        return True
    return isinstance(value, cst.Comparison) and bool(_names(value) & known)


def _is_verdict(call: cst.Call, known: set[str]) -> bool:
    """`verify_key(key)`, which raises by itself."""
    name = last_name(call.func).lower()
    is_given = any(_names(arg.value) & known for arg in call.args)
    return is_given and VERDICT.search(name) is not None


def _dependency(sources: Sources, symbol: Symbol, count: int, app: App) -> UserDependency | None:
    module = module_of(sources, symbol.path or "", app)
    function = injected_function(sources, symbol)
    if module is None or function is None:
        return None
    is_raw = passes_credential_on(sources, *function)
    told = None if is_raw else user_id(sources, symbol)
    why = told.why if told else "whoever has the same key has the same conversations"
    if told and _is_one_person(function[1]):
        why = "everybody who has the key is the same person to it, and shares the conversations"
    return UserDependency(
        name=symbol.name,
        file=symbol.path or "",
        module=module,
        form=form_of(sources, symbol),
        user_id=told.code if told else OF_KEY,
        evidence=f"asked for in {count} places; knows the caller by an API key; {why}",
    )


def _is_one_person(function: cst.FunctionDef) -> bool:
    """`return User(id="service")`: nothing of the request says who that is."""
    own = {each.name.value for each in syntax.parameters(function)}
    own |= {each.target for each in syntax.assignments(function)}
    given = syntax.returned(function)
    made = (each.func for each in given if isinstance(each, cst.Call))
    is_made = all((syntax.dotted(each) or "").rpartition(".")[2][:1].isupper() for each in made)
    return bool(given) and is_made and not any(_names(each) & own for each in given)
