"""All workers' pools together fit into the database's connections."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import PROJECT, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.scopes import Call
from chatkit_agent.project.source.walking import within_node

STARTING = re.compile(
    r"(?:^|/)(?:Dockerfile[\w.-]*|Procfile|[^/]*\.(?:sh|ya?ml|toml|service)|gunicorn[\w.]*)$"
)
WORKERS = re.compile(
    r"(?:--workers[\"',=\s]+|\s-w[\"',\s]+|WEB_CONCURRENCY[\"'=:\s]+|^workers\s*=\s*)(\d+)"
)
MOST = re.compile(r"max_connections\s*[=:]\s*[\"']?(\d+)")
USUAL, RESERVED = 100, 3


@check(
    "CK415",
    "All workers' pools together fit into the database's connections",
    needs=PROJECT,
    severity="warning",
    symptoms=("unavailable", "slow", "server_error"),
)
def connections_enough(evidence: Evidence) -> Iterator[Finding]:
    """All workers' pools together fit into the database's connections, by the numbers that are
    written down.
    """
    workers = max(_workers(evidence), default=None)
    pools = [found for call in evidence.chat.code.calls if (found := _pool(evidence, call))]
    if workers is None or not pools:
        return
    there = _there(evidence)
    each = sum(size for _, size in pools)
    if workers[0] * each > there - RESERVED:
        chat, call = evidence.chat, pools[0][0]
        yield Finding(
            what="Under load the workers want more connections than the database gives, and the "
            "rest of the requests fail.",
            where=f"{workers[1]}; {chat.code.where(call.scope, call.node)}",
            evidence=f"{workers[0]} workers with up to {each} connections each want "
            f"{workers[0] * each}; the database gives {there - RESERVED}.",
            fix="Lower the workers or the pool's size, or put a pooler in front.",
            cause="connections",
        )


def _workers(evidence: Evidence) -> Iterator[tuple[int, str]]:
    for path, text in _deployment(evidence):
        for number, line in enumerate(text.splitlines(), 1):
            for found in WORKERS.findall(line):
                yield int(found), f"{path}:{number}"


def _there(evidence: Evidence) -> int:
    found = [int(each) for _, text in _deployment(evidence) for each in MOST.findall(text)]
    return max(found, default=USUAL)


def _deployment(evidence: Evidence) -> Iterator[tuple[str, str]]:
    for path in evidence.sources.tree.paths:
        if STARTING.search(path):
            yield path, evidence.sources.text(path)


def _pool(evidence: Evidence, call: Call) -> tuple[Call, int] | None:
    """A pool and the most connections that it opens."""
    if call.method == "create_pool" and "redis" not in call.written:
        return call, _number(evidence, call, "max_size", 10)
    if call.method == "create_async_engine" and (not call.spreads or _spread(call)):
        size = _number(evidence, call, "pool_size", 5)
        return call, size + _number(evidence, call, "max_overflow", 10)
    return None


def _spread(call: Call) -> dict[str, cst.BaseExpression]:
    """What a dict of this function gives by `**options`, as it is first assigned."""
    names = [syntax.dotted(arg.value) for arg in call.node.args if arg.star == "**"]
    function = call.scope.function
    made = list(syntax.assignments(function.node)) if function else []
    for each in reversed(made):
        if each.target in names and isinstance(each.value, cst.Dict):
            pairs = (pair for pair in each.value.elements if isinstance(pair, cst.DictElement))
            found = {name: pair.value for pair in pairs if (name := syntax.text(pair.key))}
            if "pool_size" in found:
                return found
    return {}


def _number(evidence: Evidence, call: Call, keyword: str, usual: int) -> int:
    """A literal, or the default of the settings' field whose name is given."""
    given = call.argument(keyword) or _spread(call).get(keyword)
    if given is None:
        return usual
    if isinstance(given, cst.Integer):
        return int(syntax.number(given) or usual)
    name = (syntax.dotted(given) or "").rpartition(".")[2]
    for scope in evidence.chat.code.classes:
        for field in within_node(scope.node, cst.AnnAssign):
            if syntax.dotted(field.target) == name and field.value is not None:
                numbers = list(within_node(field.value, cst.Integer))
                return int(syntax.number(numbers[0]) or usual) if numbers else usual
    return usual
