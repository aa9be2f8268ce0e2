"""Behind a pooler no statement is prepared and no setting is sent at connecting."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence, Setting
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.settings_fields import settings_fields

PORTS = {6432, 6543}
PREPARING = ".neon.tech"
"""Its pooler keeps track of statements that were prepared."""
OPENING = ("create_pool", "connect", "create_async_engine")
AWARE = ("statement_cache_size", "prepared_statement_cache_size")
URL, SWITCH = "DATABASE_URL", "POOLER"
ON = {"1", "t", "true", "y", "yes", "on"}


@check("CK416", needs=PROJECT, symptoms=("stream_error", "server_error", "unavailable"))
def pooler_respected(evidence: Evidence) -> Iterator[Finding]:
    """A pooler such as PgBouncer is known by host, port or `pgbouncer=true`; with `--boot` by what
    it does: two connections at once are one to the database. Of a delivered chat its setting has to
    be on.
    """
    chat = evidence.chat
    found = _pooled_setting(evidence)
    if found is None:
        return
    pooled, how = found
    if evidence.project.chat.applied:
        yield from _switched_off(evidence, pooled, how)
        return
    if any(each.name.endswith(f"_{SWITCH}") for each in evidence.settings):
        return
    for call in chat.code.calls:
        drives = call.written.startswith("asyncpg.") or call.method == "create_async_engine"
        is_aware = any(word in syntax.code(call.node) for word in AWARE)
        if call.method in OPENING and drives and not is_aware:
            shown = f"`{pooled.name}` ({pooled.where}) {how}, and `{call.written}` prepares "
            yield _finding(
                pooled,
                call.where,
                f"{shown}statements.",
                "Pass `statement_cache_size=0` and no server settings, or use the direct URL.",
            )
            return


def _pooled_setting(evidence: Evidence) -> tuple[Setting, str] | None:
    """The chat's database, where a pooler is in front of it, and how that is known."""
    for service in evidence.services:
        if service.is_pooled and _is_of_chat(evidence, service.variable):
            setting = Setting(service.variable, "", service.where, False)
            return setting, "is behind a pooler, where two connections at once were one"
    for each in evidence.settings:
        if _leads_to_pooler(each) and _is_of_chat(evidence, each.name):
            return each, "leads to a pooler"
    return None


def _leads_to_pooler(setting: Setting) -> bool:
    """By the host or the port that poolers have; whether it does is never shown."""
    try:
        parts = urlsplit(setting.value)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if not parts.scheme.startswith("postgres"):
        return False
    if host.endswith(PREPARING):
        return False
    if host.endswith("pooler.supabase.com") and port in (None, 5432):
        # There each client has a connection of its own.
        return False
    is_told = parse_qs(parts.query).get("pgbouncer") == ["true"]
    return is_told or port in PORTS or "pooler" in host or "pgbouncer" in host


def _is_of_chat(evidence: Evidence, name: str) -> bool:
    """Of several databases, the one whose variable the chat reads."""
    if evidence.project.chat.applied:
        return any(each == name for each in evidence.required if each.endswith(URL))
    urls = (each for each in evidence.settings if each.value.startswith("postgres"))
    if {each.name for each in urls} <= {name}:
        return True
    files = evidence.chat.code.files
    for settings in evidence.project.settings:
        fields = settings_fields(evidence.sources, settings)
        if fields and fields.knows(name) and settings.file in files:
            return True
    return any(name in evidence.sources.code(file) for file in files)


def _switched_off(evidence: Evidence, pooled: Setting, how: str) -> Iterator[Finding]:
    """The chat that we deliver has a setting for it."""
    switch = pooled.name.removesuffix(URL) + SWITCH
    is_on = any(each.value.lower() in ON for each in evidence.set_in_files(switch))
    elsewhere = switch in evidence.environ or evidence.is_deployed_with(switch)
    if not is_on and not elsewhere:
        shown = f"`{pooled.name}` {how}, and `{switch}` is not set."
        yield _finding(pooled, pooled.where, shown, f"Set `{switch}=true`.")


def _finding(pooled: Setting, where: str, evidence: str, fix: str) -> Finding:
    return Finding(
        what="Behind the pooler many turns fail: each transaction may get another connection, and "
        "the statements that were prepared are on the first.",
        where=where,
        evidence=evidence,
        fix=fix,
        severity="error" if not pooled.is_example else "warning",
        cause="pooler",
    )
