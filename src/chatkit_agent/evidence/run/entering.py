"""Entering: tries until a request reaches the chat itself, as a proxy and a page would send it."""

from __future__ import annotations

import re
from dataclasses import replace

from chatkit_agent.evidence.run import Boot, Reply
from chatkit_agent.evidence.run.booting import Running
from chatkit_agent.evidence.run.door import (
    CSRF,
    MOST_TRIES,
    Kind,
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
# One in quotes, in a pattern, or among others in a list that is one text.
HOSTS = re.compile(r"[\"'^, ]((?:[\w-]+\\?\.)+[a-z]{2,})(?=[$\"', ])")
ORIGINS = re.compile(r"[\"'](https?://[\w.-]+(?::\d+)?)/?[\"']")
IN_A_ROW = 4
NAMED = ("csrf", "origin", "host", "front")
"""Where the source may say what lets a request pass."""
OF_OTHERS = ("credentials", "front")


def find_manner(stage: Stage, app: Running) -> Manner:
    """How requests have to be sent to get through; `closed` says what kept all of them out."""
    manner, boot, url = Manner(), app.boot, app.url or ""
    for _ in range(IN_A_ROW):
        reply = _ask(stage, url, manner)
        kind = obstacle(reply, boot.middlewares)
        if kind is None:
            return manner
        found = _way(stage, url, manner, reply, boot, kind)
        if found is None:
            named = ", ".join(f"`{each}`" for each in boot.middlewares)
            whose = f" Its middlewares: {named}." if named and kind in OF_OTHERS else ""
            closed = f"{explained(kind, reply)}.{whose}"
            return replace(manner, closed=closed, met=(*manner.met, kind))
        manner = found
    return manner


def _way(
    stage: Stage, url: str, manner: Manner, reply: Reply, boot: Boot, kind: Kind
) -> Manner | None:
    """The first way after which something else, or the chat itself, answers."""
    names = _names(stage, url, manner) if kind in NAMED else Names()
    ways = ways_in(kind, manner, reply, boot, names)
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
    sources = Sources(Tree(stage.start.copy))
    written = _texts(sources, rb"(?i)csrf|xsrf", WRITTEN)
    hosts = tuple(each.replace("\\.", ".") for each in _texts(sources, rb"(?i)host", HOSTS))
    origins = _texts(sources, rb"(?i)origin|referer", ORIGINS)
    return Names(tuple(each for each in written if CSRF.search(each)), cookies, hosts, origins)


def _texts(sources: Sources, word: bytes, pattern: re.Pattern[str]) -> tuple[str, ...]:
    files = sources.mentioning(word)
    return tuple(dict.fromkeys(f for file in files for f in pattern.findall(sources.text(file))))
