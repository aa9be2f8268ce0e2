"""What people are told when an answer breaks off."""

from __future__ import annotations

import openai
from agents import (
    InputGuardrailTripwireTriggered,
    MaxTurnsExceeded,
    ModelBehaviorError,
    OutputGuardrailTripwireTriggered,
    ToolInputGuardrailTripwireTriggered,
    ToolOutputGuardrailTripwireTriggered,
)
from chatkit import types as ck
from chatkit.store import NotFoundError

from ..chatkit_store import StoreError, ThreadBusy

GONE = "This conversation is no longer there."
# What people are told when an answer breaks off, and whether trying again may help.
FAILURES: tuple[tuple[type[Exception], str, bool], ...] = (
    (InputGuardrailTripwireTriggered, "This chat does not answer requests of this kind.", False),
    (OutputGuardrailTripwireTriggered, "The answer was withheld: it is not allowed here.", False),
    (ToolInputGuardrailTripwireTriggered, "A tool was not allowed to do this.", False),
    (ToolOutputGuardrailTripwireTriggered, "What a tool found is not allowed here.", False),
    (openai.AuthenticationError, "The model refused the API key: check OPENAI_API_KEY.", False),
    (openai.PermissionDeniedError, "The API key may not use this model.", False),
    (openai.NotFoundError, "The provider does not have the configured model.", False),
    (openai.RateLimitError, "The model is at its limit, or its quota is used up.", True),
    (openai.BadRequestError, "The model's provider did not accept this request.", False),
    (openai.APITimeoutError, "The model did not answer in time. Try again.", True),
    (openai.APIConnectionError, "The connection to the model failed. Try again in a moment.", True),
    (openai.APIError, "The model broke off. Try again.", True),
    (ModelBehaviorError, "The answer became too long, or made no sense. Ask for less.", True),
    (MaxTurnsExceeded, "This took too many steps. Ask for less at a time.", False),
    (NotFoundError, GONE, False),
    (ThreadBusy, "Another answer is being written in this conversation.", True),
    (StoreError, "The conversation cannot be saved at the moment. Try again.", True),
)
UNKEPT = "The model's provider keeps no answers: {variable}=false has to be set."
UNEXPECTED = "Something went wrong. Try again."


def error_event(message: str, allow_retry: bool = True) -> bytes:
    event = ck.ErrorEvent(message=message, allow_retry=allow_retry)
    return f"data: {event.model_dump_json(exclude_none=True)}\n\n".encode()
