"""The proxy in front passes the person's token on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence

STRIPPING = (
    re.compile(r"\s*proxy_set_header\s+Authorization\s+(?:\"\"|'')\s*;", re.IGNORECASE),
    re.compile(r"\s*proxy_pass_request_headers\s+off\s*;"),
    re.compile(r"\s*(?:header_up|request_header)\s+-Authorization\b", re.IGNORECASE),
)
TRAEFIK = re.compile(
    r"\s*-?\s*[\"']?traefik\.http\.middlewares\.[\w-]+\.headers\.customrequestheaders\.authorization"
    r"\s*[=:]\s*[\"']*\s*$",
    re.IGNORECASE,
)
LABELS = (".yml", ".yaml")
ENDINGS = (".conf", ".template", ".nginx")


@check("CK809", needs=PROJECT, symptoms=("token_missing", "unauthorized"))
def proxy_passes_token(evidence: Evidence) -> Iterator[Finding]:
    """nginx and Caddy files in the project are read, and what Traefik is told."""
    sources = evidence.sources
    for path in sources.tree.paths:
        name = path.rpartition("/")[2].lower()
        is_proxy = name.endswith(ENDINGS) or "caddyfile" in name
        if not is_proxy and not name.endswith(LABELS):
            continue
        patterns = STRIPPING if is_proxy else (TRAEFIK,)
        for number, line in enumerate(sources.text(path).splitlines(), 1):
            if any(each.match(line) for each in patterns):
                yield Finding(
                    what="The proxy takes the `Authorization` header away, so nobody is signed in "
                    "behind it and no tool gets a token.",
                    where=f"{path}:{number}",
                    evidence=f"`{line.strip()}`",
                    fix="Take that line out for the chat's route.",
                    cause="token stripped",
                )
