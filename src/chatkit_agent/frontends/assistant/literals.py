"""Literals: the values to which the name of a secret leads in Python, hidden in its text."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Iterator

HIDDEN = "[hidden]"
# A bare `key` or `auth` is mostly something else.
SECRETISH = re.compile(
    r"secret|token(?!iz)|passw|passphrase|(?<![a-z])pwd|pepper|(?<![a-z])salt(?![a-z])|credential"
    r"|(?<![a-z])dsn(?![a-z])|private_?key|api_?-?key|access_?key|account_?key|shared_?key"
    r"|(?:sign(?:ing)?|crypt(?:ion)?|auth|master|jwt|hmac|fernet|session|cookie|server|stripe|webhook"
    r"|admin|deploy|license)_?key|basic_?auth|authorization|connection_?string",
    re.IGNORECASE,
)
# Calls that take a secret, that hand one on, and that look one up and take what to use instead.
TAKES = re.compile(r"login|Fernet|compare_digest|\w*Secret\w*|\w*BasicAuth|\w*KeyCredential")
TAKES_SOME = re.compile(r"\b(?:login|Fernet|compare_digest)\b|BasicAuth|KeyCredential")
WRAPS = re.compile(r"\w*Field|field|str|bytes|bytearray|b64decode|unhexlify|fromhex|encode|strip")
LOOKS_UP = re.compile(r"get|getenv|\w*env\w*|\w*config\w*|setdefault|setattr|getattr|pop|str")
STANDS_IN = {"default", "value", "fallback"}
# What no secret is: a word of the subject, an address, the name of a variable or of a header.
PLAIN = re.compile(
    r"\W*|.{1,3}|true|false|none|null|[\d.]+|existing|strict|string|argument|development|production"
    r"|testing|staging|localhost|username|email|bearer|basic|digest|access|refresh|header|cookie"
    r"|query|bcrypt|argon2|pbkdf2\w*|[HRE]S\d+|EdDSA|sha\d+|utf-?8|ascii|dev|prod|test"
    r"|(?-i:[A-Z]\w*_[A-Z0-9_]*|[A-Z][a-z]+(?:-[A-Z][a-z]+)+)|(?:\.{0,2}/|[${<%]).*"
    r"|https?:[^@]*|.*\s.*\s.*\s.*",
    re.IGNORECASE | re.DOTALL,
)
# What is said of a secret rather than being one.
ABOUT = re.compile(
    r"(?:ur[li]|type|header|name|path|file|algorithm|prefix|id|field|location|schemes?|audience|issuer"
    r"|error|expire\w*|ttl|length|limit|count|invalid|reset|route|router)s?=?$",
    re.IGNORECASE,
)
LONG = 12
Where = tuple[int, int, int, int]


def without_literals(text: str) -> str:
    """Source without the secrets that stand in it as they are; what is no Python stays."""
    if not SECRETISH.search(text) and not TAKES_SOME.search(text):
        return text
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return text
    lines = [each.encode() for each in text.splitlines(keepends=True)]
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    content = b"".join(lines)
    places = {_place(each) for node in ast.walk(tree) for each in _secrets(node)}
    for first, begin, last, end in sorted(places, reverse=True):
        start, stop = starts[first - 1] + begin, starts[last - 1] + end
        content = content[:start] + f'"{HIDDEN}"'.encode() + content[stop:]
    return content.decode(errors="replace")


def _place(node: ast.Constant) -> Where:
    return node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0


def _secrets(node: ast.AST) -> Iterator[ast.Constant]:
    """The literals that one node gives to a secret's name."""
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _in_assignment(target, value)
        case (
            ast.AnnAssign(target=target, value=ast.expr() as value)
            | ast.NamedExpr(target=target, value=value)
        ):
            yield from _in_assignment(target, value)
        case ast.keyword(arg=str(name), value=value) if _is_secret(name):
            yield from _values(value)
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                if key is not None and _is_secret(_name(key)):
                    yield from _values(value)
        case ast.arguments():
            yield from _defaults(node)
        case ast.Compare(left=left, comparators=others):
            sides = [left, *others]
            if any(_is_secret(_name(each)) for each in sides):
                found = (value for each in sides for value in _values(each))
                yield from (each for each in found if not _is_secret(_name(each)))
        case ast.Call(func=func, args=args, keywords=keywords):
            yield from _in_call(_name(func), args, keywords)


def _in_assignment(target: ast.expr, value: ast.expr) -> Iterator[ast.Constant]:
    if isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
        for each, part in zip(target.elts, value.elts, strict=False):
            yield from _in_assignment(each, part)
    elif _is_secret(_name(target)):
        yield from _values(value)


def _defaults(given: ast.arguments) -> Iterator[ast.Constant]:
    named = [*given.posonlyargs, *given.args]
    pairs = [
        *zip(reversed(named), reversed(given.defaults), strict=False),
        *zip(given.kwonlyargs, given.kw_defaults, strict=True),
    ]
    for argument, default in pairs:
        if default is not None and _is_secret(argument.arg):
            yield from _values(default)


def _in_call(
    callee: str, args: Iterable[ast.expr], keywords: Iterable[ast.keyword]
) -> Iterator[ast.Constant]:
    args = list(args)
    if TAKES.fullmatch(callee):
        yield from (found for each in args for found in _values(each))
    elif LOOKS_UP.fullmatch(callee):
        named = [isinstance(each, ast.Constant) and _is_secret(_name(each)) for each in args]
        if True in named:
            others = args[named.index(True) + 1 :]
            more = [each.value for each in keywords if each.arg in STANDS_IN]
            yield from (found for each in (*others, *more) for found in _values(each))


def _values(node: ast.expr) -> Iterator[ast.Constant]:
    """The literals that an expression may be."""
    match node:
        case ast.Constant(value=str() | bytes() as value):
            said = value if isinstance(value, str) else value.decode(errors="replace")
            if not PLAIN.fullmatch(said):
                yield node
        case ast.BinOp(left=left, right=right):
            yield from (*_values(left), *_values(right))
        case (
            ast.BoolOp(values=parts)
            | ast.Tuple(elts=parts)
            | ast.List(elts=parts)
            | ast.Set(elts=parts)
        ):
            yield from (found for each in parts for found in _values(each))
        case ast.Dict(keys=keys, values=values):
            yield from (found for each in values for found in _values(each))
            yield from (
                found
                for each in keys
                if isinstance(each, ast.Constant) and len(str(each.value)) >= LONG
                for found in _values(each)
            )
        case ast.IfExp(body=body, orelse=other):
            yield from (*_values(body), *_values(other))
        case ast.Lambda(body=body):
            yield from _values(body)
        case ast.Call(func=func, args=args, keywords=keywords):
            name = _name(func)
            if WRAPS.fullmatch(name):
                inner = [func.value] if isinstance(func, ast.Attribute) else []
                yield from (found for each in (*inner, *args) for found in _values(each))
            yield from (f for k in keywords if k.arg in STANDS_IN for f in _values(k.value))
            if LOOKS_UP.fullmatch(name):
                yield from (found for each in args[1:] for found in _values(each))


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Constant(value=str(name)):
            return name
        case ast.Subscript(slice=key):
            return _name(key)
        case _:
            return ""


def _is_secret(name: str) -> bool:
    is_name = len(name) < 60 and not re.search(r"\s|://", name) and not ABOUT.search(name)
    return is_name and bool(SECRETISH.search(name))
