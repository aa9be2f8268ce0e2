"""A header that is taken away is found; one that is set or passed is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.deployment.proxy_passes_token import proxy_passes_token
from tests.checks.rules.conftest import Findings


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("nginx.conf", 'proxy_set_header Authorization "";'),
        ("nginx.conf", "proxy_pass_request_headers off;"),
        ("Caddyfile", "header_up -Authorization"),
    ],
)
def test_found(findings: Findings, path: str, line: str) -> None:
    (finding,) = findings(proxy_passes_token, {path: f"server {{\n  {line}\n}}\n"})
    assert finding.where == f"{path}:2"


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("nginx.conf", "proxy_set_header Authorization $http_authorization;"),
        ("nginx.conf", "proxy_set_header Cookie '';"),
        ("Caddyfile", "header_up Authorization {http.auth}"),
        ("notes.txt", 'proxy_set_header Authorization "";'),
    ],
)
def test_quiet(findings: Findings, path: str, line: str) -> None:
    assert not findings(proxy_passes_token, {path: f"server {{\n  {line}\n}}\n"})


def test_found_in_a_label_of_traefik(findings: Findings) -> None:
    label = "traefik.http.middlewares.a.headers.customrequestheaders.Authorization="
    compose = 'services:\n  api:\n    labels:\n      - "{}"\n'
    (finding,) = findings(proxy_passes_token, {"compose.yml": compose.format(label)})
    assert finding.where == "compose.yml:4"
    kept = {"compose.yml": compose.format(f"{label}Basic x")}
    assert not findings(proxy_passes_token, kept)
