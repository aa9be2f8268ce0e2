"""The page sends the person's token where the chat asks for one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.front_end import Page, Value
from chatkit_agent.project.source.injection import scheme_of, targets
from chatkit_agent.project.source.meaning import reaches, says

IN_HEADER = {"HTTPBearer", "OAuth2PasswordBearer", "OAuth2AuthorizationCodeBearer", "OpenIdConnect"}
SENDS = re.compile(
    r"authori[sz]ation|x-[\w-]*(?:token|key|auth)|\bheaders?\b\s*[:=(]\s*(?!\{\s*\.{3}|\{\s*[\"']?content)\w",
    re.IGNORECASE,
)
FETCHES = re.compile(r"(?<![\w.])(?:window\.|globalThis\.)?fetch\s*\(")
ROUTE = re.compile(r"(?:/route|/\+server|/api/[\w/\[\].-]+|/middleware|/proxy)\.[jt]sx?$")


@check("CK311", needs=PROJECT, symptoms=("unauthorized",))
def page_sends_token(evidence: Evidence) -> Iterator[Finding]:
    """The page sends the person's token where the chat asks for one in `Authorization`: by the
    `fetch` of the client's `api`. Silent with cookies, where a server of the page stands between,
    and where only running the function would tell what it sends.
    """
    if not _wants_header(evidence.chat) or _stands_between(evidence):
        return
    for page in evidence.front_end.chats:
        for api in page.apis():
            if "url" not in api or any(name.startswith("...") for name in api):
                continue
            told = _problem(evidence, page, api.get("fetch"))
            if told:
                yield Finding(
                    what="Nobody is signed in to the chat from this page: it asks without the "
                    "person's token, and the answer is 401.",
                    where=page.where(api["fetch" if "fetch" in api else "url"].place),
                    evidence=told,
                    fix="Give `api` a `fetch` that sets `Authorization: Bearer <token>` on a copy "
                    "of the request's headers and passes the rest on.",
                    cause="page's token",
                )


def _problem(evidence: Evidence, page: Page, given: Value | None) -> str:
    if given is None:
        return "`api` has a `url` and no `fetch`, so requests have no `Authorization` header."
    body = evidence.front_end.function(page, given.code)
    if body is None or not FETCHES.search(body) or SENDS.search(body):
        return ""
    return "`fetch` asks without an `Authorization` header."


def _wants_header(chat: Anatomy) -> bool:
    """Whether the token has to be in a header: by a scheme of FastAPI, and no cookie is read."""
    wants = False
    for scope in reaches(chat.code, chat.sign_ins):
        node = scope.node
        if not isinstance(node, cst.FunctionDef):
            continue
        for target in targets(chat.code.sources, scope.file, node):
            scheme = scheme_of(chat.code.sources, target.file, target.value)
            if scheme == "APIKeyCookie":
                return False
            wants = wants or scheme in IN_HEADER
        marks = (call for call in chat.code.inside(scope) if call.method == "Header")
        named = any(param.name.value == "authorization" for param in scope.params)
        wants = wants or says(node, "authorization") or (named and any(marks))
        for call in chat.code.inside(scope):
            if call.method == "Cookie" or ".cookies" in call.written:
                return False
    return wants


def _stands_between(evidence: Evidence) -> bool:
    """A route or a middleware of the page's own server, which may put the token in."""
    pages = evidence.front_end.pages
    return any(
        ROUTE.search(f"/{each.path}") and re.search(r"authorization|cookie", each.text, re.I)
        for each in pages
    )
