"""A client without a key is found in pages and in components; hosted chats need none."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.diagnoses.settings.domain_key_set import domain_key_set
from chatkit_agent.findings import Finding

Findings = Callable[..., list[Finding]]
PAGE = "<openai-chatkit></openai-chatkit>\n<script>\nchat.setOptions({{ api: {{ {} }} }});\n"


@pytest.mark.parametrize("api", ['url: "/chatkit"', 'url: "/chatkit", fetch: (a, b) => { go(); }'])
@pytest.mark.parametrize("path", ["web/index.html", "web/src/Chat.tsx"])
def test_found(findings: Findings, path: str, api: str) -> None:
    (finding,) = findings(domain_key_set, {path: PAGE.format(api)})
    assert finding.where == f"{path}:3"


@pytest.mark.parametrize(
    "page",
    [
        PAGE.format('url: "/chatkit", domainKey: KEY'),
        PAGE.format("getClientSecret: secret"),
        "fetch(api, { url: '/other' })",
    ],
)
def test_quiet(findings: Findings, page: str) -> None:
    assert not findings(domain_key_set, {"web/index.html": page})
