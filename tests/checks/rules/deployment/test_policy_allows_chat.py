"""A policy that refuses the chat is found where it is set for the page, and nowhere else."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.deployment.policy_allows_chat import policy_allows_chat
from tests.checks.rules.conftest import Findings

CDN = "https://cdn.platform.openai.com"
HOSTED = """\
{meta}<openai-chatkit></openai-chatkit>
<script>chat.setOptions({{ api: {{ url: "{url}", domainKey: KEY }} }});</script>
"""
PANEL = "{meta}<chatkit-panel url='/chatkit'></chatkit-panel>\n"
MIDDLEWARE = """\
from chatkit.server import StreamingResult
HOSTS = "'self'"
{constant}
@app.middleware("http")
async def secured(request, call_next):
    response = await call_next(request)
    response.headers["{header}"] = {policy}
    return response
"""


def meta(policy: str) -> str:
    return f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'


@pytest.mark.parametrize(
    ("page", "policy"),
    [
        (HOSTED, "default-src 'self'"),
        (HOSTED, "default-src 'self'; script-src 'self' https://cdn.example.com"),
        (HOSTED, f"default-src 'self'; script-src {CDN}"),
        (HOSTED, f"script-src {CDN}; frame-src 'none'"),
        (HOSTED, f"script-src {CDN}; frame-src {CDN}; connect-src https://api.example.com"),
        (HOSTED, f"script-src-elem 'self'; script-src {CDN}; frame-src {CDN}"),
        (HOSTED, "script-src http://cdn.platform.openai.com; frame-src *"),
        (PANEL, "default-src 'none'"),
        (PANEL, "default-src 'self'; connect-src 'none'"),
        (PANEL, "default-src 'none'; script-src 'self'; connect-src 'self'"),
    ],
)
def test_found_in_a_meta(findings: Findings, page: str, policy: str) -> None:
    url = "https://chat.example.com/chatkit"
    page = page.format(meta=meta(policy), url=url)
    (finding,) = findings(policy_allows_chat, {"app/templates/chat.html": page})
    assert finding.where == "app/templates/chat.html:1"


@pytest.mark.parametrize(
    ("page", "policy"),
    [
        (HOSTED, f"default-src 'self' {CDN}"),
        (HOSTED, f"default-src 'self'; script-src 'self' {CDN}; frame-src {CDN}"),
        (HOSTED, "script-src https:; frame-src https://*.openai.com; connect-src 'self'"),
        (HOSTED, "script-src 'nonce-abc' 'strict-dynamic'; frame-src *; connect-src *"),
        (HOSTED, "script-src {{ hosts }}; frame-src {{ hosts }}"),
        (HOSTED, "img-src 'self'; frame-ancestors 'none'"),
        (PANEL, "default-src 'self'"),
        (PANEL, "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'"),
    ],
)
def test_quiet(findings: Findings, page: str, policy: str) -> None:
    page = page.format(meta=meta(policy), url="/chatkit")
    assert not findings(policy_allows_chat, {"app/templates/chat.html": page})


@pytest.mark.parametrize(
    ("header", "policy", "constant", "is_found"),
    [
        ("Content-Security-Policy", "\"default-src 'self'\"", "", True),
        ("content-security-policy", "\"default-src 'self'; img-src *\"", "", True),
        ("Content-Security-Policy", "CSP", "CSP = \"default-src 'self'\"", True),
        ("Content-Security-Policy", f"\"default-src 'self' {CDN}\"", "", False),
        ("Content-Security-Policy-Report-Only", "\"default-src 'self'\"", "", False),
        ("Content-Security-Policy", "made()", "# CSP = default-src 'self'", False),
        ("X-Frame-Options", "'DENY'", "", False),
        ("Content-Security-Policy", "\"default-src 'none'; sandbox\"", "", False),
        ("Content-Security-Policy", "\"default-src 'none'; sandbox allow-scripts\"", "", True),
    ],
)
def test_in_the_application(
    findings: Findings, header: str, policy: str, constant: str, is_found: bool
) -> None:
    main = MIDDLEWARE.format(header=header, policy=policy, constant=constant)
    files = {
        "app/secured.py": main,
        "app/templates/chat.html": HOSTED.format(meta="", url="/chatkit"),
    }
    assert len(findings(policy_allows_chat, files)) == is_found
    # A front end that is built by itself does not get the application's headers.
    built = {"web/package.json": "{}", "web/index.html": files.pop("app/templates/chat.html")}
    if not is_found:
        assert not findings(policy_allows_chat, {**files, **built})


def test_a_front_end_of_its_own_does_not_get_the_applications_headers(findings: Findings) -> None:
    main = MIDDLEWARE.format(
        header="Content-Security-Policy", policy="\"default-src 'self'\"", constant=""
    )
    page = HOSTED.format(meta="", url="/chatkit")
    files = {"app/secured.py": main, "web/package.json": "{}", "web/index.html": page}
    assert not findings(policy_allows_chat, files)


@pytest.mark.parametrize(
    ("path", "line", "is_found"),
    [
        ("nginx.conf", "add_header Content-Security-Policy \"default-src 'self'\" always;", True),
        ("nginx.conf", "# add_header Content-Security-Policy \"default-src 'self'\";", False),
        ("nginx.conf", f"add_header Content-Security-Policy \"default-src {CDN} 'self'\";", False),
        ("Caddyfile", "header Content-Security-Policy \"script-src 'self'\"", True),
        (
            "web/next.config.js",
            "{ key: 'Content-Security-Policy', value: \"script-src 'self'\" }",
            True,
        ),
        ("web/next.config.js", "{ key: 'X-Robots', value: \"script-src 'self'\" }", False),
        (
            "other/next.config.js",
            "{ key: 'Content-Security-Policy', value: \"script-src 'self'\" }",
            False,
        ),
    ],
)
def test_in_front(findings: Findings, path: str, line: str, is_found: bool) -> None:
    page = 'import { useChatKit } from "@openai/chatkit-react";\nuseChatKit({ api: { url: "/chatkit" } });'
    files = {"web/package.json": "{}", "other/package.json": "{}", "web/src/Chat.tsx": page}
    found = findings(policy_allows_chat, {**files, path: f"a\n{line}\n"})
    assert [each.where for each in found] == [f"{path}:2"] * is_found
