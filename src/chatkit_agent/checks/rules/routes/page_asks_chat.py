"""The page asks at an address where the chat is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from urllib.parse import urlsplit

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import DEPLOYING, Evidence
from chatkit_agent.project.source.folders import is_side_file
from chatkit_agent.project.source.front_end import Page
from chatkit_agent.project.source.routers import addresses
from chatkit_agent.project.source.walking import line_at
from chatkit_agent.project.tree import ENV_FILE

LOOPBACK = {"localhost", "127.0.0.1", "0.0.0.0", "[::1]"}
PORT = re.compile(r"(?:--port[\"\', =]+|\bport\s*=\s*|PORT\s*[=:]\s*[\"']?|:)(\d{4,5})\b")
# What sends a page's requests on, or answers them itself.
SENDING_ON = (".js", ".ts", ".mjs", ".tsx", ".json", ".toml", ".conf", ".template", "Caddyfile")
CONFIG = re.compile(
    r"(?:^|/)(?:vite|next|nuxt|svelte|webpack|vue|astro|rs\w+|angular|craco)[\w.-]*config[\w.-]*$"
    r"|vercel\.json$|netlify\.toml$|firebase\.json$|proxy|middleware\.|nginx|caddy|\.conf$|\.template$",
    re.IGNORECASE,
)

# What asks a server: the pages' files, clients and tests in Python, and what is asked by hand.
ASKING = (".js", ".ts", ".mjs", ".tsx", ".jsx", ".vue", ".svelte", ".html", ".http")
PATH = re.compile(
    r"""(?:["'`]|[=:]\s?|\s(?=http))(?:https?://[\w.-]+(?::\d+)?)?(/[\w/-]*chat[\w/-]*)(?=["'`?\s]|$)"""
)
ASKS = re.compile(r"\b(?:httpx|requests|aiohttp|TestClient)\b")
ALIKE = 0.85
LONGEST = 200_000


@check("CK620", needs=PROJECT, symptoms=("not_found", "invisible"))
def page_asks_chat(evidence: Evidence) -> Iterator[Finding]:
    """`api.url` leads to its route, with the prefix of its router, and to a port that something
    here is served at. Silent where the front end or a proxy sends requests on from that address.
    Where clients, tests and environment files name none of the routes, but one that is spelled
    almost as such, a letter of one of both is wrong.
    """
    known = addresses(evidence.chat)
    wrong = [each for page in evidence.front_end.chats for each in _of_page(evidence, page, known)]
    yield from wrong or _misspelt(evidence, known)


def _of_page(evidence: Evidence, page: Page, known: frozenset[str]) -> Iterator[Finding]:
    for api in page.apis() if known else ():
        url = api.get("url")
        asked = evidence.front_end.texts(page, url.code) if url else set()
        if url is None or not asked:
            continue
        wrong = [each for each in sorted(asked) if _problem(evidence, known, each, page.path)]
        if len(wrong) == len(asked):
            yield Finding(
                what="The page asks at an address where the chat is not, so nothing answers.",
                where=page.where(url.place),
                evidence=_problem(evidence, known, wrong[0], page.path),
                fix=f"Set `url` to the route: `{sorted(known)[0]}`, behind the scheme, host "
                "and port of the application where the page is on another one.",
                cause="page's address",
            )


def _misspelt(evidence: Evidence, known: frozenset[str]) -> Iterator[Finding]:
    """What asks for `/chatkit` where the route is `/chatkitt`, and no route is that."""
    sources = evidence.sources
    asking = [path for path in sources.tree.paths if _asks(evidence, path)]
    others = (path for path in sources.python if path not in asking)
    routed = {name for path in others for name, _ in _chat_paths(sources.text(path))}
    asked = [(path, *each) for path in asking for each in _chat_paths(sources.text(path))]
    near = [e for e in asked if e[1] not in routed and any(_are_near(e[1], one) for one in known)]
    if near and known.isdisjoint(name for _, name, _ in asked):
        path, name, line = near[0]
        yield Finding(
            what="What asks for the chat and its route are spelled differently, so nothing "
            "answers.",
            where=f"{path}:{line}",
            evidence=f"It asks for `{name}`, and the chat's route is `{min(known)}`.",
            fix="Spell both the same.",
            cause="page's address",
        )


def _asks(evidence: Evidence, path: str) -> bool:
    """Pages, environment files, tests, and clients in Python that are no part of the chat."""
    if not path.endswith(".py"):
        return path.endswith(ASKING) or ENV_FILE.fullmatch(path.rpartition("/")[2]) is not None
    is_client = ASKS.search(evidence.sources.text(path)) and path not in evidence.chat.code.files
    return is_side_file(path) or bool(is_client)


def _chat_paths(text: str) -> list[tuple[str, int]]:
    """The paths on a server that a file names, as far as they may be the chat's, with the lines."""
    found = PATH.finditer(text) if "chat" in text and len(text) < LONGEST else ()
    return [(each[1].rstrip("/"), line_at(text, each.start(1))) for each in found]


def _are_near(one: str, other: str) -> bool:
    """Whether one or two letters are others, too many or twisted; `/chats` is another route."""
    is_plural = one.removesuffix("s") == other.removesuffix("s")
    is_alike = SequenceMatcher(None, one, other).ratio() >= ALIKE
    return is_alike and not is_plural and one.count("/") == other.count("/")


def _problem(evidence: Evidence, known: frozenset[str], url: str, page: str) -> str:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return f"`{url}` is no address."
    path = parts.path.rstrip("/") or "/"
    if not parts.netloc and not url.startswith("/"):
        return ""  # relative to a page whose own address is not known
    if parts.netloc and parts.hostname not in LOOPBACK:
        return ""  # what stands before an application elsewhere is not known
    if path not in known and not _is_sent_on(evidence, path, page):
        shown = " and ".join(f"`{each}`" for each in sorted(known))
        return f"`url` is `{url}`, and the chat's route is {shown}."
    ports = _ports(evidence)
    if parts.netloc and port is not None and ports and str(port) not in ports:
        return f"`url` has the port {port}, and the application is served at {', '.join(ports)}."
    return ""


def _is_sent_on(evidence: Evidence, path: str, page: str) -> bool:
    """Whether another file names the path, or is the route of it in a framework of pages."""
    folder = path.strip("/")
    first = f"/{folder.partition('/')[0]}"
    for each in evidence.sources.tree.paths:
        stem = re.sub(r"\.(?:ts|js|tsx|py)$", "", each)
        if stem.endswith((f"{folder}/route", f"pages/{folder}", f"{folder}/+server")):
            return True
        if re.search(r"\[\.{3}[\w-]+\]", stem) and f"{first}/" in f"/{stem}":
            return True
        if each.endswith(SENDING_ON) and each != page and not each.endswith("package-lock.json"):
            named = rf"[\"'\s^]{re.escape(first)}(?![\w-])"
            if CONFIG.search(each) and re.search(named, evidence.sources.text(each)):
                return True
    return False


def _ports(evidence: Evidence) -> list[str]:
    """The ports that are named where the application is started or deployed."""
    texts = [evidence.sources.text(each) for each in evidence.sources.tree.glob(*DEPLOYING)]
    texts += [evidence.sources.code(each) for each in evidence.chat.code.files]
    started = (
        text for text in texts if "uvicorn" in text or "fastapi run" in text or "PORT" in text
    )
    found = {each for text in started for each in PORT.findall(text)}
    return sorted(found)
