"""What people are told when an answer breaks off."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any

import openai
from agents import (
    InputGuardrailTripwireTriggered,
    MaxTurnsExceeded,
    ModelBehaviorError,
    OutputGuardrailTripwireTriggered,
    ToolInputGuardrailTripwireTriggered,
    ToolOutputGuardrailTripwireTriggered,
    UserError,
)
from chatkit import types as ck
from chatkit.errors import CustomStreamError
from chatkit.store import NotFoundError

from ..chatkit_store import StoreError, ThreadBusy
from .endings import AnswerEnded
from .error_responses import traceback_of
from .guardrails import GuardrailBroke, GuardrailSilent
from .model_input import NOT_KEPT
from .openai_client import NoStream
from .redaction import redacted

logger = logging.getLogger(__name__)

KEY = ("The model refused the API key: check OPENAI_API_KEY.", False)
MODEL = ("The provider does not have the configured model.", False)
NOWHERE = (
    "The provider has no such model or address: check both, the latter in OPENAI_BASE_URL.",
    False,
)
LIMIT = ("The model is at its limit of requests. Try again in a moment.", True)
FILTER = ("The provider's content filter stopped this answer. Ask in other words.", False)
REFUSED = ("The model's provider did not accept this request.", False)
TIMEOUT = ("The model did not answer in time. Try again.", True)
BROKEN = ("The model broke off. Try again.", True)
MOST_READ = 5000
"""Of an error, which may have all in it that was sent."""
GONE = "This conversation is no longer there."
# What people are told when an answer breaks off, and whether trying again may help.
FAILURES: tuple[tuple[type[Exception], str, bool], ...] = (
    (InputGuardrailTripwireTriggered, "This chat does not answer requests of this kind.", False),
    (OutputGuardrailTripwireTriggered, "The answer was withheld: it is not allowed here.", False),
    (GuardrailSilent, "Checking this took too long, so it was withheld. Try again.", True),
    (GuardrailBroke, "This could not be checked, so it was withheld. Try again.", True),
    (ToolInputGuardrailTripwireTriggered, "A tool was not allowed to do this.", False),
    (ToolOutputGuardrailTripwireTriggered, "What a tool found is not allowed here.", False),
    (openai.AuthenticationError, *KEY),
    (openai.PermissionDeniedError, "The API key may not use this model.", False),
    (openai.NotFoundError, *NOWHERE),
    (openai.RateLimitError, *LIMIT),
    (openai.BadRequestError, *REFUSED),
    (openai.UnprocessableEntityError, *REFUSED),
    (openai.InternalServerError, "The model's provider had an error. Try again.", True),
    (openai.APITimeoutError, *TIMEOUT),
    (openai.APIConnectionError, "The connection to the model failed. Try again in a moment.", True),
    (openai.APIStatusError, *REFUSED),
    (NoStream, "What answers there is no model: check OPENAI_BASE_URL.", False),
    (openai.APIError, *BROKEN),
    (AnswerEnded, "The model's provider had an error. Try again.", True),
    (ModelBehaviorError, "The model's answer made no sense. Ask in other words.", True),
    (MaxTurnsExceeded, "This took too many steps. Ask for less at a time.", False),
    (NotFoundError, GONE, False),
    (ThreadBusy, "Another answer is being written in this conversation.", True),
    (StoreError, "The conversation cannot be saved at the moment. Try again.", True),
)
# By the provider's code, where it says more than the kind of the error.
ENDINGS: dict[str, tuple[str, bool]] = {
    "max_output_tokens": (
        "The answer was cut: it reached the limit of its length. Ask for less, or to go on.",
        True,
    ),
    "content_filter": FILTER,
    "no_answer": ("The model gave no answer. Ask again, or in other words.", True),
    "timeout": TIMEOUT,
    "broke_off": BROKEN,
    "rate_limit_exceeded": LIMIT,
    "insufficient_quota": ("The quota at the model's provider is used up.", False),
    "context_length_exceeded": (
        "This conversation has become too long for the model: begin a new one.",
        False,
    ),
    "invalid_api_key": KEY,
    "model_not_found": MODEL,
    "overloaded": ("The model's provider has too much to do. Try again in a moment.", True),
    "refused": REFUSED,
}
# Providers have many words for these, and often no code; the first that fits counts.
WORDS = {
    "invalid_api_key": re.compile(
        r"(?i)api.?key (?:is )?(?:not|invalid)|(?:incorrect|invalid|missing).api.?key"
    ),
    "model_not_found": re.compile(
        r"(?i)\b(?:model|deployment)\b.{0,40}(?:not.exist|not.found|decommissioned|no longer)"
        r"|model(?: \S+)? is not supported|invalid model|access to model|not a valid model"
    ),
    "rate_limit_exceeded": re.compile(
        r"(?i)^429\b|rate.?limit|too many requests|per.?minute|retry in \d|tokens, please wait"
    ),
    "insufficient_quota": re.compile(
        r"(?i)exceeded your current quota|insufficient.(?:quota|balance|credit|fund)|billing"
        r"|credit (?:balance|limit)|available credits|key limit exceeded|arrearage"
    ),
    "content_filter": re.compile(
        r"(?i)content.?(?:filter|policy|management|exists risk)|ResponsibleAIPolicy|_policy|flagged"
        r"|moderation|safety.(?:system|check)|inappropriate|usage (?:polic|guideline)"
    ),
    "context_length_exceeded": re.compile(
        r"(?i)context.{0,20}(?:length|window|size|limit)|prompt is too long|too many (?:input )?"
        r"tokens|input (?:is|was) too long|maximum.{0,20}tokens|reduce the length|string too long"
        r"|(?:prompt|input|model) length|model token limit|`inputs`.{0,30}tokens"
    ),
    "overloaded": re.compile(r"(?i)overloaded|out of capacity|too busy"),
    "refused": re.compile(r"^(?:invalid|image|empty_image|unsupported|failed_to)_\w+ "),
}
BY_STATUS = {
    402: "insufficient_quota",
    408: "timeout",
    413: "context_length_exceeded",
    503: "overloaded",
    504: "timeout",
    524: "timeout",
    529: "overloaded",
}
UNKEPT = "The model's provider keeps no answers: {variable}=false has to be set."
UNEXPECTED = "Something went wrong. Try again."


def explained(
    error: Exception, token: str | None, variable: Callable[[str], str]
) -> CustomStreamError:
    """What people are told of it; the log gets what may be of more use."""
    name = type(error).__name__
    if isinstance(error, openai.BadRequestError) and NOT_KEPT.search(_words_of(error)):
        unkept = UNKEPT.format(variable=variable("STORE"))
        logger.error(unkept)
        return CustomStreamError(unkept, allow_retry=False)
    if type(error) is GuardrailBroke:
        logger.error("a guardrail broke\n%s", redacted(traceback_of(error), token))
    for kind, message, allow_retry in FAILURES:
        if isinstance(error, kind):
            message, allow_retry = ENDINGS.get(_code(error), (message, allow_retry))
            logger.warning("the turn failed: %s: %s", name, redacted(_words_of(error), token)[:500])
            return CustomStreamError(message, allow_retry=allow_retry)
    logger.error("the turn failed\n%s", redacted(traceback_of(error), token))
    return CustomStreamError(UNEXPECTED, allow_retry=True)


def cause(error: Exception) -> Exception:
    """The error that others wrap."""
    # The SDK wraps what our hooks raise around a tool call, such as of a store that is away.
    if isinstance(error, UserError) and isinstance(error.__cause__, Exception):
        error = error.__cause__
    # Some versions of the client let errors of their HTTP library through.
    if type(error).__module__.startswith("httpx"):
        is_late = "Timeout" in type(error).__name__
        return AnswerEnded("timeout") if is_late else _connection_error(error)
    return error


def _connection_error(error: Exception) -> Exception:
    missing: Any = None
    return openai.APIConnectionError(message=type(error).__name__, request=missing)


def _code(error: Exception) -> str:
    code = str(getattr(error, "code", None) or "")
    status = BY_STATUS.get(getattr(error, "status_code", 0), "")
    if code in ENDINGS:
        return code
    if isinstance(error, (openai.InternalServerError, openai.AuthenticationError)):
        return status
    if isinstance(error, (AnswerEnded, openai.APIError)):
        said = f"{code} {_words_of(error)}"
        return next((each for each, words in WORDS.items() if words.search(said)), status)
    return ""


def _words_of(error: Exception) -> str:
    """With what a provider said in the middle of a stream, which the client leaves out."""
    body = str(getattr(error, "body", None) or "")[:MOST_READ]
    said = str(error)[:MOST_READ]
    return f"{said} {body}" if body not in said else said


def error_event(message: str, allow_retry: bool = True) -> bytes:
    event = ck.ErrorEvent(message=message, allow_retry=allow_retry)
    return f"data: {event.model_dump_json(exclude_none=True)}\n\n".encode()
