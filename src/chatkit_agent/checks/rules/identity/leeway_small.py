"""A token is valid for some seconds longer than it says, and not for hours."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.meaning import number_of
from chatkit_agent.project.source.verifying import decodes

MOST = 600


@check("CK113", needs=SOURCE, severity="warning", symptoms=("leaks", "mixed_up"))
def leeway_small(chat: Anatomy) -> Iterator[Finding]:
    """`leeway` is for clocks that differ by seconds. A day of it lets everybody in whose token was
    stolen or who was locked out a day ago. Told from ten minutes on, also as a `timedelta`, a
    constant, and in python-jose's `options`.
    """
    for each in decodes(chat.code, chat.sign_ins):
        given = each.call.argument("leeway") or each.options.get("leeway")
        seconds = number_of(chat.code, each.call.scope, given)
        if seconds is not None and seconds > MOST:
            yield Finding(
                what=f"A token is taken for {seconds / 60:.0f} minutes after it has expired.",
                where=chat.code.where(each.call.scope, given),
                evidence=f"`{each.call.written}` has a leeway of {seconds:.0f} seconds.",
                fix="Give it 30 seconds or so, and refresh tokens where people work for longer.",
                cause="leeway",
            )
