"""The proxy in front passes the chat's path on as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.checks.check import PROJECT, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.evidence.static import Evidence

PATH = "/chatkit"
NGINX = re.compile(r"\s*location\s+(?:=\s+|\^~\s+)?(\S*/chatkit)\s*\{")
PASSED = re.compile(r"\s*proxy_pass\s+https?://[^/\s;$]+(/[^\s;$]*);")
CADDY = re.compile(
    r"\s*(?:handle_path\s+(\S*/chatkit)(?:/?\*)?\s*\{|uri\s+strip_prefix\s+(\S*/chatkit)\s*$)"
)
TRAEFIK = re.compile(
    r"\s*-?\s*[\"']?traefik\.http\.middlewares\.[\w-]+\.stripprefix\.prefixes\s*[=:]\s*"
    r"[\"']?(\S*/chatkit)/?[\"']?\s*$",
    re.IGNORECASE,
)
NAMES = (".conf", ".template", ".nginx", ".yml", ".yaml")


@check(
    "CK808",
    "The proxy in front passes the chat's path on as it is",
    needs=PROJECT,
    symptoms=("not_found",),
)
def proxy_keeps_path(evidence: Evidence) -> Iterator[Finding]:
    """The proxy in front passes the chat's path on as it is. Where nginx, Caddy or Traefik
    takes all of `/chatkit` off, the application sees another path and answers 404.
    """
    sources = evidence.sources
    if not _serves_path(evidence) or sources.holding(b"/chatkit/chatkit"):
        return
    for path in sources.tree.paths:
        name = path.rpartition("/")[2].lower()
        if not name.endswith(NAMES) and "caddyfile" not in name:
            continue
        for number, line, left in _cut_paths(sources.text(path)):
            yield Finding(
                what="The chat's route answers 404 behind the proxy, which takes its path away.",
                where=f"{path}:{number}",
                evidence=f"With `{line.strip()}` a request for `{PATH}` arrives as `{left}`.",
                fix="Pass the path on as it is: `proxy_pass` without anything behind the host in "
                "nginx, `handle` in Caddy, no `stripprefix` in Traefik.",
                cause="path stripped",
            )


def _serves_path(evidence: Evidence) -> bool:
    """Of a delivered chat the path is no literal of its route."""
    paths = evidence.chat.paths
    is_ours = evidence.has_chat and evidence.project.chat.applied
    return any(each.endswith(PATH) for each in paths) or (is_ours and not paths)


def _cut_paths(text: str) -> Iterator[tuple[int, str, str]]:
    """Lines by which nothing is left of the chat's path, and what arrives."""
    at_chat = False
    for number, line in enumerate(text.splitlines(), 1):
        at_chat = (at_chat and line.strip() != "}") or NGINX.match(line) is not None
        passed = PASSED.match(line) if at_chat else None
        if passed and not passed[1].endswith(PATH):
            yield number, line, passed[1]
        elif CADDY.match(line) or TRAEFIK.match(line):
            yield number, line, "/"
