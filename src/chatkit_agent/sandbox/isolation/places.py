"""Places: where a refused address is written, if no line of the application's own asked for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from chatkit_agent.sandbox.isolation import Attempt
from chatkit_agent.sandbox.isolation.files import content_of, texts_in
from chatkit_agent.sandbox.isolation.reaching import is_loopback, plain

LINE = re.compile(r".+:\d+")


def with_places(attempts: Iterable[Attempt], work: Path) -> tuple[Attempt, ...]:
    """A thread of a library's and code in C ask for addresses that the application gave them."""
    return tuple(replace(each, by=_said_by(each, work)) for each in attempts)


def _said_by(attempt: Attempt, work: Path) -> str:
    host = re.sub(r":\d+$", "", attempt.target)
    is_place = host.startswith("/") or is_loopback(plain(host))
    if attempt.variable or is_place or LINE.fullmatch(attempt.by):
        return attempt.by
    place = next(_places_of(host, work), None)
    return f"{attempt.by} (named in {place})" if place else attempt.by


def _places_of(host: str, work: Path) -> Iterator[str]:
    written = re.compile(rf"(?<![\w.-]){re.escape(host)}(?![\w-]|\.\w)", re.IGNORECASE)
    for path in texts_in(work):
        text = content_of(path) or ""
        if found := written.search(text):
            line = text.count("\n", 0, found.start()) + 1
            yield f"{path.relative_to(work).as_posix()}:{line}"
