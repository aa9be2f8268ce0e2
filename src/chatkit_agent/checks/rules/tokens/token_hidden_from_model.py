"""The person's token is seen neither by the model, nor in the database, nor in the log."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import RUN, Finding, Severity, check, inconclusive
from chatkit_agent.evidence.run import Conversation, Run

WHAT = "the token stays hidden"
IN_HEADER = "Pass the token in the `Authorization` header of the MCP connection and nowhere else."
KEY_NOT_LOGGED = "Log that a setting is there, never what it is."
IN_ADDRESS = "Let the application take it from a header too: addresses are logged on the way."
NOT_LOGGED = "Leave `Authorization` out of whatever writes requests to the log."


@check("CK307", needs=RUN)
def token_hidden_from_model(run: Run) -> Iterator[Finding]:
    """The tokens are random for each run, and every request to the model, every stored row and the
    application's log are searched for them.
    """
    conversation = run.conversation
    if conversation is None:
        yield inconclusive(WHAT, f"{run.unseen}")
        return
    if not conversation.prompts and not run.is_live:
        yield inconclusive(WHAT, "the model received no request.")
    chosen: Severity = "warning" if run.token == "prompt" else "error"  # noqa: S105
    tokens = _tokens(conversation)
    for number, prompt in enumerate(conversation.prompts, 1):
        if any(token in prompt for token in tokens):
            at = f"request {number} of {len(conversation.prompts)} to the model"
            yield _leak("The model received a person's token.", at, chosen)
            break
    if any(token in conversation.stored for token in tokens):
        yield _leak("A person's token was stored.", "the chat's tables")
    log, is_in_address = _log_of(run, tokens)
    if any(token in log for token in tokens):
        yield _leak("A person's token was logged.", "the application's log", fix=NOT_LOGGED)
    elif is_in_address:
        where = "the addresses in the application's log"
        yield _leak("A person's token was logged.", where, "warning", fix=IN_ADDRESS)
    if run.model_key and run.model_key in run.log:
        yield _leak("The model's key was logged.", "the application's log", fix=KEY_NOT_LOGGED)


def _log_of(run: Run, tokens: list[str]) -> tuple[str, bool]:
    """The log without what the application itself asks for in the address, and whether it is there.

    Who asks for a key in the query has it in the server's log, with or without the chat.
    """
    log = run.log
    for token in tokens if run.carried.startswith("the query") else ():
        log = log.replace(f"={token}", "")
    return log, log != run.log


def _tokens(conversation: Conversation) -> list[str]:
    second_user = conversation.second_user
    turns = [conversation.alice, *([second_user.turn] if second_user else [])]
    return [turn.person.token for turn in turns]


def _leak(what: str, where: str, severity: Severity = "error", fix: str = IN_HEADER) -> Finding:
    return Finding(
        what=what,
        where=where,
        evidence="The random one of this run was found there.",
        fix=fix,
        severity=severity,
    )
