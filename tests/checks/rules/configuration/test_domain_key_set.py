"""A client without a key, or with the placeholder where a real one is meant, is found."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.rules.configuration.domain_key_set import domain_key_set
from chatkit_agent.evidence.static import Evidence
from tests.checks.rules.conftest import Findings

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


PLACEHOLDER = "domain_pk_localhost_dev"
SHOWN = {"web/app.tsx": PAGE.format('url: "/chatkit", domainKey: KEY')}


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("web/.env.production", f"VITE_CHATKIT_DOMAIN_KEY={PLACEHOLDER}"),
        (".env.prod", f'NEXT_PUBLIC_CHATKIT_DOMAIN_KEY="{PLACEHOLDER}"'),
        ("compose.prod.yaml", f"      - CHATKIT_DOMAIN_KEY={PLACEHOLDER}"),
        ("web/Dockerfile", f"ENV NEXT_PUBLIC_CHATKIT_DOMAIN_KEY={PLACEHOLDER}"),
    ],
)
def test_the_placeholder_in_production_is_found(findings: Findings, path: str, line: str) -> None:
    (finding,) = findings(domain_key_set, {**SHOWN, path: f"A=1\n{line}\n"})
    assert (finding.where, finding.severity) == (f"{path}:2", "warning")
    assert "CHATKIT_DOMAIN_KEY" in finding.evidence


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("web/.env", f"VITE_CHATKIT_DOMAIN_KEY={PLACEHOLDER}"),
        ("web/.env.development", f"VITE_CHATKIT_DOMAIN_KEY={PLACEHOLDER}"),
        (".env.prod.example", f"VITE_CHATKIT_DOMAIN_KEY={PLACEHOLDER}"),
        ("web/.env.production", "VITE_CHATKIT_DOMAIN_KEY=domain_pk_68f0"),
        ("web/.env.production", f"# VITE_CHATKIT_DOMAIN_KEY={PLACEHOLDER}"),
        ("web/Dockerfile", f"ARG VITE_CHATKIT_DOMAIN_KEY={PLACEHOLDER}"),
        ("compose.prod.yaml", f"      CHATKIT_DOMAIN_KEY: ${{CHATKIT_DOMAIN_KEY:-{PLACEHOLDER}}}"),
    ],
)
def test_the_placeholder_elsewhere_is_not(findings: Findings, path: str, line: str) -> None:
    assert not findings(domain_key_set, {**SHOWN, path: f"{line}\n"})


@pytest.mark.parametrize(
    "files",
    [
        {"web/app.tsx": PAGE.format(f'url: "/chatkit", domainKey: "{PLACEHOLDER}"')},
        {
            "web/app.tsx": PAGE.format('url: "/chatkit",\n domainKey: KEY'),
            "web/keys.ts": f"export const KEY: string = '{PLACEHOLDER}';\n",
        },
    ],
)
def test_a_fixed_placeholder_is_an_info_until_the_chat_does_not_appear(
    observed: Callable[..., Evidence], files: dict[str, str]
) -> None:
    (finding,) = domain_key_set.over(observed(files))
    assert finding.severity == "info"
    assert finding.where.startswith("web/app.tsx:")
    (finding,) = domain_key_set.over(observed(files, symptom="the chat is blank"))
    assert finding.severity == "warning"


@pytest.mark.parametrize(
    "written",
    [
        f'import.meta.env.VITE_KEY ?? "{PLACEHOLDER}"',
        f'process.env.NEXT_PUBLIC_KEY || "{PLACEHOLDER}"',
        f'location.hostname === "localhost" ? "{PLACEHOLDER}" : KEY',
        "KEY",
        "FIXED || KEY",
        '"domain_pk_68f0"',
    ],
)
def test_a_placeholder_that_is_replaced_is_none(findings: Findings, written: str) -> None:
    page = PAGE.format(f'url: "/chatkit", domainKey: {written}')
    key = f'export const KEY =\n  import.meta.env.VITE_KEY ?? "{PLACEHOLDER}";\n'
    key += f'const FIXED = "{PLACEHOLDER}";\n'
    assert not findings(domain_key_set, {"web/app.tsx": page, "web/keys.ts": key})


def test_what_is_commented_out_or_for_tests_is_none(findings: Findings) -> None:
    page = PAGE.format(f'url: "/chatkit",\n// domainKey: "{PLACEHOLDER}",\n domainKey: KEY')
    fixed = PAGE.format(f'url: "/chatkit", domainKey: "{PLACEHOLDER}"')
    assert not findings(domain_key_set, {"web/app.tsx": page, "examples/app.tsx": fixed})
