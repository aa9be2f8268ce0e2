"""How long a model may be silent, by one timer for a whole response.

A timeout around each of its events would do the same, and take 5 % of a turn's processor time.
"""

from __future__ import annotations

import asyncio

LINGER_SECONDS = 2
"""How long the end of a stream is waited for once its last event is there: with it, the connection
can be used again."""


class Silence:
    """Cancels who waits for longer than `seconds`; `is_broken` tells that from being stopped."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._waiting: asyncio.Task[object] | None = None
        self._since = self._loop.time()
        self._is_over = False
        self._timer = self._loop.call_later(seconds, self._look)

    def begin(self) -> None:
        """The current task waits from now on."""
        self._since = self._loop.time()
        self._waiting = asyncio.current_task()

    def end(self) -> None:
        self._waiting = None

    def close(self) -> None:
        self._waiting = None
        self._timer.cancel()

    def is_broken(self) -> bool:
        """Of a task that was just cancelled: whether by this, and by nobody else as well."""
        if not self._is_over or self._waiting is None:
            return False
        # Python 3.10 does not count who has asked for it.
        return not getattr(self._waiting, "uncancel", int)()

    def _look(self) -> None:
        due = self._since + self._seconds
        if self._waiting is None:
            due = self._loop.time() + self._seconds
        elif due <= self._loop.time():
            self._is_over = True
            self._waiting.cancel()
            return
        self._timer = self._loop.call_at(due, self._look)
