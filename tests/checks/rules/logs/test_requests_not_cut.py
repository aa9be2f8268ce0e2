"""What servers around the application say of requests that they ended."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.rules.logs.requests_not_cut import requests_not_cut
from chatkit_agent.evidence.static import Evidence

NGINX = (
    '2026/11/02 10:00:00 [error] 7#7: *12 {}, client: 10.0.0.9, request: "POST /chatkit HTTP/1.1"'
)
LINES = [
    (
        "proxy waits",
        NGINX.format(
            "upstream timed out (110: Connection timed out) while reading response header from "
            "upstream"
        ),
    ),
    ("proxy waits", 'at=error code=H12 desc="Request timeout" method=POST path="/chatkit"'),
    ("proxy body", NGINX.format("client intended to send too large body: 5242880 bytes")),
    (
        "application ended",
        NGINX.format("upstream prematurely closed connection while reading upstream"),
    ),
    (
        "application away",
        NGINX.format("connect() failed (111: Connection refused) while connecting to upstream"),
    ),
    (
        "proxy host",
        'nginx: [emerg] host not found in upstream "app" in /etc/nginx/conf.d/default.conf:3',
    ),
    ("worker timeout", "[2026-11-02 10:00:00 +0000] [1] [CRITICAL] WORKER TIMEOUT (pid:12)"),
    (
        "application away",
        NGINX.format("connect() to unix:/run/app.sock failed (2: No such file) to upstream"),
    ),
    (
        "application away",
        '{"level":"error","logger":"http.log.error","msg":"dial tcp 172.18.0.3:8000: connect: refused"}',
    ),
    (
        "proxy waits",
        'haproxy[7]: 10.0.0.1:5 web app/a 0/0/0/1/50001 200 512 - - sD-- 1/1/0/0/0 0/0 "POST /chatkit"',
    ),
    ("port taken", "ERROR:    [errno 98] address already in use"),
    ("port taken", "[1] [ERROR] Connection in use: ('0.0.0.0', 8000)"),
    ("content length", "h11.LocalProtocolError: Too little data for declared Content-Length"),
    ("memory", "[ERROR] Worker (pid:31) was sent SIGKILL! Perhaps out of memory?"),
    ("memory", "[12.3] Out of memory: Killed process 4711 (uvicorn) total-vm:1000kB"),
]


@pytest.mark.parametrize(("cause", "line"), LINES)
def test_found(logged: Callable[[str], Evidence], cause: str, line: str) -> None:
    (finding,) = requests_not_cut(logged(f"INFO: started\n{line}\n"))
    assert (finding.cause, finding.where) == (cause, "app.log:2")


@pytest.mark.parametrize(
    "line",
    [
        'INFO: 10.0.0.9 - "POST /chatkit HTTP/1.1" 200 OK',
        "[INFO] Booting worker with pid: 12",
        "[INFO] Worker exiting (pid: 12)",
        'upstream: "http://app:8000"',
        'haproxy[7]: 10.0.0.1:5 web app/a 0/0/0/1/501 200 512 - - ---- 1/1/0/0/0 0/0 "POST /chatkit"',
    ],
)
def test_quiet(logged: Callable[[str], Evidence], line: str) -> None:
    assert not list(requests_not_cut(logged(line)))
