"""No middleware of the application holds a streamed answer back until it is complete."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion
from packaging.version import Version as Number

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence, Packages, Version
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call, Code
from chatkit_agent.project.source.folders import is_side_file
from chatkit_agent.project.source.in_front import added_middlewares, middlewares
from chatkit_agent.project.source.meaning import (
    calls_to,
    names_used,
    number_of,
    resolves_to,
    texts_of,
)
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import literals, within_node

GZIP = ("starlette.middleware.gzip.GZipMiddleware", "fastapi.middleware.gzip.GZipMiddleware")
BASE = "BaseHTTPMiddleware"
# From Starlette's 0.46 on event streams are left alone; FastAPI did not allow it before 0.115.10.
STREAMING = {"starlette": "0.46", "fastapi": "0.115.10"}
LEAST_TIMEOUT = 120
LIMITS = {"wait_for": 1, "timeout": 0, "fail_after": 0, "move_on_after": 0}
"""With the place of the seconds."""
OF_TYPE = {"media_type", "content_type", "isinstance", "StreamingResponse"}
NAMED = ("event-stream", "content-type")


@check("CK504", needs=PROJECT, symptoms=("slow", "silent"))
def middlewares_let_answers_through(evidence: Evidence) -> Iterator[Finding]:
    """What does is GZipMiddleware of an old Starlette, and one that loops over `body_iterator`."""
    sources, old = evidence.sources, _old(evidence.packages)
    held = sources.holding(b"iddleware", b"body_iterator", b"__call__")
    files = (each for each in (*evidence.chat.code.files, *sorted(held)) if not is_side_file(each))
    code = Code(sources, tuple(dict.fromkeys(files)))
    added = [call for call, each in added_middlewares(code) if _is_gzip(code, call, each)]
    if old:
        yield from (_compressing(code, each, *old) for each in (*added, *calls_to(code, *GZIP)))
    own = (code.methods(each).get("dispatch") for each in code.subclasses_of("starlette", BASE))
    for scope in dict.fromkeys([*middlewares(code), *filter(None, own)]):
        for loop in _collecting(code, scope):
            if not _spares(evidence.chat, code, scope, loop):
                yield _taking_whole(code, scope, loop)
                break
    for scope in code.functions:
        for call in code.inside(scope):
            seconds = _deadline(scope, call)
            if seconds is not None and not _spares(evidence.chat, code, scope, call.node):
                yield _cutting(code, call, seconds)


def _is_gzip(code: Code, call: Call, name: str) -> bool:
    return resolves_to(code, call.scope, name, *GZIP)


def _deadline(function: Scope, call: Call) -> float | None:
    """The seconds that it gives to what is called with its own `scope, receive, send`."""
    if call.scope.function is not function or call.method not in LIMITS or call.code.called(call):
        return None
    given = call.argument("timeout", LIMITS[call.method]) or call.argument("delay")
    seconds = number_of(call.code, call.scope, given)
    inner: list[cst.CSTNode] = [
        block.body
        for block in within_node(function.node, cst.With)
        if any(call.node is item.item for item in block.items)
    ]
    calls = (each for part in inner or [call.node] for each in within_node(part, cst.Call))
    is_limit = seconds is not None and seconds < LEAST_TIMEOUT
    return seconds if is_limit and any(_is_answer(function, each) for each in calls) else None


def _is_answer(function: Scope, call: cst.Call) -> bool:
    names = [each for each in function.parameters if each != "self"]
    given = [syntax.dotted(arg.value) for arg in call.args]
    return len(names) == len(given) == 3 and names[:2] == given[:2]


def _cutting(code: Code, call: Call, seconds: float) -> Finding:
    return Finding(
        what=f"Answers are cut off after {seconds:g} s: a middleware ends the whole request then.",
        where=call.where,
        evidence=f"`{syntax.code(call.node)[:120]}`, around all of the answer.",
        fix="Leave the chat's route out, or limit the time until the answer begins.",
        severity="warning",
        cause="deadline",
        explains=("cut_off", "stream_error", "silent"),
    )


def _old(packages: Packages) -> tuple[str, Version] | None:
    """The package that tells that Starlette holds streams back, and its version or range."""
    for name, since in STREAMING.items():
        if found := packages.version(name):
            if found.is_before(since):
                return name, found
            if name == "starlette":
                return None
        declared = packages.declared.get(name)
        if not found and declared and _ends_before(declared.text, since):
            return name, declared
    return None


def _ends_before(specifier: str, since: str) -> bool:
    try:
        bounds = [each for each in SpecifierSet(specifier) if each.operator == "<"]
        return any(Number(each.version) <= Number(since) for each in bounds)
    except (InvalidSpecifier, InvalidVersion):
        return False


def _collecting(code: Code, function: Scope) -> Iterator[cst.CSTNode]:
    """Loops over the pieces of an answer that pass none of them on, here or in a helper."""
    defined = (each for each in within_node(function.node, cst.FunctionDef))
    inner = {part for each in defined if each is not function.node for part in syntax.walk(each)}
    yield from (each for each in _loops(code, function) if each not in inner)
    for call in code.inside(function):
        called = code.called(call)
        if called and not any(within_node(called.node, cst.Yield)) and any(_loops(code, called)):
            yield call.node


def _loops(code: Code, function: Scope) -> Iterator[cst.For | cst.CompFor]:
    loops: list[cst.For | cst.CompFor] = [*within_node(function.node, cst.For)]
    for each in (*loops, *within_node(function.node, cst.CompFor)):
        pieces = code.value(function, each.iter)
        if isinstance(pieces, cst.Attribute) and pieces.attr.value == "body_iterator":
            yield each


def _spares(chat: Anatomy, code: Code, function: Scope, node: cst.CSTNode) -> bool:
    """Whether a test of the type of the answer, or of its path, may leave the chat out."""
    for each in within_node(function.node, cst.If):
        used, said = names_used(each.test), [text for _, text in literals(each.test)]
        is_of_type = used & OF_TYPE or any(text.lower() in NAMED for text in said)
        is_chosen = node in syntax.walk(each.body)
        if not is_of_type and "path" not in used | {*said}:
            continue
        paths = [text for text in said if text.startswith("/")]
        for name in within_node(each.test, cst.Name):
            paths += texts_of(code, function, name) or ()
        is_other = paths and not any(a in b or b in a for a in paths for b in chat.paths)
        if is_of_type or is_chosen or not is_other:
            return True
    return False


def _compressing(code: Code, call: Call, name: str, old: Version) -> Finding:
    return Finding(
        what="Answers come all at once: GZipMiddleware holds event streams back with Starlette "
        "before 0.46.",
        where=call.where,
        evidence=f"GZipMiddleware is added, and {old.where} has {name} {old.text}.",
        fix="Take FastAPI 0.115.12 or newer with Starlette 0.46 or newer, or compress in the proxy "
        "and leave `text/event-stream` out.",
        cause="gzip",
    )


def _taking_whole(code: Code, function: Scope, loop: cst.CSTNode) -> Finding:
    return Finding(
        what="Answers come all at once: a middleware takes all their pieces together first.",
        where=code.where(function, loop),
        evidence=f"`{function.name}` loops over `body_iterator` of every answer.",
        fix="Leave answers of type `text/event-stream` alone, or write the middleware as plain "
        "ASGI, which sees each piece as it is sent.",
        cause="collecting middleware",
    )
