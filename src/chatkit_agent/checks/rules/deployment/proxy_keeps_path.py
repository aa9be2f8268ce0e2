"""The proxy in front passes the chat's path on as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source.routers import addresses

PATH = "/chatkit"
LOCATION = re.compile(r"\s*location\s+(?:=\s+|\^~\s+)?(/\S*)\s*\{")
PASSED = re.compile(r"\s*proxy_pass\s+https?://[^/\s;$]+(/[^\s;$]*)?;")
CADDY = re.compile(
    r"\s*(?:handle_path\s+(\S*/chatkit)(?:/?\*)?\s*\{|uri\s+strip_prefix\s+(\S*/chatkit)\s*$)"
)
TRAEFIK = re.compile(
    r"\s*-?\s*[\"']?traefik\.http\.middlewares\.[\w-]+\.stripprefix\.prefixes\s*[=:]\s*"
    r"[\"']?(\S*/chatkit)/?[\"']?\s*$",
    re.IGNORECASE,
)
NAMES = (".conf", ".template", ".nginx", ".yml", ".yaml")


@check("CK808", needs=PROJECT, symptoms=("not_found",))
def proxy_keeps_path(evidence: Evidence) -> Iterator[Finding]:
    """Where nginx, Caddy or Traefik takes all of `/chatkit` off, or nginx a part that the route
    has, the application answers 404.
    """
    sources, known = evidence.sources, addresses(evidence.chat)
    if not _serves_path(evidence) or sources.holding(b"/chatkit/chatkit"):
        return
    for path in sources.tree.paths:
        name = path.rpartition("/")[2].lower()
        if not name.endswith(NAMES) and "caddyfile" not in name:
            continue
        text = sources.text(path)
        for number, line, asked, left in (*_lines_that_strip(text), *_cut_paths(text, known)):
            yield Finding(
                what="The chat's route answers 404 behind the proxy, which takes its path away.",
                where=f"{path}:{number}",
                evidence=f"With `{line.strip()}` a request for `{asked}` arrives as `{left}`.",
                fix="Pass the path on as it is: `proxy_pass` without anything behind the host in "
                "nginx, `handle` in Caddy, no `stripprefix` in Traefik.",
                cause="path stripped",
            )


def _serves_path(evidence: Evidence) -> bool:
    """Of a delivered chat the path is no literal of its route."""
    paths = evidence.chat.paths
    is_ours = evidence.has_chat and evidence.project.chat.applied
    return any(each.endswith(PATH) for each in paths) or (is_ours and not paths)


def _lines_that_strip(text: str) -> Iterator[tuple[int, str, str, str]]:
    """Lines by which Caddy and Traefik leave nothing of the chat's path."""
    for number, line in enumerate(text.splitlines(), 1):
        if CADDY.match(line) or TRAEFIK.match(line):
            yield number, line, PATH, "/"


def _cut_paths(text: str, known: frozenset[str]) -> Iterator[tuple[int, str, str, str]]:
    """Lines of nginx by which a path of the chat arrives as one that it does not have."""
    passed = list(_locations(text))
    for number, line, prefix, uri in passed:
        if uri and prefix.endswith(PATH) and not uri.endswith(PATH):
            yield number, line, prefix, uri
    for path in sorted(known):
        fitting = [each for each in passed if path.startswith(each[2]) and path != each[2]]
        for number, line, prefix, uri in sorted(fitting, key=lambda each: -len(each[2]))[:1]:
            arrives = f"{uri}{path[len(prefix) :]}"
            if uri and arrives not in known:
                yield number, line, path, arrives


def _locations(text: str) -> Iterator[tuple[int, str, str, str]]:
    """What each location of nginx passes on: its line, its prefix, and what comes in its place."""
    prefix = ""
    for number, line in enumerate(text.splitlines(), 1):
        if found := LOCATION.match(line):
            prefix = found[1]
        elif line.strip() == "}":
            prefix = ""
        if prefix and (passed := PASSED.match(line)):
            yield number, line, prefix, passed[1] or ""
