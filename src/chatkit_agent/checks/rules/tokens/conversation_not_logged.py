"""What people say to the chat is not written to the log."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import SOURCE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.log_calls import log_calls
from chatkit_agent.project.source.log_levels import levels
from chatkit_agent.project.source.said import said_in
from chatkit_agent.project.source.scopes import Call

LIBRARIES = {"openai", "agents", "chatkit"}
INSTEAD = "Log the id of the thread, how long it took and how much it was instead."


@check(
    "CK310",
    "What people say to the chat is not written to the log",
    needs=SOURCE,
    severity="warning",
    symptoms=("leaks",),
)
def conversation_not_logged(chat: Anatomy) -> Iterator[Finding]:
    """A log is read by many, kept for long and sent elsewhere. Neither a message nor an answer
    belongs into it; ids, counts, lengths and times do. At DEBUG the libraries of the model write
    down each request.
    """
    for call, told in _talkative(chat):
        yield _finding(chat, call, told, "Set them to INFO or above.")
    for call in log_calls(chat.code):
        found = (said_in(chat, call.scope, each) for each in call.given)
        if (said := next(filter(None, found), None)) is not None:
            told = f"`{syntax.code(said.node)[:100]}` is given to `{call.written}`."
            yield _finding(chat, call, told, INSTEAD)


def _talkative(chat: Anatomy) -> Iterator[tuple[Call, str]]:
    """Where the model's libraries are told to write down what is said."""
    for each in levels(chat.code):
        if each.is_debug and each.logger.partition(".")[0] in LIBRARIES:
            yield each.call, f"The logger `{each.logger}` is set to DEBUG."
    for call in chat.code.calls_of("agents", "enable_verbose_stdout_logging"):
        yield call, f"`{call.written}` has the SDK write down each request."


def _finding(chat: Anatomy, call: Call, evidence: str, fix: str) -> Finding:
    return Finding(
        what="What people say to the chat is written to the log.",
        where=chat.code.where(call.scope, call.node),
        evidence=evidence,
        fix=fix,
        cause="conversation logged",
    )
