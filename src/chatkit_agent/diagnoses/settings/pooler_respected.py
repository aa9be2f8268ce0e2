"""Behind a pooler no statement is prepared and no setting is sent at connecting."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from chatkit_agent.findings import Finding
from chatkit_agent.observations import Observations, Setting
from chatkit_agent.reading import syntax

PORTS = {6432, 6543}
OPENING = ("create_pool", "connect", "create_async_engine")
AWARE = ("statement_cache_size", "prepared_statement_cache_size")


def pooler_respected(observations: Observations) -> Iterator[Finding]:
    chat = observations.chat
    pooled = next((each for each in observations.settings if _is_pooled(each)), None)
    if pooled is None or _is_told(observations):
        return
    for call in chat.code.calls:
        drives = call.written.startswith("asyncpg.") or call.method == "create_async_engine"
        is_aware = any(word in syntax.code(call.node) for word in AWARE)
        if call.method in OPENING and drives and not is_aware:
            yield Finding(
                what="Behind the pooler many turns fail: each transaction may get another "
                "connection, and the statements that were prepared are on the first.",
                where=chat.code.where(call.scope, call.node),
                evidence=f"`{pooled.name}` ({pooled.where}) leads to a pooler, and "
                f"`{call.written}` prepares statements.",
                fix="Pass `statement_cache_size=0` and no server settings, or use the direct URL.",
                severity="error" if not pooled.is_example else "warning",
                cause="pooler",
                explains=("stream_error", "server_error", "unavailable"),
            )
            return


def _is_pooled(setting: Setting) -> bool:
    """By the host or the port that poolers have; whether it does is never shown."""
    try:
        parts = urlsplit(setting.value)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if not parts.scheme.startswith("postgres"):
        return False
    return port in PORTS or "pooler" in host or "pgbouncer" in host


def _is_told(observations: Observations) -> bool:
    """The chat that we deliver has a setting for it."""
    return any(each.name.endswith("_POOLER") for each in observations.settings)
