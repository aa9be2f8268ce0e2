"""The page's Content-Security-Policy lets the chat's element load, and ask the chat."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source.front_end import MARKUP, Page
from chatkit_agent.project.source.walking import line_at

HOST = "cdn.platform.openai.com"
POLICY = re.compile(
    r"(?P<text>\b(?:default|script|connect|frame|child)-src(?:-elem)?\s[^\"`<>{}\n]*"
    r"(?:[\"']?\s*\n?\s*f?[\"'](?=[^\"`<>{}\n]*-src)[^\"`<>{}\n]*)*)"
)
NAMED = re.compile(r"content[-_]security[-_]policy(?![-_]report)|\bcsp\b", re.IGNORECASE)
META = re.compile(
    r"<meta\b(?=[^>]*http-equiv=[\"']Content-Security-Policy[\"'])"
    r"[^>]*?content=(?P<quote>[\"'])(?P<text>.*?)(?P=quote)",
    re.IGNORECASE | re.DOTALL,
)
PROXIES = (".conf", ".template", ".nginx", "Caddyfile")
CONFIGS = re.compile(
    r"(?:^|/)(?:next\.config\.\w+|vercel\.json|netlify\.toml|_headers|middleware\.[jt]s)$"
)
COMMENT = re.compile(r"^\s*(?:#|//|\*)")
NEEDS = {
    "hosted": (("script-src", f"https://{HOST}"), ("frame-src", f"https://{HOST}")),
    "panel": (("script-src", "'self'"), ("style-src", "'self'"), ("connect-src", "'self'")),
}


@check("CK812", needs=PROJECT, symptoms=("invisible", "cors"))
def policy_allows_chat(evidence: Evidence) -> Iterator[Finding]:
    """Looked at in a `meta`, in what the application answers its own pages with, in nginx and
    Caddy, and in the configuration of a framework of pages. A policy with a nonce or a part that is
    computed is left alone, and so is one that only reports.
    """
    front = evidence.front_end
    for page in front.chats:
        wanted = _needs(evidence, page)
        for where, text in _policies(evidence, page):
            policy = _directives(text)
            # What is put into a sandbox, such as somebody's file, is no page with a chat.
            if "sandbox" in policy and "allow-scripts" not in policy["sandbox"]:
                continue
            for directive, source in wanted:
                used, allowed = _rule_for(policy, directive)
                if allowed is not None and not _allows(allowed, source):
                    yield _finding(where, f"`{used} {' '.join(allowed)}`", directive, source)
                    break


def _needs(evidence: Evidence, page: Page) -> list[tuple[str, str]]:
    found = [
        *(NEEDS["hosted"] if page.is_hosted else ()),
        *(NEEDS["panel"] if page.is_panel else ()),
    ]
    for api in page.apis():
        if "url" in api:
            urls = evidence.front_end.texts(page, api["url"].code)
            for parts in map(urlsplit, urls if len(urls) == 1 else ()):
                origin = f"{parts.scheme}://{parts.netloc}" if parts.netloc else "'self'"
                found.append(("connect-src", origin))
    return found


def _policies(evidence: Evidence, page: Page) -> Iterator[tuple[str, str]]:
    """Where a policy is set for this page, and what it says."""
    sources, folder = evidence.sources, _package(evidence, page.path)
    for each in evidence.front_end.pages:
        is_shell = each.path.endswith(MARKUP) and _package(evidence, each.path) == folder
        if each is page or (folder is not None and is_shell):
            for found in META.finditer(each.text):
                yield each.where(found.start("text")), found["text"]
    for path in sources.tree.paths:
        is_own = folder is None and path.endswith(".py") and path in sources.python
        is_config = CONFIGS.search(path) and _package(evidence, path) == folder
        if is_own or is_config or path.endswith(PROXIES):
            yield from _in_file(path, sources.code(path) if is_own else sources.text(path))


def _in_file(path: str, text: str) -> Iterator[tuple[str, str]]:
    if not NAMED.search(text):
        return
    for found in POLICY.finditer(text):
        line = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
        before = text[max(0, found.start() - 300) : found.start()]
        is_told = NAMED.search(before) and not re.search(r"report-only", before[-120:], re.I)
        is_computed = text[found.end() : found.end() + 1] in ("{", "<", "`")
        if is_told and not is_computed and not COMMENT.match(line):
            where = f"{path}:{line_at(text, found.start())}"
            yield where, re.sub(r"[\"']\s*\n?\s*f?[\"](?=.*-src)", " ", found["text"])


def _package(evidence: Evidence, path: str) -> str | None:
    """The folder of the front end that a file belongs to, where that is built by itself."""
    folder = path
    while "/" in folder:
        folder = folder.rpartition("/")[0]
        if evidence.sources.tree.exists(f"{folder}/package.json"):
            return folder
    return "" if evidence.sources.tree.exists("package.json") else None


def _directives(text: str) -> dict[str, list[str]]:
    parts = (each.split() for each in text.replace("\\", " ").split(";"))
    return {each[0].strip("\"'").lower(): each[1:] for each in parts if each}


def _rule_for(policy: dict[str, list[str]], directive: str) -> tuple[str, list[str] | None]:
    falls = {
        "script-src": ("script-src-elem", "script-src"),
        "frame-src": ("frame-src", "child-src"),
    }
    for name in (*falls.get(directive, (directive,)), "default-src"):
        if name in policy:
            return name, policy[name]
    return directive, None


def _allows(allowed: list[str], source: str) -> bool:
    listed = [each.strip('"').lower() for each in allowed]
    if any("nonce-" in each or each == "'strict-dynamic'" or each == "*" for each in listed):
        return True
    if any(re.search(r"[{}$%<]", each) for each in listed):
        return True
    if source == "'self'":
        return "'self'" in listed or any(not each.startswith("'") for each in listed)
    parts = urlsplit(source)
    return any(_covers(each, parts.scheme, parts.netloc) for each in listed)


def _covers(allowed: str, scheme: str, host: str) -> bool:
    """`https:`, `https://*.openai.com`, `cdn.platform.openai.com` and so on."""
    if allowed.endswith(":"):
        return allowed[:-1] == scheme
    named, _, rest = allowed.rpartition("://")
    rest = rest.partition("/")[0]
    is_host = host == rest or (rest.startswith("*.") and host.endswith(rest[1:]))
    is_host = is_host or (rest.endswith(":*") and host.partition(":")[0] == rest[:-2])
    return is_host and named in ("", scheme)


def _finding(where: str, evidence: str, directive: str, source: str) -> Finding:
    return Finding(
        what="The browser refuses the chat: the page's policy does not let it "
        + ("ask the chat." if directive == "connect-src" else "load what it is made of."),
        where=where,
        evidence=f"{evidence} leaves out {source}.",
        fix=f"Add `{source}` to `{directive}`.",
        cause="page's policy",
    )
