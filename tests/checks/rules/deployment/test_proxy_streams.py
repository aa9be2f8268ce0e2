"""What holds an answer back or cuts it is found by its line; what does not is left alone."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.deployment.proxy_streams import proxy_streams
from tests.checks.rules.conftest import Findings

NGINX = "server {{\n  location / {{\n    proxy_pass http://app;\n    {}\n  }}\n}}\n"


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("proxy_buffering on;", "proxy buffers"),
        ("proxy_ignore_headers X-Accel-Buffering;", "proxy buffers"),
        ("gzip_types text/css text/event-stream;", "proxy buffers"),
        ("proxy_read_timeout 4s;", "proxy cuts"),
        ("proxy_read_timeout 500ms;", "proxy cuts"),
    ],
)
def test_found(findings: Findings, line: str, cause: str) -> None:
    (finding,) = findings(proxy_streams, {"deploy/nginx.conf": NGINX.format(line)})
    assert (finding.where, finding.cause) == ("deploy/nginx.conf:4", cause)


@pytest.mark.parametrize(
    "line",
    [
        "proxy_buffering off;",
        "proxy_read_timeout 300s;",
        "proxy_read_timeout 5m;",
        "gzip_types text/css;",
    ],
)
def test_quiet(findings: Findings, line: str) -> None:
    assert not findings(proxy_streams, {"deploy/nginx.conf": NGINX.format(line)})


@pytest.mark.parametrize(
    ("file", "text", "line"),
    [
        ("haproxy.cfg", "backend app\n  timeout server 5s\n", 2),
        ("haproxy.cfg", "defaults\n  timeout connect 5s\n  timeout server 5000\n", 3),
        ("k8s/ingress.yaml", 'a:\n  nginx.ingress.kubernetes.io/proxy-read-timeout: "10"\n', 2),
        ("k8s/i.yaml", "a:\n  x/load-balancer-attributes: idle_timeout.timeout_seconds=5\n", 2),
        (
            "compose.yaml",
            "c:\n - --entrypoints.a.transport.respondingTimeouts.writeTimeout=9s\n",
            2,
        ),
        ("lb.tf", 'resource "aws_lb" "web" {\n  idle_timeout = 10\n}\n', 2),
        ("Caddyfile", "reverse_proxy app:8000 {\n  transport http {\n  read_timeout 4s\n }}\n", 3),
    ],
)
def test_other_proxies(findings: Findings, file: str, text: str, line: int) -> None:
    (finding,) = findings(proxy_streams, {file: text})
    assert (finding.where, finding.cause) == (f"{file}:{line}", "proxy cuts")


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("haproxy.cfg", "backend app\n  timeout server 5m\n"),
        ("haproxy.cfg", "defaults\n  timeout server 60000\n"),
        ("setup.cfg", "[a]\ntimeout server 5s\n"),
        ("k8s/ingress.yaml", 'a:\n  nginx.ingress.kubernetes.io/proxy-read-timeout: "600"\n'),
        ("compose.yaml", "c:\n - --entrypoints.web.transport.respondingTimeouts.writeTimeout=0\n"),
        ("db.tf", 'resource "aws_rds_proxy" "db" {\n  idle_timeout = 10\n}\n'),
    ],
)
def test_quiet_with_other_proxies(findings: Findings, file: str, text: str) -> None:
    assert not findings(proxy_streams, {file: text})


@pytest.mark.parametrize(
    "code",
    [
        "return EventSourceResponse(events)",
        'yield ": keep-alive\\n\\n"',
        'yield b": ping\\n\\n"',
    ],
)
def test_quiet_where_the_chat_breaks_its_silence(findings: Findings, code: str) -> None:
    server = f"from chatkit.server import ChatKitServer\nasync def f():\n    {code}\nanswer = f\n"
    files = {"app/server.py": server, "nginx.conf": NGINX.format("proxy_read_timeout 4s;")}
    assert not findings(proxy_streams, files)


def test_quiet_where_the_chat_says_that_it_streams(findings: Findings) -> None:
    server = 'from chatkit.server import ChatKitServer\nHEADERS = {"X-Accel-Buffering": "no"}\n'
    files = {"app/server.py": server, "nginx.conf": NGINX.format("proxy_buffering on;")}
    assert not findings(proxy_streams, files)


def test_quiet_in_a_file_that_is_no_proxys(findings: Findings) -> None:
    assert not findings(proxy_streams, {"logging.conf": "proxy_read_timeout 4s;\n"})
