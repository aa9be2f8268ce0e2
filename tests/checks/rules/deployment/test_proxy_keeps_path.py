"""A proxy that takes the chat's path away is found; one that passes it on is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.deployment.proxy_keeps_path import proxy_keeps_path
from tests.checks.rules.conftest import Findings

MAIN = """\
from fastapi import FastAPI
from app.server import Server
app = FastAPI()
@app.post("/chatkit")
async def chatkit(request):
    return await Server().process(await request.body(), {})
"""
NGINX = "server {{\n  location {} {{\n    proxy_pass http://api:8000{};\n  }}\n}}\n"
LABEL = (
    'services:\n  api:\n    labels:\n      - "traefik.http.middlewares.a.stripprefix.prefixes={}"\n'
)


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("nginx.conf", NGINX.format("/chatkit", "/"), 3),
        ("deploy/default.conf.template", NGINX.format("= /api/chatkit", "/api"), 3),
        ("Caddyfile", "example.com {\n\thandle_path /chatkit* {\n\t}\n}\n", 2),
        ("Caddyfile", "example.com {\n\turi strip_prefix /chatkit\n}\n", 2),
        ("compose.yml", LABEL.format("/chatkit"), 4),
    ],
)
def test_found(findings: Findings, path: str, text: str, line: int) -> None:
    (finding,) = findings(proxy_keeps_path, {path: text})
    assert finding.where == f"{path}:{line}"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("nginx.conf", NGINX.format("/chatkit", "")),
        ("nginx.conf", NGINX.format("/chatkit", "/chatkit")),
        ("nginx.conf", NGINX.format("/api/", "/")),
        ("nginx.conf", NGINX.format("/", "/")),
        ("Caddyfile", "example.com {\n\thandle /chatkit* {\n\t}\n}\n"),
        ("Caddyfile", "example.com {\n\thandle_path /api/* {\n\t}\n}\n"),
        ("compose.yml", LABEL.format("/api")),
        ("notes.md", "handle_path /chatkit* {\n"),
    ],
)
def test_quiet(findings: Findings, path: str, text: str) -> None:
    assert not findings(proxy_keeps_path, {path: text})


def test_quiet_where_no_route_has_that_path(findings: Findings) -> None:
    files = {
        "app/main.py": MAIN.replace("/chatkit", "/"),
        "nginx.conf": NGINX.format("/chatkit", "/"),
    }
    assert not findings(proxy_keeps_path, files)


def test_quiet_below_a_folder_of_that_name(findings: Findings) -> None:
    files = {
        "app/urls.py": 'URL = "/chatkit/chatkit"\n',
        "nginx.conf": NGINX.format("/chatkit", "/"),
    }
    assert not findings(proxy_keeps_path, files)


PREFIXED = MAIN.replace("app = FastAPI()", "app = FastAPI()\nrouter = APIRouter(prefix='/api')")
PREFIXED = PREFIXED.replace("@app.", "@router.").replace(
    "import FastAPI", "import APIRouter, FastAPI"
)
PREFIXED += "app.include_router(router)\n"


def test_found_where_a_prefix_of_the_route_is_taken(findings: Findings) -> None:
    files = {"app/main.py": PREFIXED, "nginx.conf": NGINX.format("/api/", "/")}
    (finding,) = findings(proxy_keeps_path, files)
    assert "`/api/chatkit` arrives as `/chatkit`" in finding.evidence


@pytest.mark.parametrize(
    "text",
    [
        NGINX.format("/api/", ""),
        NGINX.format("/api/", "/api/"),
        NGINX.format("/api/", "/") + NGINX.format("/api/chat", ""),
        NGINX.format("/other/", "/"),
    ],
)
def test_quiet_where_the_prefix_stays(findings: Findings, text: str) -> None:
    assert not findings(proxy_keeps_path, {"app/main.py": PREFIXED, "nginx.conf": text})
