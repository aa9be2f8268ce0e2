"""What is said to whoever is not served: a status, a code, and what to do next."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable

from chatkit.store import NotFoundError
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect

from ..chatkit_store import StoreNotConfigured, StoreUnavailable, ThreadBusy, TooManyTurns
from .settings import ConfigurationError

logger = logging.getLogger(__name__)

LONGEST_LINE, MOST_LINES = 1000, 50
TOO_MANY_FOLLOWED = (429, "too_many", "Close other pages of this chat first.")
OVERLOADED = (503, "overloaded", "Very many people are being answered. Try again in a moment.")


class Refused(Exception):
    """The request is not served. Clients see the message, so it never quotes them or a token."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


def traceback_of(error: BaseException) -> str:
    """For the log: some errors quote all that they were given."""
    lines = traceback.format_exception(type(error), error, error.__traceback__)
    cut = [each[:LONGEST_LINE].rstrip("\n") for each in lines]
    return "\n".join([*cut[:1], *cut[1:][-MOST_LINES:]])


def error_response(error: Exception, translate: Callable[[str], str] = str) -> JSONResponse:
    """Says what to do next, and nothing of what an exception holds unless we wrote it."""
    status, code, message = _status_and_words(error)
    headers = {"Retry-After": "5"} if status in {429, 503} else {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    body = {"error": {"code": code, "message": translate(message)}}
    return JSONResponse(body, status, headers)


def _status_and_words(error: Exception) -> tuple[int, str, str]:
    if isinstance(error, Refused):
        return error.status, error.code, str(error)
    if isinstance(error, ClientDisconnect):
        return 400, "gone", "The request was broken off."
    if isinstance(error, NotFoundError):
        return 404, "not_found", "There is no such conversation or item."
    if isinstance(error, ThreadBusy):
        return 409, "busy", str(error)
    if isinstance(error, TooManyTurns):
        return 429, "too_many", str(error)
    if isinstance(error, StoreUnavailable):
        return 503, "unavailable", str(error)
    if isinstance(error, (ConfigurationError, StoreNotConfigured)):
        logger.error("the chat is not configured: %s", error)
        return 503, "not_configured", f"The chat is not configured: {error}"
    if isinstance(error, ValueError):
        return 400, "not_possible", "This is not possible in this conversation."
    logger.error("the chat failed\n%s", traceback_of(error))
    return 503, "failed", "Something went wrong. Try again in a moment."
