"""ChatKitServer for requests that are parsed already: the only private names of an SDK are here.

Its public `process` builds the schema of all requests anew for each one: 5 ms of processor time
with pydantic 2.12 and 2.13, 0.5 with 2.14, where a whole turn takes some 20. And it deletes what
came after a message before that is answered anew, so that a failure loses the old answer as well.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any

from chatkit import types as ck
from chatkit.server import ChatKitServer

from ..chatkit_store import Caller

Events = AsyncIterator[ck.ThreadStreamEvent]


class ParsedRequestServer(ChatKitServer[Caller]):
    """What `process` would call, once it has parsed a request."""

    async def whole(self, request: ck.NonStreamingReq, context: Caller) -> bytes:
        return await self._process_non_streaming(request, context)

    def streamed(self, request: ck.StreamingReq, context: Caller) -> AsyncIterator[bytes]:
        return self._process_streaming(request, context)

    def stored(
        self, thread: ck.ThreadMetadata, context: Caller, answer: Callable[[], Events]
    ) -> Events:
        """The events of an answer, each once what it tells of is stored."""
        return self._process_events(thread, context, answer)

    def followed(self, usual: Events, context: Caller) -> Events:
        """The events of a request, for what a subclass has to say of them."""
        return usual

    async def _process_streaming_impl(
        self, request: ck.StreamingReq, context: Caller
    ) -> AsyncGenerator[ck.ThreadStreamEvent, None]:
        usual: Any = super()._process_streaming_impl(request, context)
        async for event in self.followed(usual, context):
            yield event
