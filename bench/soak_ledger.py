"""What was acknowledged to whom, and whatever is found that contradicts it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from time import time
from typing import Any

NAME = re.compile(r"\buser\d+\b")


@dataclass
class Conversation:
    """One thread of one user: the items that the client saw as done, in the order it saw them."""

    user: str
    items: list[Mapping[str, Any]] = field(default_factory=list)
    removed: set[str] = field(default_factory=set)
    """The ids of what was taken out by a retry."""
    deleted: bool | None = False
    """None where nobody was told whether it is."""
    accepted: set[str] = field(default_factory=set)
    """The messages whose stream began: they are kept, even where the client left at once."""
    retried: list[tuple[str, frozenset[str]]] = field(default_factory=list)
    """Questions, and what stood after each when it was asked again."""
    title: str | None = None
    """What the user called it last; None where that is not known."""

    def contradictions(self, stored: Sequence[Mapping[str, Any]]) -> list[str]:
        """Why `stored`, the thread's items from the first to the last, cannot be right."""
        if self.deleted is not False:
            return ["deleted, and still there"] if self.deleted and stored else []
        places = {item["id"]: place for place, item in enumerate(stored)}
        found = [] if len(places) == len(stored) else ["an item is there twice"]
        found += [f"back after a retry: {name}" for name in self.removed & set(places)]
        found += [
            f"{kind} {item['id']}" for item in self.items if (kind := _lost(item, stored, places))
        ]
        found += [
            "a retry took the answer away and left none"
            for question, before in self.retried
            if not _is_answered(question, before, stored, places)
        ]
        order = [places[item["id"]] for item in self.items if item["id"] in places]
        if order != sorted(order):
            found.append("the items are in another order")
        said = Counter(text_of(item) for item in stored if item["type"] == "user_message")
        found += [f"accepted and lost: {text[:40]!r}" for text in self.accepted - set(said)]
        found += [f"said twice: {text[:40]!r}" for text, times in said.items() if times > 1]
        others = {name for item in stored for name in NAME.findall(text_of(item))} - {self.user}
        return found + [f"words of {name}" for name in sorted(others)]


def _is_answered(
    question: str,
    before: frozenset[str],
    stored: Sequence[Mapping[str, Any]],
    places: Mapping[str, int],
) -> bool:
    """What was there is there still, or there is something else."""
    if before <= set(places) or question not in places:
        return True
    later = stored[places[question] + 1 :]
    return any(each["type"] == "assistant_message" and each["id"] not in before for each in later)


def _lost(
    item: Mapping[str, Any], stored: Sequence[Mapping[str, Any]], places: Mapping[str, int]
) -> str:
    if item["id"] not in places:
        return "lost"
    return "" if text_of(item) == text_of(stored[places[item["id"]]]) else "changed"


def text_of(item: Mapping[str, Any]) -> str:
    content = item.get("content")
    return "".join(part.get("text", "") for part in content) if isinstance(content, list) else ""


@dataclass
class Ledger:
    """Shared by all users of a run."""

    conversations: dict[str, Conversation] = field(default_factory=dict)
    figures: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    troubles: dict[str, list[tuple[float, float]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    """When each kind of trouble was made, and until when it is felt."""

    def begin(self, trouble: str) -> None:
        self.troubles[trouble].append((time(), inf))

    def end(self, trouble: str, felt: float) -> None:
        begun, _ = self.troubles[trouble].pop()
        self.troubles[trouble].append((begun, time() + felt))

    def troubled(self, trouble: str, at: float) -> bool:
        return any(begun <= at <= ended for begun, ended in self.troubles[trouble])

    def violation(self, what: str) -> None:
        self.violations.append(what)

    def unless(self, what: str, *troubles: str) -> None:
        """It may happen while one of these troubles is felt, and at no other time."""
        if not any(self.troubled(trouble, time()) for trouble in troubles):
            self.violation(what)

    def opened(self, thread: str, user: str) -> Conversation:
        conversation = self.conversations.setdefault(thread, Conversation(user))
        if conversation.user != user:
            self.violation(f"{user} was given the thread of {conversation.user}")
        return conversation

    def check(self, thread: str, stored: Sequence[Mapping[str, Any]]) -> None:
        conversation = self.conversations[thread]
        self.figures["threads compared"] += 1
        for what in conversation.contradictions(stored):
            self.violation(f"{conversation.user}, {thread}: {what}")

    def listed(self, user: str, threads: Sequence[Mapping[str, Any]]) -> None:
        """A user's own list of threads: all of theirs, once each, and nobody else's."""
        titles = {each["id"]: each.get("title") for each in threads}
        seen = Counter(each["id"] for each in threads)
        for thread, title in titles.items():
            wanted = self.conversations[thread].title if thread in self.conversations else None
            if wanted is not None and title != wanted:
                self.violation(f"{thread} is called {title!r} instead of {wanted!r}")
        for thread, times in seen.items():
            owner = self.conversations.get(thread)
            if times > 1 or (owner is not None and (owner.user != user or owner.deleted)):
                self.violation(f"{thread} is listed {times} times for {user}")
        for thread, conversation in self.conversations.items():
            if conversation.user == user and conversation.deleted is False and thread not in seen:
                self.violation(f"{thread} is missing in the list of {user}")
