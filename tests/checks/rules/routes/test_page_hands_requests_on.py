"""A page's `fetch` that loses what it is to send."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.check import Finding
from chatkit_agent.checks.rules.routes.page_hands_requests_on import page_hands_requests_on
from tests.checks.rules.conftest import Findings

PAGE = """\
import {{ useChatKit }} from "@openai/chatkit-react";
async function named(input, init) {{
  return fetch(input, {{ method: "POST" }});
}}
const chat = useChatKit({{ api: {{ url: "/chatkit", domainKey: KEY, fetch: {} }} }});
"""


def judged(findings: Findings, given: str) -> list[Finding]:
    return findings(page_hands_requests_on, {"web/Chat.tsx": PAGE.format(given)})


@pytest.mark.parametrize(
    "given",
    [
        "(input) => fetch(input)",
        "(input, init) => fetch(input, { credentials: 'include' })",
        "async (url: string, options?: RequestInit) => fetch(url, { method: 'POST' })",
        "async function (url, options) { return await fetch(url) }",
        "named",
        "(url, init) => fetch(url, { method: init.method, headers: { ...init.headers, A: t } })",
        "(url, o) => fetch(url, { method: o?.method, headers: new Headers(o?.headers) })",
    ],
)
def test_found(findings: Findings, given: str) -> None:
    (finding,) = judged(findings, given)
    assert finding.where == "web/Chat.tsx:5"


@pytest.mark.parametrize(
    "given",
    [
        "(input, init) => fetch(input, { ...init, credentials: 'include' })",
        "(url, init = {}) => fetch(url, init)",
        "(...all) => fetch(...all)",
        "async (url, options) => api.post(url, options.body)",
        "(url, { body, headers }) => fetch(url, { body, headers })",
        "(url, init) => fetch(url, { ...init, headers: { Authorization: t } })",
        "(url, init) => fetch(url, { method: init.method, body: init?.body })",
        "(url, init) => { const { method, body } = init; return fetch(url, { method, body }); }",
        "(url, init) => { init.headers.set('A', t); return fetch(url, init); }",
        "signed(fetch)",
        "elsewhere",
    ],
)
def test_quiet(findings: Findings, given: str) -> None:
    assert not judged(findings, given)
