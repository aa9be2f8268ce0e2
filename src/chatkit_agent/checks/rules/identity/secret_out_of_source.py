"""The secret that signs people's tokens is in no source."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call, Code
from chatkit_agent.project.source.meaning import resolves_to
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.values import Held, valued
from chatkit_agent.project.source.verifying import LIBRARIES, decode_of
from chatkit_agent.project.source.walking import last_name, literals, sides_of, within_node

PUBLIC = ("-----BEGIN PUBLIC", "-----BEGIN CERTIFICATE", "-----BEGIN RSA PUBLIC", "http")
SAME = (cst.Equal, cst.NotEqual, cst.In, cst.NotIn, cst.Is, cst.IsNot)


@check("CK119", needs=SOURCE, symptoms=("mixed_up", "leaks"))
def secret_out_of_source(chat: Anatomy) -> Iterator[Finding]:
    """The secret that signs people's tokens or sessions is in no source, not even as what holds
    where none is set: `os.getenv("JWT_SECRET", "secret")` lets whoever read the source sign in as
    anybody as soon as the variable is forgotten. Silent where the code refuses that text by itself.
    """
    told = set[cst.CSTNode]()
    for call, given in secrets_used(chat):
        for (scope, node), text in texts_written(chat.code, call.scope, given):
            if _is_secret(text) and node not in told and not _is_refused(chat, text):
                told.add(node)
                yield _finding(chat, call, (scope, node))


def _is_secret(text: str) -> bool:
    return bool(text.strip()) and not text.strip().startswith(PUBLIC)


def _is_refused(chat: Anatomy, text: str) -> bool:
    """`if SECRET == "change-me": raise`: some code looks whether it is that text."""
    return any(
        _asks_for(chat, module, each, text)
        for module in chat.code.modules
        for each in within_node(module.node, cst.Comparison)
    )


def _asks_for(chat: Anatomy, module: Scope, node: cst.Comparison, text: str) -> bool:
    if not all(isinstance(each.operator, SAME) for each in node.comparisons):
        return False
    if any(said == text for _, said in literals(node)):
        return True
    return all(chat.code.text(module, each) == text for each in sides_of(node))


def _finding(chat: Anatomy, call: Call, held: tuple[Scope, cst.CSTNode]) -> Finding:
    return Finding(
        what="Whoever reads the source can sign in as anybody: the secret that signs people in is "
        "written there.",
        where=chat.code.where(*held),
        evidence=f"`{call.written}` in {call.where} takes what is "
        "written there, unless something else is set.",
        fix="Read it from the environment alone, and end the start where it is not set: "
        '`os.environ["JWT_SECRET"]`, or a field of the settings without a default.',
        cause="secret in source",
    )


HOPS = 8
SESSIONS = (
    "starlette.middleware.sessions.SessionMiddleware",
    "fastapi.middleware.sessions.SessionMiddleware",
)
SERIALIZERS = ("itsdangerous",)
TURNING = {"encode", "get_secret_value", "strip", "decode"}
WRAPPING = {"SecretStr", "SecretBytes", "str", "bytes", "bytearray", "import_key", "Secret"}
WRAPPING |= {"OctKey", "cast"}


def secrets_used(chat: Anatomy) -> Iterator[tuple[Call, cst.BaseExpression]]:
    """The calls that sign people's tokens and cookies, or verify them, each with its secret."""
    for call in chat.code.calls:
        given = _secret(chat, call)
        if given is not None:
            yield call, given


def _secret(chat: Anatomy, call: Call) -> cst.BaseExpression | None:
    code, symbol = chat.code, call.symbol
    if decode_of(code, call) is not None:
        return call.argument("key", 1)
    if call.method in ("add_middleware", "Middleware"):
        added = call.argument("middleware_class", 0) or call.argument("cls", 0)
        is_session = resolves_to(code, call.scope, added, *SESSIONS)
        return call.argument("secret_key") if is_session else None
    if resolves_to(code, call.scope, call.written, *SESSIONS):
        return call.argument("secret_key", 1)
    if symbol is None or symbol.path is not None:
        return None
    library, _, name = symbol.name.partition(".")
    if library in LIBRARIES and name.endswith("encode"):
        return call.argument("key", 2 if library in ("authlib", "joserfc") else 1)
    if library in SERIALIZERS and name.endswith(("Serializer", "Signer")):
        return call.argument("secret_key", 0)
    is_hmac = symbol.name in ("hmac.new", "hmac.digest") and call.scope.function in chat.sign_ins
    return call.argument("key", 0) if is_hmac else None


def texts_written(
    code: Code, scope: Scope, given: cst.BaseExpression, hops: int = HOPS
) -> Iterator[tuple[Held, str]]:
    """The texts in the source that an expression may be, each with where it is written.

    Followed into `os.getenv(name) or "text"`, `"text".encode()` and `SecretStr("text")`.
    """
    if not hops:
        return
    where, node = valued(code, scope, given)
    if isinstance(node, cst.BooleanOperation | cst.IfExp):
        sides = (node.left, node.right) if isinstance(node, cst.BooleanOperation) else ()
        sides = sides or (node.body, node.orelse) if isinstance(node, cst.IfExp) else sides
        for each in sides:
            yield from texts_written(code, where, each, hops - 1)
    elif isinstance(node, cst.Call):
        inner = _inner(node)
        if inner is not None:
            yield from texts_written(code, where, inner, hops - 1)
    elif (text := code.text(where, node) or _of_bytes(node)) is not None:
        yield (where, node), text


def _inner(node: cst.Call) -> cst.BaseExpression | None:
    """What a call turns into another form, or wraps."""
    if isinstance(node.func, cst.Attribute) and node.func.attr.value in TURNING:
        return node.func.value
    return node.args[-1].value if last_name(node.func) in WRAPPING and node.args else None


def _of_bytes(node: cst.BaseExpression) -> str | None:
    value = node.evaluated_value if isinstance(node, cst.SimpleString) else None
    return value.decode(errors="replace") if isinstance(value, bytes) else None
