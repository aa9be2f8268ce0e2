"""A connection for each turn does not build a TLS context for each turn."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.evidence.static import Observations
from chatkit_agent.findings import Finding
from chatkit_agent.project.source import syntax


def tls_context_shared(observations: Observations) -> Iterator[Finding]:
    chat = observations.chat
    for call in chat.connections:
        params = call.argument("params", 0)
        if params is None or call.method == "MCPServerStdio" or call.spreads:
            continue
        if chat.answering(call) and "httpx_client_factory" not in syntax.code(params):
            yield Finding(
                what="Each turn spends some 20 ms of processor time on a TLS context of its own.",
                where=chat.code.where(call.scope, call.node),
                evidence="The connection is made in each turn, without `httpx_client_factory`.",
                fix="Give `params` an `httpx_client_factory` whose clients share one "
                "`verify=ssl.create_default_context()`.",
                severity="info",
                cause="tls",
                explains=("slow",),
            )
