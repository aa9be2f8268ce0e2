"""A turn that fails says so, and does not end in silence."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.meaning import reaches, run_by
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.told_errors import kinds_caught
from chatkit_agent.project.source.walking import within_node

WIDE = {"Exception", "BaseException"}
SENDING = ("put", "put_nowait", "send", "send_nowait")


@check("CK507", needs=SOURCE, symptoms=("silent", "stream_error"))
def failures_told(chat: Anatomy) -> Iterator[Finding]:
    """A handler of everything that neither raises nor yields leaves the person without a word."""
    # A context manager of a server goes on with what raised in it.
    own = (each for each in chat.turning if each.owner in chat.servers)
    for scope in (each for each in own if not syntax.decorators(each.node)):
        for node in (*_handlers(chat, scope), *_suppressions(chat, scope)):
            yield Finding(
                what="When a turn fails, the answer ends without a word: the exception is "
                "caught, and nothing is sent.",
                where=chat.code.where(scope, node),
                evidence="The handler neither raises nor yields.",
                fix="Log the exception, and raise `CustomStreamError(message, "
                "allow_retry=True)` or let it through.",
                cause="silence",
            )


def _handlers(chat: Anatomy, scope: Scope) -> Iterator[cst.CSTNode]:
    for block in within_node(scope.node, cst.Try):
        for each in block.handlers if any(within_node(block.body, cst.Yield)) else ():
            is_left = any(within_node(each.body, cst.Return))
            is_wide = WIDE & kinds_caught(chat.code, scope, each.type)
            if is_wide and (is_left or _is_last(scope, block)) and not _speaks(chat, each):
                yield each


def _suppressions(chat: Anatomy, scope: Scope) -> Iterator[cst.CSTNode]:
    """`with contextlib.suppress(Exception):` around the answer"""
    for block in within_node(scope.node, cst.With):
        for call in (each for item in block.items for each in chat.code.calls_in(item)):
            wide = any(WIDE & kinds_caught(chat.code, scope, each) for each in call.given)
            answers = any(within_node(block.body, cst.Yield)) and _is_last(scope, block)
            if call.name == "contextlib.suppress" and wide and answers:
                yield call.node


def _is_last(scope: Scope, block: cst.CSTNode) -> bool:
    """Whether nothing behind a block yields or raises."""
    said = list(within_node(scope.node, cst.Yield, cst.Raise))
    return not said or said[-1] in syntax.walk(block)


def _speaks(chat: Anatomy, handler: cst.ExceptHandler) -> bool:
    """Whether it, or what it calls, raises, yields, or hands something on."""
    calls = list(chat.code.calls_in(handler.body))
    near = reaches(chat.code, (each for call in calls for each in run_by(call)))
    calls += [call for each in near for call in chat.code.inside(each)]
    raises = any(any(within_node(each.node, cst.Raise)) for each in near)
    speaks = raises or any(within_node(handler.body, cst.Yield, cst.Raise))
    return speaks or any(call.method in SENDING for call in calls)
