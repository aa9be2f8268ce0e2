"""A page that asks without the token is found; cookies and servers in between are not accused."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.checks.rules.tokens.page_sends_token import page_sends_token
from tests.checks.rules.conftest import Findings

BEARER = """\
from fastapi import Depends
from fastapi.security import HTTPBearer
async def get_current_user(token=Depends(HTTPBearer())):
    return verified(token.credentials)
"""
COOKIE = """\
from fastapi import Request
async def get_current_user(request: Request):
    return verified(request.cookies.get("session") or request.headers.get("authorization"))
"""
PAGE = """\
import {{ useChatKit }} from "@openai/chatkit-react";
import {{ asked }} from "./asked";
const plain = (url, init) => fetch(url, {{ ...init, mode: "cors" }});
async function signedIn(url, init) {{
  const headers = new Headers(init.headers);
  headers.set("Authorization", `Bearer ${{token}}`);
  return window.fetch(url, {{ ...init, headers }});
}}
const deeper = async (url, init) => signedIn(url, init);
useChatKit({{ api: {{ url: "/chatkit", domainKey: KEY{fetch} }} }});
"""


def files(fetch: str, auth: str = BEARER, **more: str) -> dict[str, str]:
    return {"app/auth.py": auth, "web/Chat.tsx": PAGE.format(fetch=fetch), **more}


@pytest.mark.parametrize(
    "fetch",
    [
        "",
        ", fetch: plain",
        ", fetch: (url, init) => fetch(url, init)",
        ", fetch: async (url, init) => { return await fetch(url, { ...init }); }",
        ", fetch(url, init) { return fetch(url, { ...init, cache: 'no-store' }); }",
        ", fetch: (url, init) => fetch(url, init) /* Authorization: Bearer */",
        ", fetch: useCallback((url, init) => fetch(url, init), [])",
        ", fetch: function (url, init) { return window.fetch(url, init); }",
    ],
)
def test_found(findings: Findings, fetch: str) -> None:
    (finding,) = findings(page_sends_token, files(fetch))
    assert finding.where == "web/Chat.tsx:10"


def test_found_where_the_header_is_read_by_hand(findings: Findings) -> None:
    assert findings(page_sends_token, files("")) != []
    auth = COOKIE.replace('request.cookies.get("session") or ', "")
    assert len(findings(page_sends_token, files("", auth))) == 1


@pytest.mark.parametrize(
    ("fetch", "auth", "more"),
    [
        (", fetch: signedIn", BEARER, {}),
        (", fetch: deeper", BEARER, {}),
        (", fetch: asked", BEARER, {}),
        (", fetch: api.fetch", BEARER, {}),
        (", fetch: (url, init) => client.post(url, init)", BEARER, {}),
        (
            ", fetch: (u, i) => fetch(u, { ...i, headers: { ...i.headers, Authorization: t } })",
            BEARER,
            {},
        ),
        (", fetch: (u, i) => fetch(u, { ...i, headers: withToken(i.headers) })", BEARER, {}),
        (", ...signed", BEARER, {}),
        ("", COOKIE, {}),
        ("", BEARER, {"web/app/api/chatkit/route.ts": "headers.set('Authorization', t)"}),
    ],
)
def test_quiet(findings: Findings, fetch: str, auth: str, more: dict[str, str]) -> None:
    assert not findings(page_sends_token, files(fetch, auth, **more))


def test_the_page_that_is_delivered_and_its_element_are_not_accused(findings: Findings) -> None:
    page = Path(__file__).parents[4] / "src/chatkit_agent/reference/chatkit_page"
    delivered = {
        f"app/chatkit_page/{path.relative_to(page)}": path.read_text(encoding="utf-8")
        for path in page.rglob("*")
        if path.suffix in (".js", ".html", ".ts")
    }
    assert not findings(page_sends_token, {"app/auth.py": BEARER, **delivered})


@pytest.mark.parametrize(
    ("taken", "count"),
    [
        ("authorization: str = Header()", 1),
        ("authorization: Annotated[str, Header()]", 1),
        ('token: Annotated[str, Header(alias="Authorization")]', 1),
        ("request: Request, token = request.headers['authorization']", 1),
        ("accept_language: str = Header()", 0),
        ("authorization: str = Cookie()", 0),
    ],
)
def test_however_the_header_is_asked_for(findings: Findings, taken: str, count: int) -> None:
    first, _, inner = taken.partition(", token =")
    auth = f"from typing import Annotated\nfrom fastapi import Cookie, Header, Request\nasync def get_current_user({first}):\n    return verified({inner or first.partition(':')[0]})\n"
    assert len(findings(page_sends_token, files("", auth))) == count
