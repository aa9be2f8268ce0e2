"""When the model, the database or the tools fail, people are told, and it goes on afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from chatkit_agent.checks.check import RUN, Finding, check, inconclusive
from chatkit_agent.evidence.run import Failing, Outage, Reply, Run

WHAT = "outages are survived"
KEY = "Let the provider's error become an error event; an apology would be kept as an answer."
CUT = "Save what was said in any error, then send the error event."
DATABASE = "Answer 503 while the database is away, and connect again when it is back."
TOOLS = "Connect to the tools with a short limit, go on without them, and say so in one line."

Problem = tuple[str, str]


@check("CK514", needs=RUN)
def outages_survived(run: Run) -> Iterator[Finding]:
    """The offline model refuses its key and breaks off in the middle, PostgreSQL is stopped and
    started again, and the MCP server is taken away.
    """
    conversation = run.conversation
    if conversation is None or not conversation.outages:
        yield inconclusive(WHAT, run.unseen or "the first question made no thread.")
        return
    for outage in conversation.outages:
        problems, fix = JUDGES[outage.what]
        for what, found in problems(outage):
            yield Finding(what=what, where=f"POST {run.path}", evidence=found, fix=fix)


def _key(outage: Outage) -> Iterator[Problem]:
    if not _is_told(outage.reply):
        what = "When the model refuses the key, nobody is told that an error happened."
        yield what, outage.reply.told


def _problems_of(outage: Outage) -> Iterator[Problem]:
    if not _is_told(outage.reply):
        yield "When the model breaks off, nobody is told.", outage.reply.told
    said = outage.reply.answer
    if said and not any(said in text for text in outage.items.texts):
        yield "When the model breaks off, what it had said is lost.", f"Heard, not kept: {said}"


def _database(outage: Outage) -> Iterator[Problem]:
    if outage.reply.status != 503 and not outage.reply.failure:
        yield "While the database is away, a message gets no 503.", outage.reply.told
    if outage.items.status != 200:
        what = "The chat does not come back when the database does."
        yield what, f"`items.list` got {outage.items.summary}"


def _tools(outage: Outage) -> Iterator[Problem]:
    if not outage.reply.answer or outage.reply.failure:
        yield "Without its tools the chat does not answer at all.", outage.reply.told


def _is_told(reply: Reply) -> bool:
    return bool(reply.failure) or (reply.status is not None and reply.status >= 400)


JUDGES: Mapping[Failing, tuple[Callable[[Outage], Iterator[Problem]], str]] = {
    "key": (_key, KEY),
    "cut": (_problems_of, CUT),
    "database": (_database, DATABASE),
    "tools": (_tools, TOOLS),
}
