"""How an answer is streamed: after the route is through, from the queue of its turn."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

from fastapi.responses import StreamingResponse
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from .error_responses import Refused, error_response
from .event_queue import EventQueue
from .failures import error_event
from .request_guard import check_type, read_body, replayed, whole_body
from .settings import ConfigurationError

logger = logging.getLogger(__name__)

BROKEN_OFF = "The answer broke off. Try again."


class StreamAfterRoute(APIRoute):
    """Reads before the route's dependencies, and streams after them.

    A database session of the application's own sign-in would else be held while a slow client
    sends, and for the whole answer. What our own sign-in refuses is said as by the route.
    """

    body_limit = 0

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        later: list[TurnResponse] = []
        scope["chatkit.later"] = later
        try:
            if scope["method"] == "POST":
                check_type(scope)
                body = await read_body(scope, receive, self.body_limit)
                receive = replayed(whole_body(body), receive)
            await super().handle(scope, receive, send)
            for response in later:
                await response(scope, receive, send)
        except ClientDisconnect:
            pass  # nobody is there to be told anything
        except (Refused, ConfigurationError) as error:
            await error_response(error)(scope, receive, send)
        finally:
            # However it ended: the tab was closed, the socket was slow, the server was stopped.
            for response in later:
                response.end()


class TurnResponse(StreamingResponse):
    """The events of a turn, with the first already there; sent when it is called once more."""

    def __init__(
        self,
        first: bytes | None,
        turn: EventQueue[bytes],
        silence: float | None,
        goes_on: bool = False,
    ) -> None:
        headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
        events = _events(first, turn, silence)
        super().__init__(events, headers=headers, media_type="text/event-stream")
        self.turn = turn
        self.end = turn.leave if goes_on else turn.stop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self in scope["chatkit.later"]:
            await super().__call__(scope, receive, send)
        else:
            scope["chatkit.later"].append(self)


async def _events(
    event: bytes | None, turn: EventQueue[bytes], silence: float | None
) -> AsyncIterator[bytes]:
    while event is not None:
        # What has piled up on a busy machine goes out at once.
        yield b"".join([event, *turn.waiting()])
        try:
            event = await turn.read(silence)
        except asyncio.TimeoutError:
            event = b": still here\n\n"
        except Exception as error:
            logger.warning("the answer broke off: %s", type(error).__name__)
            yield error_event(BROKEN_OFF)
            return
