"""What goes wrong with a store, in words that people are shown."""

from __future__ import annotations

from chatkit.errors import CustomStreamError


class StoreError(CustomStreamError):
    """The chat's store failed. The message of every StoreError is shown to the person."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or str(self.__doc__), allow_retry=True)

    def __str__(self) -> str:
        return self.message


class StoreNotConfigured(StoreError):
    """A setting or a right is missing. The message says which, and what to do."""


class StoreUnavailable(StoreError):
    """The conversations cannot be reached right now. Try again in a moment."""


class ItemExists(StoreError):
    """This could not be saved: something else has its id already."""


class ThreadBusy(StoreError):
    """Another answer is being written in this conversation. Wait for it, or stop it."""


class TooManyTurns(StoreError):
    """Wait until one of your other answers is there."""


class Taken(StoreError):
    """Somebody took the same at the same moment."""
