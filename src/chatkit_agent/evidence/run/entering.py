"""Entering: tries until a request reaches the chat itself, as a proxy and a page would send it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from chatkit_agent.evidence.run import Boot, Reply
from chatkit_agent.evidence.run.booting import Running
from chatkit_agent.evidence.run.door import (
    CSRF,
    MOST_TRIES,
    Manner,
    Names,
    explained,
    obstacle,
    ways_in,
)
from chatkit_agent.evidence.run.staging import Stage
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.tree import Tree

WRITTEN = re.compile(r"[\"']([\w-]*(?:csrf|xsrf)[\w-]*)[\"']", re.IGNORECASE)
IN_A_ROW = 4


def find_manner(stage: Stage, app: Running) -> Manner:
    """How requests have to be sent to get through; `closed` says what kept all of them out."""
    manner, boot, url = Manner(), app.boot, app.url or ""
    for _ in range(IN_A_ROW):
        reply = _ask(stage, url, manner)
        kind = obstacle(reply, boot.middlewares)
        if kind is None:
            return manner
        found = _way(stage, url, manner, reply, boot)
        if found is None:
            return replace(manner, closed=f"{explained(kind, reply)}.", met=(*manner.met, kind))
        manner = found
    return manner


def _way(stage: Stage, url: str, manner: Manner, reply: Reply, boot: Boot) -> Manner | None:
    """The first way after which something else, or the chat itself, answers."""
    kind = obstacle(reply, boot.middlewares)
    names = _names(stage, url, manner) if kind == "csrf" else Names()
    ways = ways_in(kind, manner, reply, boot, names) if kind else iter(())
    for _, way in zip(range(MOST_TRIES), ways, strict=False):
        if obstacle(_ask(stage, url, way), boot.middlewares) != kind:
            return way
    return None


def _ask(stage: Stage, url: str, manner: Manner) -> Reply:
    """What a request gets that is signed in as the application's clients are."""
    chat = replace(stage, manner=manner).chat(url)
    return chat.send("threads.list", {"limit": 1}, chat.carrying(stage.alice))


def _names(stage: Stage, url: str, manner: Manner) -> Names:
    chat = replace(stage, manner=manner).chat(url)
    cookies = {**chat.get(url).cookies, **chat.health().cookies}
    return Names(_files_of(stage.start.copy), cookies)


def _files_of(root: Path) -> tuple[str, ...]:
    sources = Sources(Tree(root))
    files = sources.mentioning(rb"(?i)csrf|xsrf")
    found = (name for file in files for name in WRITTEN.findall(sources.text(file)))
    return tuple(dict.fromkeys(name for name in found if CSRF.search(name) and " " not in name))
