"""Failing: why a provider gave no answer, and what a person does about it."""

from __future__ import annotations

import openai

TOO_LONG = ("context_length", "maximum context", "context window", "too many tokens", "too long")
BY_STATUS = {
    401: "The key in OPENAI_API_KEY is not valid there. Set another, or OPENAI_BASE_URL with it.",
    403: "This key may not use that model. Choose another with --model, or another key.",
    404: "There is no such model, or nothing at that address. See --model and OPENAI_BASE_URL.",
    429: "Its limit is reached, or the account has no credit. Wait, or choose another --model.",
}
LONG = (
    "The conversation is longer than this model can read. Begin anew with --new, or ask for less."
)
AWAY = "Check the network, and OPENAI_BASE_URL where it is set."


def why_failed(error: Exception) -> str:
    """What happened, and what to do next; the message of a provider is quoted as its own."""
    if isinstance(error, openai.APIStatusError):
        said = _line(error.message)
        return f"The model's provider answered {error.status_code}: {said}\n{_advice(error)}"
    if isinstance(error, openai.APIConnectionError):
        return f"The model's provider cannot be reached: {_line(error.message)}\n{AWAY}"
    return f"The model could not be asked: {type(error).__name__}: {_line(str(error))}"


def _advice(error: openai.APIStatusError) -> str:
    if any(words in error.message.lower() for words in TOO_LONG):
        return LONG
    unknown = "Try again in a moment." if error.status_code >= 500 else "See --model."
    return BY_STATUS.get(error.status_code, unknown)


def _line(text: str) -> str:
    """What somebody else wrote, on one line and not without an end."""
    return " ".join(text.split())[:300]
