"""A connection for each turn does not build a TLS context for each turn."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.meaning import entries_of


@check("CK205", needs=SOURCE, severity="info", symptoms=("slow",))
def tls_context_shared(chat: Anatomy) -> Iterator[Finding]:
    """A connection for each turn does not build a TLS context for each turn, which takes some
    20 ms of processor time. An info.
    """
    for call in chat.connections:
        params = entries_of(chat.code, call.scope, call.argument("params", 0))
        if not params or call.method == "MCPServerStdio" or call.spreads:
            continue
        if chat.answering(call) and "httpx_client_factory" not in params:
            yield Finding(
                what="Each turn spends some 20 ms of processor time on a TLS context of its own.",
                where=call.where,
                evidence="The connection is made in each turn, without `httpx_client_factory`.",
                fix="Give `params` an `httpx_client_factory` whose clients share one "
                "`verify=ssl.create_default_context()`.",
                cause="tls",
            )
