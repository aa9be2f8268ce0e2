"""No middleware of the application holds a streamed answer back until it is complete."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion
from packaging.version import Version as Number

from chatkit_agent.checks.check import PROJECT, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.evidence.static import Evidence, Packages, Version
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.side_files import is_side_file
from chatkit_agent.project.source.walking import within_node

GZIP = ("starlette.middleware.gzip.GZipMiddleware", "fastapi.middleware.gzip.GZipMiddleware")
# From Starlette's 0.46 on event streams are left alone; FastAPI did not allow it before 0.115.10.
STREAMING = {"starlette": "0.46", "fastapi": "0.115.10"}
WHOLE = re.compile(r"(?:self\.)?\w+\(\s*scope,\s*receive,\s*\w*send\w*,?\s*\)", re.IGNORECASE)
LEAST_TIMEOUT = 120
CHOOSING = re.compile(r"event-stream|media_type|content[-_]type|\bpath\b|isinstance", re.IGNORECASE)


@check(
    "CK504",
    "No middleware of the application holds a streamed answer back until it is complete",
    needs=PROJECT,
    symptoms=("slow", "silent"),
)
def middlewares_let_answers_through(evidence: Evidence) -> Iterator[Finding]:
    """No middleware of the application holds a streamed answer back until it is complete:
    GZipMiddleware of an old Starlette, and one that loops over `body_iterator`.
    """
    yield from _ending(evidence) if evidence.has_chat else ()
    old = _old(evidence.packages)
    sources = evidence.sources
    for file in sources.holding(b"GZipMiddleware", b"body_iterator"):
        if is_side_file(file):
            continue
        module = sources.module(file)
        for call in within_node(module, cst.Call) if old else ():
            if old and _adds_gzip(evidence, file, call):
                yield _compressing(evidence, file, call, *old)
        for function in within_node(module, cst.FunctionDef):
            loop = _collecting(function)
            if loop is not None:
                yield _taking_whole(evidence, file, function, loop)


def _ending(evidence: Evidence) -> Iterator[Finding]:
    """A plain ASGI middleware that gives the whole answer so many seconds."""
    sources = evidence.sources
    for file in sources.holding(b"wait_for(", b"timeout(", b"fail_after(", b"move_on_after("):
        if is_side_file(file):
            continue
        for function in within_node(sources.module(file), cst.FunctionDef):
            tests = (syntax.code(each.test) for each in within_node(function, cst.If))
            if any(CHOOSING.search(test) for test in tests):
                continue
            for call in within_node(function.body, cst.Call):
                if (seconds := _deadline(function, call)) is not None:
                    yield _cutting(evidence, file, call, seconds)


def _deadline(function: cst.FunctionDef, call: cst.Call) -> float | None:
    """The seconds that it gives to what is called with `scope, receive, send`."""
    operation = (syntax.dotted(call.func) or "").rpartition(".")[2]
    inner: cst.CSTNode
    if operation == "wait_for" and call.args:
        given, inner = syntax.argument(call, "timeout", 1), call.args[0].value
    elif operation in ("timeout", "fail_after", "move_on_after") and call.args:
        blocks = within_node(function.body, cst.With)
        own = (b for b in blocks if any(each.item is call for each in b.items))
        block = next(own, None)
        given, inner = call.args[0].value, block.body if block else call
    else:
        return None
    seconds = syntax.number(given)
    is_answer = any(WHOLE.fullmatch(syntax.code(each)) for each in within_node(inner, cst.Call))
    return seconds if seconds is not None and is_answer and seconds < LEAST_TIMEOUT else None


def _cutting(evidence: Evidence, file: str, call: cst.Call, seconds: float) -> Finding:
    return Finding(
        what=f"Answers are cut off after {seconds:g} s: a middleware ends the whole request then.",
        where=f"{file}:{evidence.chat.code.line(file, call)}",
        evidence=f"`{syntax.code(call)[:120]}`, around all of the answer.",
        fix="Leave the chat's route out, or limit the time until the answer begins.",
        severity="warning",
        cause="deadline",
        explains=("cut_off", "stream_error", "silent"),
    )


def _old(packages: Packages) -> tuple[str, Version] | None:
    """The package that tells that Starlette holds streams back, and its version or range."""
    for name, since in STREAMING.items():
        if found := packages.version(name):
            if _is_before(found.text, since):
                return name, found
            if name == "starlette":
                return None
        declared = packages.declared.get(name)
        if not found and declared and _ends_before(declared.text, since):
            return name, declared
    return None


def _is_before(version: str, since: str) -> bool:
    try:
        return Number(version) < Number(since)
    except InvalidVersion:
        return False


def _ends_before(specifier: str, since: str) -> bool:
    try:
        bounds = [each for each in SpecifierSet(specifier) if each.operator == "<"]
        return any(Number(each.version) <= Number(since) for each in bounds)
    except (InvalidSpecifier, InvalidVersion):
        return False


def _adds_gzip(evidence: Evidence, file: str, call: cst.Call) -> bool:
    operation = (syntax.dotted(call.func) or "").rpartition(".")[2]
    if operation not in ("add_middleware", "Middleware") or not call.args:
        return False
    symbol = evidence.sources.resolve(file, syntax.dotted(call.args[0].value))
    return symbol is not None and symbol.path is None and symbol.name in GZIP


def _collecting(function: cst.FunctionDef) -> cst.CSTNode | None:
    """A loop over the pieces of any answer in a middleware itself, which passes none of them on."""
    marks = " ".join(syntax.code(each.decorator) for each in function.decorators)
    if function.name.value != "dispatch" and ".middleware(" not in marks:
        return None
    tests = (syntax.code(each.test) for each in within_node(function, cst.If))
    if any(CHOOSING.search(test) for test in tests):
        return None
    inner = within_node(function.body, cst.FunctionDef)
    nested = {part for each in inner for part in _loops(each)}
    return next((each for each in _loops(function.body) if each not in nested), None)


def _loops(node: cst.CSTNode) -> list[cst.For | cst.CompFor]:
    loops: list[cst.For | cst.CompFor] = [*within_node(node, cst.For)]
    loops += within_node(node, cst.CompFor)
    return [each for each in loops if "body_iterator" in syntax.code(each.iter)]


def _compressing(evidence: Evidence, file: str, call: cst.Call, name: str, old: Version) -> Finding:
    return Finding(
        what="Answers come all at once: GZipMiddleware holds event streams back with Starlette "
        "before 0.46.",
        where=f"{file}:{evidence.chat.code.line(file, call)}",
        evidence=f"GZipMiddleware is added, and {old.where} has {name} {old.text}.",
        fix="Take FastAPI 0.115.12 or newer with Starlette 0.46 or newer, or compress in the proxy "
        "and leave `text/event-stream` out.",
        cause="gzip",
    )


def _taking_whole(
    evidence: Evidence, file: str, function: cst.FunctionDef, loop: cst.CSTNode
) -> Finding:
    return Finding(
        what="Answers come all at once: a middleware takes all their pieces together first.",
        where=f"{file}:{evidence.chat.code.line(file, loop)}",
        evidence=f"`{function.name.value}` loops over `body_iterator` of every answer.",
        fix="Leave answers of type `text/event-stream` alone, or write the middleware as plain "
        "ASGI, which sees each piece as it is sent.",
        cause="collecting middleware",
    )
