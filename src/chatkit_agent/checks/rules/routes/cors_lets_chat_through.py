"""CORS lets the chat's own requests through."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.cors import HEADERS, cors_calls
from chatkit_agent.project.source.in_front import added_middlewares
from chatkit_agent.project.source.injection import scheme_of, targets_of
from chatkit_agent.project.source.meaning import says, status_answered, texts_of, truth_of
from chatkit_agent.project.source.parts import MARKS, Part, Parts
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.scopes import Call
from chatkit_agent.project.source.walking import decorating, literals, within_node

NO_ORIGIN = re.compile(r"^https?://[^/*]+/|^[\w-]+(?:\.[\w-]+)+(?::\d+)?$")


@check("CK601", needs=SOURCE, symptoms=("cors", "token_missing", "silent"))
def cors_lets_chat_through(chat: Anatomy) -> Iterator[Finding]:
    """They need the method `POST`, and the headers `Authorization` and `chatkit-frame-instance-id`,
    which the client sends; and, where nothing but a cookie signs in, credentials.
    """
    by_cookie = signs_in_by_cookie(chat)
    for call in cors_calls(chat):
        yield from _refusals(chat, call)
        yield from _behind_sign_in(chat, call)
        if by_cookie and _keeps_cookies_out(chat, call):
            yield _without_cookies(chat, call)


def _behind_sign_in(chat: Anatomy, cors: Call) -> Iterator[Finding]:
    """A middleware that is added later is asked first, also before what answers OPTIONS."""
    later = [
        (call, function)
        for call, name in added_middlewares(chat.code)
        for kind in [chat.code.scope_of(chat.code.resolve(call.scope, name))]
        for function in (chat.code.functions if kind else ())
        if kind in (function, function.owner) and call.scope is cors.scope
    ]
    later += [
        (mark, function)
        for function in chat.code.functions
        for mark in map(chat.code.call_of, decorating(function.node))
        if mark and mark.method == "middleware" and function.outer is cors.scope
    ]
    for call, function in later if cors.method == "add_middleware" else ():
        places = [chat.code.line(each.scope.file, each.node) for each in (cors, call)]
        refusing = [e for e in chat.code.inside(function) if status_answered(e) in (401, 403)]
        if places[0] < places[1] and refusing and not says(function.node, "options"):
            yield Finding(
                what="Browsers do not send the chat's requests from another origin: what signs in "
                "refuses the OPTIONS request that asks for leave.",
                where=call.where,
                evidence=f"It is added after `CORSMiddleware`, so `{function.name}` is asked "
                "first, and that request has no token.",
                fix="Add `CORSMiddleware` last, or let OPTIONS through.",
                cause="cors:order",
                explains=("cors", "unauthorized"),
            )


def _keeps_cookies_out(chat: Anatomy, call: Call) -> bool:
    """Whether it lets other origins in, and their cookies not."""
    given = call.argument("allow_credentials")
    shared = truth_of(chat.code, call.scope, given)
    is_known = shared is False or (given is None and not call.spreads)
    others = _texts(chat, call, "allow_origins") != [] or call.argument("allow_origin_regex")
    return is_known and bool(others)


def _without_cookies(chat: Anatomy, call: Call) -> Finding:
    return Finding(
        what="On a page of another origin nobody is signed in: browsers send it no cookie, and "
        "nothing else signs in.",
        where=chat.code.where(call.scope, call.argument("allow_credentials") or call.node),
        evidence="`allow_credentials` is not set, and the sign-in reads a cookie alone.",
        fix="Set `allow_credentials=True` with the origins of your own pages in `allow_origins`, "
        "and let the page's `fetch` send them: `credentials: 'include'`.",
        severity="warning",
        cause="cors:allow_credentials",
    )


def _refusals(chat: Anatomy, call: Call) -> Iterator[Finding]:
    methods = _texts(chat, call, "allow_methods")
    if methods is not None and not {"*", "post"} & set(methods):
        yield _finding(
            chat, call, "allow_methods", "`POST`", "Browsers do not send the chat's requests at all"
        )
    never = [each for each in _texts(chat, call, "allow_origins") or () if NO_ORIGIN.search(each)]
    if never:
        yield _never(chat, call, never[0])
    headers = _texts(chat, call, "allow_headers")
    if headers is None or "*" in headers:
        return
    missing = [f"`{name.lower()}`" for name in HEADERS if name.lower() not in headers]
    if missing:
        what = "Browsers do not send the chat's requests from another origin"
        yield _finding(chat, call, "allow_headers", " and ".join(missing), what)


def _never(chat: Anatomy, call: Call, origin: str) -> Finding:
    return Finding(
        what=f"Browsers do not send the chat's requests: no page has the origin `{origin}`.",
        where=chat.code.where(call.scope, call.argument("allow_origins") or call.node),
        evidence="An origin is the scheme, the host and the port alone, and is compared as it is.",
        fix=f"Write `{origin.rstrip('/')}` without what comes after the host.",
        cause="cors:allow_origins",
        explains=("cors", "silent"),
    )


def _texts(chat: Anatomy, call: Call, keyword: str) -> list[str] | None:
    """What a list of literals has, in lower case; None where only running it would tell."""
    given = call.value(keyword)
    if given is None:
        return None if call.spreads else []
    return texts_of(chat.code, call.scope, given)


def _finding(chat: Anatomy, call: Call, keyword: str, missing: str, what: str) -> Finding:
    node = call.argument(keyword) or call.node
    return Finding(
        what=f"{what}: CORS does not allow {missing}.",
        where=chat.code.where(call.scope, node),
        evidence=f"`{keyword}` does not have it, and the ChatKit client sends it.",
        fix=f"Add {missing} to `{keyword}`.",
        edit="let_chat_through_cors" if keyword == "allow_headers" else None,
        cause=f"cors:{keyword}",
    )


KEYS = ("authorization", "proxy-authorization")


def signs_in_by_cookie(chat: Anatomy) -> bool:
    """Whether the sign-in reads cookies or the session in one, and nothing that a page can send."""
    places = {place for each in chat.sign_ins for place in _places_asked(chat, each)}
    return bool(places) and places <= {"cookie"}


def _places_asked(chat: Anatomy, scope: Scope) -> Iterator[str]:
    """The parts of a request in which a function of the sign-in looks for a credential."""
    parts = Parts(chat)
    for each in within_node(scope.node, cst.Attribute):
        place = parts.place(Part(scope, each))
        if each.attr.value == "session" and syntax.dotted(each.value) == "request":
            yield "cookie"
        elif place in ("cookie", "query"):
            yield place
    said = {text.lower() for _, text in literals(scope.node)}
    yield from ("header",) if not said.isdisjoint(KEYS) else ()
    for param in syntax.parameters(scope.node) if isinstance(scope.node, cst.FunctionDef) else ():
        for target in targets_of(chat.code.sources, scope.file, param):
            scheme = scheme_of(chat.code.sources, target.file, target.value)
            yield from (("cookie" if "Cookie" in scheme else "header"),) if scheme else ()
        for call in chat.code.calls_in(param):
            place = (
                MARKS.get(call.method) if chat.code.is_from(call.symbol, "fastapi", *MARKS) else ""
            )
            yield from (place,) if place in ("cookie", "header") else ()
