"""The application is served as ASGI: gunicorn alone speaks WSGI, and every request fails."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence, Log

DEPLOYED = re.compile(r"Dockerfile|Containerfile|Procfile|\.(?:ya?ml|toml|service|sh)$")
CONFIGURED = re.compile(r"(?:^|/)gunicorn[^/]*\.py$")
# With the application on the same line, or in the next line of a list or after a backslash.
STARTED = re.compile(
    r"(?m)^(?!\s*#)[^\n]*\bgunicorn\b[\"']?(?:[^\n\\]|\\\n|\n\s*-(?=\s))*?[\s\"'=](?P<app>[\w.]+:\w+)"
)
# Also what stands in a variable may choose the worker.
CHOSEN = re.compile(
    r"(?:-k|--worker-class|worker_class|GUNICORN_CMD_ARGS|WORKER_CLASS)\b(?![\s=,:\"']*"
    r"(?:sync|gthread|gevent|eventlet|tornado)\b)"
)
SAID = re.compile(r"__call__\(\) missing 1 required positional argument: 'send'")


@check("CK804", needs=PROJECT, symptoms=("server_error", "unavailable", "silent"))
def server_speaks_asgi(evidence: Evidence) -> Iterator[Finding]:
    """The application is served as ASGI. `gunicorn` without a worker for it, in a Dockerfile,
    Procfile, compose file, unit or script, fails each request with `missing 1 required
    positional argument: 'send'`; so does a log that says this.
    """
    sources, app, log = evidence.sources, evidence.project.app, evidence.log
    line = _log_line(log) if log else 0
    paths = sources.tree.paths
    configured = any(CHOSEN.search(sources.text(p)) for p in filter(CONFIGURED.search, paths))
    for path in filter(DEPLOYED.search, () if configured else paths):
        text = sources.text(path)
        for found in () if CHOSEN.search(text) else STARTED.finditer(text):
            if app and _last(found["app"]) == _last(app.ref):
                number = text.count("\n", 0, found.start("app")) + 1
                yield _finding(f"{path}:{number}", f"`gunicorn` starts `{found['app']}`")
                return
    if log and line:
        yield _finding(log.where(line), f"`{log.lines[line - 1].strip()[:200]}`")


def _last(ref: str) -> str:
    """`main:app` of `src.shop.main:app`: where it is started from may differ."""
    return ref.rpartition(".")[2] if "." in ref else ref


def _log_line(log: Log) -> int:
    return next((n for n, line in enumerate(log.lines, 1) if SAID.search(line)), 0)


def _finding(where: str, evidence: str) -> Finding:
    return Finding(
        what="gunicorn serves the application as WSGI, and FastAPI is ASGI: every request fails "
        "with `missing 1 required positional argument: 'send'`.",
        where=where,
        evidence=f"{evidence}, without a worker that speaks ASGI.",
        fix="Start it with uvicorn, `uvicorn MODULE:APP`, or give gunicorn such a worker: install "
        "`uvicorn-worker` and add `-k uvicorn_worker.UvicornWorker`.",
        cause="wsgi",
    )
