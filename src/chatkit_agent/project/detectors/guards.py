"""Guards: middlewares that refuse or redirect a request before it reaches the chat."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.project.detectors.middlewares import is_middleware
from chatkit_agent.project.facts import App, Middleware
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.source.walking import last_name

WORDS = (
    b"HTTPSRedirectMiddleware",
    b"TrustedHostMiddleware",
    b"csrf",
    b"CSRF",
    b"Csrf",
    b"xsrf",
    b"XSRF",
    b"429",
    b"HTTP_429",
    b"SlowAPI",
    b"default_limits",
)
# Where one can stand, and what it speaks of: what has none of these is not parsed.
PLACED = (
    rb"asgi_csrf|add_middleware\b|Middleware\s*\(|\.middleware\s*\(|def\s+(?:dispatch|__call__)\b"
)
SPEAKING = rb"(?i:HTTPSRedirectM|TrustedHostM|csrf|xsrf|429|SlowAPI|RateLimit)"
ALIASED = re.compile(rb"%s\w*\s+as\s+(\w+)" % SPEAKING)
BOTH = rb"(?s)\A(?=.*?(?:%s))(?=.*?(?:%s))"
HTTPS = (
    "redirects plain HTTP to HTTPS: serve it behind a proxy whose `X-Forwarded-Proto` uvicorn "
    "trusts, or the chat's page is redirected as well."
)
CSRF = (
    "refuses requests without its CSRF token, the chat's too: let the chat's page send the token "
    "with each request, or exempt the chat's route."
)
RATE = (
    "limits how often one may ask: a conversation makes dozens of requests, so allow that many to "
    "the chat's route."
)
MADE = re.compile(r"^\s*(\w+)\s*(?::[^=\n]+)?=\s*(?:\w+\.)*(?:FastAPI|Starlette)\(", re.MULTILINE)
ABOUT_CSRF = re.compile(r"csrf|xsrf", re.IGNORECASE)
ABOUT_RATE = re.compile(r"\b429\b|HTTP_429_TOO_MANY_REQUESTS")
LIMITERS = {"SlowAPIMiddleware", "SlowAPIASGIMiddleware", "RateLimitMiddleware"}


def find_guards(sources: Sources, app: App | None) -> tuple[Middleware, ...]:
    root = f"{app.directory}/" if app and app.directory else ""
    placed = sources.mentioning(PLACED, *WORDS, aside=False)
    files = [each for each in placed if each.startswith(root)]
    found = (
        guard
        for file in files
        for others in [_other_apps(sources, file, app)]
        for node in syntax.walk(sources.module(file, _placing(sources, file)))
        if not (others and _receivers(node) & others)
        for guard in (*_additions(sources, file, node), *_own_guards(file, node))
    )
    return tuple(dict.fromkeys(found))


def _placing(sources: Sources, file: str) -> bytes:
    """What a statement has in it that may place one, by whatever name it is imported."""
    names = ALIASED.findall(sources.tree.read(file))
    return BOTH % (PLACED, b"|".join([SPEAKING, *(rb"\b%s\b" % each for each in names)]))


def _other_apps(sources: Sources, file: str, app: App | None) -> set[str]:
    """Names of the applications in a file that are not the chosen one, as one that is mounted."""
    if app is None:
        return set()
    made = set(MADE.findall(sources.text(file)))
    return made - ({app.variable} if file == app.built_in else set())


def _receivers(node: cst.CSTNode) -> set[str]:
    """`sub` of `sub.add_middleware(...)`, and of a function below `@sub.middleware("http")`."""
    calls = [node] if isinstance(node, cst.Call) else []
    if isinstance(node, cst.FunctionDef):
        calls = [each.decorator for each in node.decorators if isinstance(each.decorator, cst.Call)]
    return {(syntax.dotted(each.func) or "").rpartition(".")[0] for each in calls} - {""}


def _additions(sources: Sources, file: str, node: cst.CSTNode) -> Iterator[Middleware]:
    """`app.add_middleware(...)`, `Middleware(...)` and `TrustedHostMiddleware(app, ...)`."""
    if not isinstance(node, cst.Call) or not node.args:
        return
    called = last_name(node.func)
    if called in ("asgi_csrf", "asgi_csrf_decorator"):
        yield Middleware(called, file, CSRF)
    name = _class_added(sources, file, node)
    if name == "HTTPSRedirectMiddleware":
        yield Middleware(name, file, HTTPS)
    elif name == "TrustedHostMiddleware":
        if "*" not in (hosts := _hosts(node)):
            yield Middleware(name, file, _only(hosts))
    elif ABOUT_CSRF.search(name):
        yield Middleware(name, file, CSRF)
    elif name in LIMITERS or "ratelimit" in name.lower():
        yield Middleware(name, file, RATE)


def _class_added(sources: Sources, file: str, call: cst.Call) -> str:
    """The name of the middleware's class, under whatever name it is imported."""
    value: cst.BaseExpression | None = call.func
    if is_adding := last_name(call.func) in ("add_middleware", "Middleware"):
        value = syntax.argument(call, "middleware_class", 0) or syntax.argument(call, "cls")
    symbol = sources.resolve(file, syntax.dotted(value))
    name = symbol.last_name if symbol else last_name(value) if value else ""
    return name if is_adding or name.endswith("Middleware") else ""


def _hosts(call: cst.Call) -> list[str]:
    listed = syntax.argument(call, "allowed_hosts", 1)
    elements = listed.elements if isinstance(listed, cst.List | cst.Tuple) else ()
    return [text for each in elements if (text := syntax.text(each.value))]


def _only(hosts: list[str]) -> str:
    named = ", ".join(f"`{host}`" for host in hosts) or "the hosts of its settings"
    return f"takes requests for {named} only: open the chat's page under one of these."


def _own_guards(file: str, node: cst.CSTNode) -> Iterator[Middleware]:
    """A middleware of the application's own that speaks of a CSRF token, or answers 429."""
    if not isinstance(node, cst.FunctionDef) or not is_middleware(node):
        return
    body = syntax.code(node.body)
    if ABOUT_CSRF.search(body):
        yield Middleware(node.name.value, file, CSRF)
    if ABOUT_RATE.search(body):
        yield Middleware(node.name.value, file, RATE)
