"""Recognition: which playbook a task means, by its words in any order, typing errors included."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache

from chatkit_agent.guide.operations import FRONT_END
from chatkit_agent.guide.playbook import Playbook, terms
from chatkit_agent.guide.playbooks import DEBUG, INTEGRATE, PLAYBOOKS

URL = re.compile(r"https?://[^\s,;'\"`<>)]+")
NOT_BROKEN = re.compile(r"\berrors? handling\b", re.IGNORECASE)
TOKEN = re.compile(r"[a-z0-9]+(?:'t)?")
CHAT = ("chat", "chatkit", "chatbot", "assistant", "conversational")
ADDING = {"add", "adding", "create", "build", "put", "give", "want", "need", "embed", "implement"}
SETTING_UP = {"integrate", "integrating", "set", "setup", "install", "connect"}
ARTICLES = {"a", "an", "the", "my", "our", "some", "simple", "new", "me", "us", "to", "have"}
OWNERS = {"up", "streaming", "postgres", "fastapi", "app", "application", "api", "project"}
LEAST = 2
SHORTEST = 5
"""Shorter words are not corrected: too many others are one letter away."""
LONG = 8
ORDINARY = frozenset(
    terms(
        "person, people, project, please, different, request, requests, response, bread, close, "
        "general, never, provide, story, stack, summer, table, taken, track, while, white"
    )
)
"""Words as they are meant, though one that matters is near."""


def recognised(words: str) -> tuple[Playbook | None, str]:
    """The playbook of a task, and the words that name it.

    What is broken comes first. Where a chat itself is to be added, the whole integration is meant;
    else the topic of which most is said.
    """
    plain = NOT_BROKEN.sub(" ", URL.sub(" ", words)).lower()
    # Letters without their accents, which keyboards and languages differ in.
    letters = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    tokens = [corrected(each) for each in TOKEN.findall(letters)]
    scores = {each.name: _score(each, tokens) for each in PLAYBOOKS}
    if scores[DEBUG.name] >= LEAST:
        return DEBUG, _because(DEBUG, tokens)
    topics = [each for each in PLAYBOOKS if each is not INTEGRATE and scores[each.name] >= LEAST]
    added = _adds_chat(tokens, several=len(topics) > 1)
    if added and topics == [FRONT_END]:  # "put the chat into my React app"
        return FRONT_END, _because(FRONT_END, tokens)
    if added:
        return INTEGRATE, added
    best = max((*topics, INTEGRATE), key=lambda each: scores[each.name])
    return (best, _because(best, tokens)) if scores[best.name] >= LEAST else (None, "")


def _score(playbook: Playbook, tokens: Sequence[str]) -> int:
    """Two for a word, three for each more of a group of words; with `~` one for each."""
    return sum(_weight(term) for term in playbook.words if _holds(term, tokens))


def _weight(term: str) -> int:
    count = len(term.split())
    return count if term.startswith("~") else 3 * count - 1


def _holds(term: str, tokens: Sequence[str]) -> bool:
    stems = term.removeprefix("~").split()
    return all(any(_is_of(token, stem) for token in tokens) for stem in stems)


def _is_of(token: str, stem: str) -> bool:
    """`chat$` is that word only, `deploy` whatever begins so."""
    return token == stem[:-1] if stem.endswith("$") else token.startswith(stem)


def _because(playbook: Playbook, tokens: Sequence[str]) -> str:
    stems = [stem for term in playbook.words if _holds(term, tokens) for stem in term.split()]
    plain = [stem.removeprefix("~") for stem in stems]
    return " ".join(dict.fromkeys(t for t in tokens if any(_is_of(t, stem) for stem in plain)))


def _adds_chat(tokens: Sequence[str], *, several: bool) -> str:
    """The words by which a chat itself is to be added, and not something to a chat."""
    verbs = ADDING | (SETTING_UP if several else set())
    for at, token in enumerate(tokens):
        if token not in verbs:
            continue
        for length, after in enumerate(tokens[at + 1 :]):
            if after.startswith(CHAT):
                following = tokens[at + length + 2 : at + length + 3]
                return "" if _names_topic(following) else " ".join(tokens[at : at + length + 2])
            if after not in ARTICLES | OWNERS:
                break
    return ""


def _names_topic(tokens: Sequence[str]) -> bool:
    """Whether what is added is not a chat, but its `widget` or `history`."""
    others = (each for each in PLAYBOOKS if each is not INTEGRATE)
    return any(_holds(term, tokens) for each in others for term in each.words if " " not in term)


def corrected(token: str) -> str:
    """The word that was meant, where one that matters is a letter or two away."""
    if len(token) < SHORTEST or token in ORDINARY or token.startswith(vocabulary()):
        return token
    near = ((_distance(token, each), each) for each in vocabulary() if each[0] == token[0])
    fitting = [(away, -len(each), each) for away, each in near if away <= _most(each)]
    return min(fitting)[2] if fitting else token


def _most(stem: str) -> int:
    return 1 if len(stem) < LONG else 2


def _distance(token: str, stem: str) -> int:
    """How many letters are wrong; a long stem is compared with how the word begins."""
    ends = range(len(stem) - 1, len(stem) + 2) if len(stem) > SHORTEST else (len(token),)
    return min(_edits(token[:end], stem) for end in ends)


def _edits(left: str, right: str) -> int:
    """Letters to be changed, added, left out or swapped with the next one."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, letter in enumerate(left, 1):
        before, last, row = row, before, [i]
        for j, other in enumerate(right, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == right[j - 2] and left[i - 2] == other:
                best = min(best, last[j - 2] + 1)
            row.append(best)
    return row[-1]


@cache
def vocabulary() -> tuple[str, ...]:
    """Every word that tells playbooks apart; stems are written out, so that errors are near."""
    stems = (stem for each in PLAYBOOKS for term in each.words for stem in _plain(term))
    words: Iterable[str] = (*stems, *CHAT, "integrate", "implement", "fastapi", "application")
    return tuple(dict.fromkeys(word for word in words if len(word) >= SHORTEST))


def _plain(term: str) -> list[str]:
    return [stem.rstrip("$") for stem in term.removeprefix("~").split()]
