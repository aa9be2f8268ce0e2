"""A turn that fails says so, and does not end in silence."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.walking import within_node

WIDE = {None, "Exception", "BaseException"}


@check(
    "CK507",
    "A turn that fails says so, and does not end in silence",
    needs=SOURCE,
    symptoms=("silent", "stream_error"),
)
def failures_told(chat: Anatomy) -> Iterator[Finding]:
    """A turn that fails says so, and does not end in silence: a handler of everything that
    neither raises nor yields leaves the person without a word.
    """
    for responder in chat.responders:
        for block in within_node(responder.node, cst.Try):
            if not any(within_node(block.body, cst.Yield)):
                continue
            last = list(within_node(responder.node, cst.Yield))[-1]
            goes_on = last not in set(within_node(block, cst.Yield))
            for handler in block.handlers:
                kind = syntax.dotted(handler.type) if handler.type else None
                speaks = any(within_node(handler.body, cst.Raise, cst.Yield))
                speaks |= goes_on and not any(within_node(handler.body, cst.Return))
                puts = ".put" in syntax.code(handler)
                if kind in WIDE and not speaks and not puts:
                    yield Finding(
                        what="When a turn fails, the answer ends without a word: the exception is "
                        "caught, and nothing is sent.",
                        where=chat.code.where(responder, handler),
                        evidence="The handler neither raises nor yields.",
                        fix="Log the exception, and raise `CustomStreamError(message, "
                        "allow_retry=True)` or let it through.",
                        cause="silence",
                    )
