"""Guards: middlewares that refuse or redirect a request before it reaches the chat."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.project.detectors.middlewares import is_middleware
from chatkit_agent.project.facts import App, Middleware
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.meaning import STATUS, STATUSES
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.source.walking import decorating_calls, last_name

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
    b"RedirectResponse",
    b"HTTPStatus",
    b"401",
    b"403",
    b"413",
    b"421",
    b"503",
)
# Where one can stand, and what it speaks of: what has none of these is not parsed.
PLACED = (
    rb"asgi_csrf|add_middleware\b|Middleware\s*\(|\.middleware\s*\(|def\s+(?:dispatch|__call__)\b"
)
REFUSING = rb"\b(?:HTTP_)?(?:401|403|413|421|429|503)|RedirectResponse|HTTPStatus"
SPEAKING = rb"(?i:HTTPSRedirectM|TrustedHostM|csrf|xsrf|SlowAPI|RateLimit|%s)" % REFUSING
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
OTHERS = (
    "may answer a request itself, with {}: see that it lets those to the chat's route pass, and a "
    "browser to its page, which sends no token with a link."
)
REDIRECTS = {301, 302, 303, 307, 308}
MADE = re.compile(r"^\s*(\w+)\s*(?::[^=\n]+)?=\s*(?:\w+\.)*(?:FastAPI|Starlette)\(", re.MULTILINE)
ABOUT_CSRF = re.compile(r"csrf|xsrf", re.IGNORECASE)
REFUSALS = {401, 403, 413, 421, 503}
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
    calls = [node] if isinstance(node, cst.Call) else decorating_calls(node)
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
    """A middleware of the application's own that answers some requests itself."""
    if not isinstance(node, cst.FunctionDef) or not is_middleware(node):
        return
    body, name = syntax.code(node.body), node.name.value
    if ABOUT_CSRF.search(body):
        yield Middleware(name, file, CSRF)
        return
    answers = set(_statuses(node))
    if 429 in answers:
        yield Middleware(name, file, RATE)
    if "https" in body and answers & REDIRECTS:
        yield Middleware(name, file, HTTPS)
    elif refusals := sorted(answers & REFUSALS):
        yield Middleware(name, file, OTHERS.format(" or ".join(map(str, refusals))))


def _statuses(function: cst.FunctionDef) -> Iterator[int]:
    """Those of the answers that it makes itself, and of exceptions that become answers."""
    for node in syntax.walk(function.body):
        if isinstance(node, cst.DictElement) and syntax.text(node.key) == "status":
            yield from _status(node.value)
        if not isinstance(node, cst.Call):
            continue
        called = last_name(node.func)
        if called.endswith(("Response", "HTTPException")):
            position = int(not called.endswith("Exception"))
            given = syntax.argument(node, "status_code", position)
            yield from _status(given) if given else (307,) if "Redirect" in called else ()


def _status(given: cst.BaseExpression) -> Iterator[int]:
    """403, `status.HTTP_403_FORBIDDEN`, `HTTPStatus.FORBIDDEN` or `HTTPStatus(403)`."""
    if isinstance(given, cst.Call) and given.args:
        given = given.args[0].value
    if isinstance(given, cst.Integer):
        yield int(given.value)
    elif (name := last_name(given)) in STATUSES:
        yield STATUSES[name]
    elif found := STATUS.match(name):
        yield int(found[1])
