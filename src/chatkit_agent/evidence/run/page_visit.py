"""What was seen of the chat's page in a real browser."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PageVisit:
    """`problem` says at which step the page did not do what it should; what came after is None."""

    path: str
    problem: str = ""
    unseen: str = ""
    """What the browser itself had, where that kept the page from being looked at."""
    signed_in: str = ""
    """How: by its own form, a cookie, or what the sandbox added to its requests."""
    pieces: int | None = None
    """How often the text of the answer was seen to have grown."""
    has_step: bool | None = None
    """What the tool did was on the page."""
    goes_on: bool | None = None
    """An answer in the middle of which the page was loaded again was seen to its end."""
    after_reload: str = ""
    """The words on the page then, where its end was not seen."""
    seen_by_other: tuple[str, ...] | None = None
    """What another person's page showed of it."""
    away: tuple[str, ...] = ()
    """What it asked of other origins."""
    said: tuple[str, ...] = ()
    """What the browser complained of."""
