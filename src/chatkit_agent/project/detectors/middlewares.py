"""Middlewares: those of the application that stand between a browser and a streamed answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import libcst as cst
from packaging.requirements import Requirement
from packaging.version import Version

from chatkit_agent.project.detectors.lock import version_in
from chatkit_agent.project.facts import App, Middleware, Packaging
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.cors import HEADERS as SENT
from chatkit_agent.project.source.cors import MIDDLEWARE
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.source.walking import decorating_calls, last_name

HEADERS = tuple(each.lower() for each in SENT)
METHOD = "POST"
CORS = MIDDLEWARE[-1]
GZIP = "starlette.middleware.gzip.GZipMiddleware"
SAME = {
    **dict.fromkeys(MIDDLEWARE, CORS),
    "fastapi.middleware.gzip.GZipMiddleware": GZIP,
}
# Measured: from here on GZipMiddleware leaves event streams alone; BaseHTTPMiddleware passes each
# piece on, and a disconnect too, with every version that the chat's packages go together with.
STREAMS_THROUGH_GZIP = "0.46"
NAMED = (b"CORSMiddleware", b"GZipMiddleware", b"body_iterator")
PLACED = rb"add_middleware\b|Middleware\s*\("
READS_ANSWERS = re.compile(r"\bbody_iterator\b")


def find_middlewares(
    sources: Sources, app: App | None, packaging: Packaging
) -> tuple[Middleware, ...]:
    root = f"{app.directory}/" if app and app.directory else ""
    files = (each for each in sources.holding(*NAMED, aside=False) if each.startswith(root))
    found = (
        middleware
        for file in files
        for middleware in (*_additions(sources, file, packaging), *_reading_answers(sources, file))
    )
    return tuple(dict.fromkeys(found))


def _additions(sources: Sources, file: str, packaging: Packaging) -> Iterator[Middleware]:
    for node in syntax.walk(sources.module(file, PLACED)):
        if not isinstance(node, cst.Call):
            continue
        operation = last_name(node.func)
        if operation not in ("add_middleware", "Middleware") or not node.args:
            continue
        name = syntax.dotted(node.args[0].value)
        symbol = sources.resolve(file, name) if name else None
        whole = SAME.get(symbol.name, symbol.name) if symbol and symbol.path is None else ""
        effect = ""
        if whole == CORS:
            effect = _refusals(node)
        elif whole == GZIP:
            effect = _compression(sources, packaging)
        if effect:
            yield Middleware(whole.rpartition(".")[2], file, effect)


def _refusals(call: cst.Call) -> str:
    methods = _strings_of(call, "allow_methods", ("GET",))
    headers = _strings_of(call, "allow_headers", ())
    if methods is None or headers is None:
        what = f"`{METHOD}` and the headers {_in_quotes(HEADERS)}"
        return f"has to allow {what} for a page on another origin; its values are computed."
    lacking = [each for each in HEADERS if not {each, "*"} & {name.lower() for name in headers}]
    wanted = [] if {METHOD, "*"} & {each.upper() for each in methods} else [f"`{METHOD}`"]
    wanted += [f"the headers {_in_quotes(lacking)}"] if lacking else []
    if not wanted:
        return ""
    return f"refuses the chat of a page on another origin: let it allow {' and '.join(wanted)}."


def _strings_of(call: cst.Call, keyword: str, default: Sequence[str]) -> tuple[str, ...] | None:
    """The strings of a list that is written out; None where it is computed."""
    value = syntax.argument(call, keyword)
    if any(arg.star for arg in call.args):
        return None
    if value is None:
        return tuple(default)
    if not isinstance(value, cst.List | cst.Tuple | cst.Set):
        return None
    texts = [syntax.text(element.value) for element in value.elements]
    return tuple(text for text in texts if text) if all(texts) else None


def _in_quotes(names: Sequence[str]) -> str:
    return " and ".join(f"`{name}`" for name in names)


def _compression(sources: Sources, packaging: Packaging) -> str:
    """Nothing where it is known to be a version that lets streams through."""
    seen = _installed_version(sources) or _pinned_version(packaging)
    if seen and seen >= Version(STREAMS_THROUGH_GZIP):
        return ""
    here = f" (here it is {seen})" if seen else ""
    return (
        f"holds an answer back until it is complete with Starlette before {STREAMS_THROUGH_GZIP}"
        f"{here}: take a newer one, or the chat does not stream."
    )


INSTALLED = "lib/python*/site-packages/starlette-*.dist-info"


def _installed_version(sources: Sources) -> Version | None:
    for name in (".venv", "venv"):
        folder = sources.tree.folder(name)
        for found in folder.glob(INSTALLED) if folder else ():
            return version_in(found.name.removeprefix("starlette-").removesuffix(".dist-info"))
    return None


def _pinned_version(packaging: Packaging) -> Version | None:
    for each in packaging.requirements:
        if each.name == "starlette" and each.text:
            exact = [s.version for s in Requirement(each.text).specifier if s.operator == "=="]
            return version_in(exact[0]) if exact else None
    return None


def _reading_answers(sources: Sources, file: str) -> Iterator[Middleware]:
    """Middlewares that take the pieces of an answer together before they pass it on."""
    module = sources.module(file, b"body_iterator")
    for node in syntax.walk(module):
        if not isinstance(node, cst.FunctionDef) or not is_middleware(node):
            continue
        if READS_ANSWERS.search(module.code_for_node(node)):
            effect = "takes whole answers (`body_iterator`): the chat does not stream through it."
            yield Middleware(node.name.value, file, effect)


def is_middleware(function: cst.FunctionDef) -> bool:
    """`@app.middleware("http")`, the method of a `BaseHTTPMiddleware`, or a plain ASGI one."""
    names = [syntax.dotted(each.func) or "" for each in decorating_calls(function)]
    is_decorated = any(each.endswith(".middleware") for each in names)
    names = [each.name.value for each in syntax.parameters(function)]
    is_asgi = function.name.value == "__call__" and names[1:2] == ["scope"]
    return is_decorated or is_asgi or function.name.value == "dispatch"
