"""The page that shows the chat gives the client a domain key."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.findings import Finding
from chatkit_agent.observations import Observations

PAGES = (".html", ".js", ".jsx", ".mjs", ".ts", ".tsx", ".vue", ".svelte")
CLIENT = re.compile(r"useChatKit\s*\(|<openai-chatkit\b|openai-chatkit[\"']")
API = re.compile(r"\bapi\s*:\s*\{(?P<inside>[^{}]*(?:\{[^{}]*\}[^{}]*)*)")


def domain_key_set(observations: Observations) -> Iterator[Finding]:
    sources = observations.sources
    for path in sources.tree.glob(*PAGES):
        text = sources.text(path)
        if not CLIENT.search(text) or "domainKey" in text:
            continue
        for found in API.finditer(text):
            # Hosted ChatKit has `getClientSecret` in the place of a URL, and needs no key.
            if re.search(r"\burl\s*[:,]", found["inside"]):
                yield Finding(
                    what="The chat does not appear on a real domain: the client needs a domain "
                    "key there, and asks for one everywhere.",
                    where=f"{path}:{text.count(chr(10), 0, found.start()) + 1}",
                    evidence="`api` has a `url` and no `domainKey`.",
                    fix="Add `domainKey`: `domain_pk_localhost_dev` on a laptop, and the key that "
                    "the provider gives for your domain.",
                    severity="warning",
                    cause="domain key",
                    explains=("invisible",),
                )
