"""All workers' pools together fit into the database's connections."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.code import Call, Code
from chatkit_agent.project.source.folders import is_side_file
from chatkit_agent.project.source.meaning import calls_to, number_of
from chatkit_agent.project.source.walking import line_at

STARTING = re.compile(
    r"(?!(?:.*/)?(?:\.github|tests?|docs?|examples?)/)(?:.*/)?"
    r"(?:Dockerfile[\w.-]*|Procfile|[^/]*\.(?:sh|ya?ml|toml|service|conf))"
)
CONFIGURED = re.compile(r"(?:.*/)?gunicorn[\w.]*\.py")
WORKERS = re.compile(
    r"(?:\b(?:uvicorn|gunicorn|hypercorn|granian|fastapi)\b.*?(?:--workers[\"',=\s]+|\s-w[\"',\s]*)"
    r"|WEB_CONCURRENCY[\"'=:\s]+)(\d+)"
)
MOST = re.compile(r"max_connections\s*[=:]\s*[\"']?(\d+)")
LINE = re.compile(r"(?:[^\n\\]|\\\n|\\)+")
USUAL, RESERVED = 100, 3
POOLS = {
    "asyncpg.create_pool": {"max_size": 10},
    "sqlalchemy.create_engine": {"pool_size": 5, "max_overflow": 10},
    "sqlalchemy.ext.asyncio.create_async_engine": {"pool_size": 5, "max_overflow": 10},
    "psycopg_pool.AsyncConnectionPool": {"max_size": 4},
    "psycopg_pool.ConnectionPool": {"max_size": 4},
}
"""What opens connections, and how many where nothing is said."""


@check("CK415", needs=PROJECT, severity="warning", symptoms=("unavailable", "slow", "server_error"))
def connections_enough(evidence: Evidence) -> Iterator[Finding]:
    """Told by the numbers that are written down."""
    code = evidence.chat.code
    workers = max(_workers(evidence), default=None)
    pools = [(call, most) for call in calls_to(code, *POOLS) if (most := _most(call))]
    if workers is None or not pools:
        return
    there = max(
        (int(n) for _, said in _start_lines(evidence) for n in MOST.findall(said)), default=USUAL
    )
    each = int(sum(most for _, most in pools))
    if workers[0] * each > there - RESERVED:
        call = pools[0][0]
        yield Finding(
            what="Under load the workers want more connections than the database gives, and the "
            "rest of the requests fail.",
            where=f"{workers[1]}; {call.where}",
            evidence=f"{workers[0]} workers with up to {each} connections each want "
            f"{workers[0] * each}; the database gives {there - RESERVED}.",
            fix="Lower the workers or the pool's size, or put a pooler in front.",
            cause="connections",
        )


def _workers(evidence: Evidence) -> Iterator[tuple[int, str]]:
    for where, line in _start_lines(evidence):
        yield from ((int(found), where) for found in WORKERS.findall(line))
    sources, code = evidence.sources, evidence.chat.code
    started = Code(sources, tuple(e for e in sources.holding(b"uvicorn") if not is_side_file(e)))
    for call in calls_to(started, "uvicorn.run"):
        many = number_of(started, call.scope, call.argument("workers"))
        yield int(many or 0), started.where(call.scope, call.node)
    for file in filter(CONFIGURED.fullmatch, sources.python):
        module = Code(sources, (file,)).modules[0]
        for each in syntax.assignments(module.node):
            many = number_of(code, module, each.value) if each.target == "workers" else None
            yield int(many or 0), file


def _start_lines(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """The lines of what starts the application, but for comments; `\\` goes on with one."""
    for path in filter(STARTING.fullmatch, evidence.sources.tree.paths):
        text = evidence.sources.text(path)
        for found in LINE.finditer(text):
            if not found[0].lstrip().startswith("#"):
                yield f"{path}:{line_at(text, found.start())}", found[0].replace("\\\n", " ")


def _most(call: Call) -> float | None:
    """The most connections that a pool opens; None where only running it would tell."""
    code, scope = call.code, call.scope
    is_file = (call.text("url", 0) or "").startswith("sqlite")
    if call.spreads or is_file or call.argument("poolclass") is not None:
        return None
    sizes = [
        usual if given is None else number_of(code, scope, given)
        for each, usual in POOLS[call.name].items()
        for given in [call.argument(each)]
    ]
    return None if None in sizes else sum(each or 0 for each in sizes)
