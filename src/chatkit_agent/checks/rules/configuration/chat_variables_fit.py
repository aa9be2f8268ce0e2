"""What is set for a delivered chat is read by it, and is of the kind that it takes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from urllib.parse import SplitResult, parse_qsl, urlsplit

import libcst as cst

from chatkit_agent.checks.check import PROJECT, Finding, Severity, check
from chatkit_agent.evidence.static import Evidence, Setting
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.settings_fields import settings_fields
from chatkit_agent.project.source.sources import Symbol

LISTED = re.compile(r"[\"']([\w-]+)[\"']")
EXAMPLE = re.compile(r"//USER:PASSWORD@")
# As SQLAlchemy, Django, JDBC, Tortoise and GINO begin such a URL.
POSTGRESQL = re.compile(
    r"(?i)^(?:jdbc:)?(?:postgres(?:ql)?|psql|pgsql|postgis|timescale(?:gis)?|asyncpg|psycopg)"
    r"(?:\+\w+)?:"
)
NUMBERS: dict[str, Callable[[str], float]] = {"int": int, "float": float, "Seconds": float}
PORT = re.compile(r"^(?:\[[^]]*\]|[^:]*):?(?P<port>.*)$")
SSL_MODES = (
    *("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
    *("no-verify", "true", "false", "1", "0", "on", "off", "yes", "no"),
)
# What other drivers read of a URL, and where the chat has that; elsewhere it has no such thing.
OTHERS = {
    "schema": "DB_SCHEMA",
    "currentschema": "DB_SCHEMA",
    "pgbouncer": "POOLER",
    **dict.fromkeys(("connection_limit", "max_size", "pool_size", "maxsize"), "POOL_MAX_SIZE"),
    **dict.fromkeys(("command_timeout", "connect_timeout", "pool_timeout"), "STATEMENT_TIMEOUT"),
    **dict.fromkeys(("min_size", "max_overflow", "pool_recycle", "keepalives_idle", "supa"), ""),
    **dict.fromkeys(("keepalives", "serverversion", "charset", "channel_binding", "uselibpq"), ""),
    **dict.fromkeys(("socket_timeout", "statement_cache_size", "sslaccept", "client_encoding"), ""),
}
WORDS_OF_BOOL = {"0", "1", "off", "on", "f", "t", "false", "true", "n", "y", "no", "yes"}


@check("CK710", needs=PROJECT, symptoms=("unavailable", "silent"))
def chat_variables_fit(evidence: Evidence) -> Iterator[Finding]:
    """It takes a URL of PostgreSQL with its password encoded, an address of tools with its scheme,
    numbers, and names from a list. A variable of the chat's prefix that nothing reads is a warning.
    The values are checked and never shown.
    """
    endings = [each for each in evidence.required if each.endswith("_DATABASE_URL")]
    for database in endings:
        prefix = database.removesuffix("DATABASE_URL")
        kinds = _kinds(evidence)
        for each in evidence.settings if kinds else ():
            if each.is_example or not each.value or each.name in evidence.environ:
                continue
            if each.name == database:
                yield from _database(each)
                yield from _options(each, prefix)
            elif each.name in ("MCP_SERVER_URL", f"{prefix}MCP_SERVER_URL"):
                yield from _tools(each)
            elif each.name in kinds:
                yield from _value(each, kinds[each.name])
            elif each.name.startswith(prefix) and _is_unread(evidence, each.name, prefix):
                yield _unread(each, kinds)


def _kinds(evidence: Evidence) -> dict[str, str]:
    """The variables that the chat's settings read, with what they are annotated with."""
    files, sources = evidence.chat.code.files, evidence.sources
    classes = [each for each in evidence.project.settings if each.file in files]
    found = (sources.definition(Symbol(each.file, each.name)) for each in classes)
    nodes = [each for each in found if isinstance(each, cst.ClassDef)]
    # A base is read as part of what derives from it, which says where the variables are.
    bases = {base.rpartition(".")[2] for node in nodes for base in syntax.bases(node)}
    derived = (each for each in classes if each.name not in bases)
    known = filter(None, (settings_fields(sources, each) for each in derived))
    fields = [field for each in known for field in each.fields]
    return {name.upper(): field.kind for field in fields for name in field.variables}


def _is_unread(evidence: Evidence, name: str, prefix: str) -> bool:
    """Whether no source speaks of it, not even as a field of a class that is read elsewhere."""
    field = name.removeprefix(prefix).lower().encode()
    return not any(evidence.sources.holding(word) for word in (name.encode(), field))


def _database(url: Setting) -> Iterator[Finding]:
    what = "The chat answers 503: its database's URL cannot be used."
    form = "postgresql://user:password@host:5432/database"
    text = url.value.strip()
    if not POSTGRESQL.match(text):
        yield _finding(url, what, "It is no URL of PostgreSQL.", f"Write one such as `{form}`.")
    elif not (parts := _parts(text)) or _is_cut(parts):
        evidence = "A character of its password is not percent-encoded."
        fix = "Write `%23` for `#`, `%2F` for `/`, `%40` for `@`, `%3A` for `:`."
        yield _finding(url, what, evidence, fix)
    elif EXAMPLE.search(url.value):
        yield _finding(url, what, "Its value is the example's.", f"Write your own: `{form}`.")
    elif not all(map(_is_port, _ports(parts))):
        fix = f"Write the number, as in `{form}`."
        yield _finding(url, what, "Its port is no number up to 65535.", fix)


def _parts(text: str) -> SplitResult | None:
    try:
        return urlsplit(POSTGRESQL.sub("postgresql:", text.strip()))
    except ValueError:
        return None


def _is_cut(parts: SplitResult) -> bool:
    """Whether a sign of the password has ended the host's name."""
    beyond = parts.path + parts.fragment + parts.query.partition("=")[0]
    is_whole = "@" in parts.netloc or all(map(_is_port, _ports(parts)))
    return "@" in beyond or bool(parts.fragment) or not is_whole


def _ports(parts: SplitResult) -> list[str]:
    hosts = parts.netloc.rpartition("@")[2].split(",")
    return [found["port"] for each in hosts if (found := PORT.match(each))]


def _is_port(text: str) -> bool:
    return not text or (text.isdecimal() and 0 < int(text) < 65536)


def _options(url: Setting, prefix: str) -> Iterator[Finding]:
    if (parts := _parts(url.value)) is None:
        return
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    mode = given.get("sslmode", given.get("ssl", "prefer")).lower().replace("_", "-")
    if mode not in SSL_MODES:
        what = "The chat answers 503: its database's URL asks for an unknown kind of TLS."
        listed = ", ".join(f"`{each}`" for each in SSL_MODES[:6])
        yield _finding(url, what, "Its `sslmode` is none that there is.", f"Write one of {listed}.")
    for option in given:
        if (instead := OTHERS.get(option.lower())) is not None:
            yield _finding(
                url,
                f"The chat leaves out `{option}` of its database's URL.",
                "It is an option of another driver.",
                f"Set `{prefix}{instead}`." if instead else "Take it out: nothing reads it here.",
                "warning",
            )


def _tools(url: Setting) -> Iterator[Finding]:
    for each in url.value.split(","):
        if each.strip() and urlsplit(each.strip()).scheme not in ("http", "https"):
            what = "The chat has no tools: the address of the MCP server cannot be used."
            yield _finding(url, what, "It does not begin with `http://` or `https://`.", _HTTP)
            return


_HTTP = "Write the whole URL, such as `http://localhost:8001/mcp`."


def _value(setting: Setting, kind: str) -> Iterator[Finding]:
    plain = kind.replace("| None", "").strip()
    what = f"The chat answers 503: `{setting.name}` is set to what it cannot use."
    fix = "Correct it, or take the line out so that the default holds."
    if plain in NUMBERS:
        try:
            NUMBERS[plain](setting.value)
        except ValueError:
            yield _finding(setting, what, "Its value is no number.", fix)
    elif plain == "bool" and setting.value.strip().lower() not in WORDS_OF_BOOL:
        yield _finding(setting, what, "It takes `true` or `false`.", fix)
    elif re.match(r"(?i)(dict|list|mapping|sequence)\[", plain) and not _is_json(setting.value):
        form = '`["a", "b"]`' if plain.lower().startswith(("list", "seq")) else '`{"name": 1}`'
        yield _finding(setting, what, f"It has to be JSON, such as {form}.", fix)
    elif plain.startswith("Literal["):
        options = LISTED.findall(plain)
        if setting.value not in options:
            listed = ", ".join(f"`{each}`" for each in options)
            yield _finding(setting, what, f"It takes one of {listed}.", fix)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _unread(setting: Setting, kinds: Mapping[str, str]) -> Finding:
    near = get_close_matches(setting.name, kinds, 1, 0.6)
    return _finding(
        setting,
        f"`{setting.name}` changes nothing: no setting of the chat has that name.",
        "None of the chat's settings classes reads it.",
        f"Did you mean `{near[0]}`?" if near else "Take it out, or correct its name.",
        "warning",
    )


def _finding(
    setting: Setting, what: str, evidence: str, fix: str, severity: Severity = "error"
) -> Finding:
    return Finding(
        explains=() if severity == "warning" else ("unavailable", "silent"),
        what=what,
        where=setting.where,
        evidence=f"`{setting.name}`: {evidence}",
        fix=fix,
        severity=severity,
        cause=f"setting:{setting.name}",
    )
