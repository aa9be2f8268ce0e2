"""What holds an answer back or cuts it is found by its line; what does not is left alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.diagnoses.settings.proxy_streams import proxy_streams
from chatkit_agent.findings import Finding

Findings = Callable[..., list[Finding]]
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


def test_quiet_where_the_chat_says_that_it_streams(findings: Findings) -> None:
    server = 'from chatkit.server import ChatKitServer\nHEADERS = {"X-Accel-Buffering": "no"}\n'
    files = {"app/server.py": server, "nginx.conf": NGINX.format("proxy_buffering on;")}
    assert not findings(proxy_streams, files)


def test_quiet_in_a_file_that_is_no_proxys(findings: Findings) -> None:
    assert not findings(proxy_streams, {"logging.conf": "proxy_read_timeout 4s;\n"})
