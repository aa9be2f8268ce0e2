"""What is set for a delivered chat is read by it, and is of the kind that it takes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from urllib.parse import urlsplit

import libcst as cst

from chatkit_agent.checks.check import PROJECT, check
from chatkit_agent.checks.finding import Finding, Severity
from chatkit_agent.evidence.static import Evidence, Setting
from chatkit_agent.project.source import syntax

LISTED = re.compile(r"[\"']([\w-]+)[\"']")
EXAMPLE = re.compile(r"//USER:PASSWORD@")


@check(
    "CK710",
    "What is set for a delivered chat is read by it, and is of the kind that it takes",
    needs=PROJECT,
    symptoms=("unavailable", "silent"),
)
def chat_variables_fit(evidence: Evidence) -> Iterator[Finding]:
    """What is set for a delivered chat is read by it, and is of the kind that it takes: a URL
    of PostgreSQL with its password encoded, an address of tools with its scheme, numbers, and
    names from a list. A variable of the chat's prefix that nothing reads is a warning. The
    values are checked and never shown.
    """
    endings = [each for each in evidence.required if each.endswith("_DATABASE_URL")]
    for database in endings:
        prefix = database.removesuffix("DATABASE_URL")
        kinds = _kinds(evidence, prefix)
        for each in evidence.settings if kinds else ():
            if each.is_example or not each.value or each.name in evidence.environ:
                continue
            if each.name == database:
                yield from _database(each)
            elif each.name in ("MCP_SERVER_URL", f"{prefix}MCP_SERVER_URL"):
                yield from _tools(each)
            elif each.name in kinds:
                yield from _value(each, kinds[each.name])
            elif each.name.startswith(prefix) and _is_unread(evidence, each.name, prefix):
                yield _unread(each, kinds)


def _kinds(evidence: Evidence, prefix: str) -> dict[str, str]:
    """The variables that the chat's settings read, with what they are annotated with."""
    found = {}
    code = evidence.chat.code
    for scope in code.subclasses_of("pydantic_settings", "BaseSettings"):
        for each in syntax.statements(scope.node):
            if isinstance(each, cst.AnnAssign) and isinstance(each.target, cst.Name):
                kind = syntax.code(each.annotation.annotation)
                found[f"{prefix}{each.target.value.upper()}"] = kind
                aliases = LISTED.findall(syntax.code(each.value)) if each.value else []
                found.update(dict.fromkeys(aliases, kind))
                # `f"{PREFIX}SCHEMA"`
                named = re.findall(r"\{\w+\}(\w+)", syntax.code(each.value)) if each.value else []
                found.update({f"{prefix}{name}": kind for name in named})
    return found


def _is_unread(evidence: Evidence, name: str, prefix: str) -> bool:
    """Whether no source speaks of it, not even as a field of a class that is read elsewhere."""
    field = name.removeprefix(prefix).lower().encode()
    return not any(evidence.sources.holding(word) for word in (name.encode(), field))


def _database(url: Setting) -> Iterator[Finding]:
    what = "The chat answers 503: its database's URL cannot be used."
    form = "postgresql://user:password@host:5432/database"
    try:
        parts = urlsplit(url.value.strip())
        is_readable = parts.port != 0
    except ValueError:
        is_readable = False
    if not is_readable or parts.fragment or ("@" in parts.path and not parts.username):
        evidence = "A character of its password is not percent-encoded."
        fix = "Write `%23` for `#`, `%2F` for `/`, `%40` for `@`, `%3A` for `:`."
        yield _finding(url, what, evidence, fix)
    elif parts.scheme.partition("+")[0] not in ("postgresql", "postgres"):
        yield _finding(url, what, "It is no URL of PostgreSQL.", f"Write one such as `{form}`.")
    elif EXAMPLE.search(url.value):
        yield _finding(url, what, "Its value is the example's.", f"Write your own: `{form}`.")


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
    if plain in ("int", "float"):
        try:
            {"int": int, "float": float}[plain](setting.value)
        except ValueError:
            yield _finding(setting, what, "Its value is no number.", fix)
    elif plain.startswith("Literal["):
        options = LISTED.findall(plain)
        if setting.value not in options:
            listed = ", ".join(f"`{each}`" for each in options)
            yield _finding(setting, what, f"It takes one of {listed}.", fix)


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
