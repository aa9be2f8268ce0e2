"""The person's token is seen neither by the model, nor in the database, nor in the log."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.evidence.run import Conversation, Evidence
from chatkit_agent.findings import Finding, Severity, unproved

WHAT = "the token stays hidden"
IN_HEADER = "Pass the token in the `Authorization` header of the MCP connection and nowhere else."
KEY_NOT_LOGGED = "Log that a setting is there, never what it is."
NOT_LOGGED = "Leave `Authorization` out of whatever writes requests to the log."


def token_hidden_from_model(evidence: Evidence) -> Iterator[Finding]:
    conversation = evidence.conversation
    if conversation is None:
        yield unproved(WHAT, f"{evidence.unseen}")
        return
    if not conversation.prompts and not evidence.is_live:
        yield unproved(WHAT, "the model received no request.")
    chosen: Severity = "warning" if evidence.token == "prompt" else "error"  # noqa: S105
    tokens = _tokens(conversation)
    for number, prompt in enumerate(conversation.prompts, 1):
        if any(token in prompt for token in tokens):
            at = f"request {number} of {len(conversation.prompts)} to the model"
            yield _leak("The model received a person's token.", at, chosen)
            break
    if any(token in conversation.stored for token in tokens):
        yield _leak("A person's token was stored.", "the chat's tables")
    if any(token in evidence.log for token in tokens):
        yield _leak("A person's token was logged.", "the application's log", fix=NOT_LOGGED)
    if evidence.model_key and evidence.model_key in evidence.log:
        yield _leak("The model's key was logged.", "the application's log", fix=KEY_NOT_LOGGED)


def _tokens(conversation: Conversation) -> list[str]:
    neighbour = conversation.neighbour
    turns = [conversation.alice, *([neighbour.turn] if neighbour else [])]
    return [turn.person.token for turn in turns]


def _leak(what: str, where: str, severity: Severity = "error", fix: str = IN_HEADER) -> Finding:
    return Finding(
        what=what,
        where=where,
        evidence="The random one of this run was found there.",
        fix=fix,
        severity=severity,
    )
