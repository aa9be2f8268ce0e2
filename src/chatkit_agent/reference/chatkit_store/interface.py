"""ChatStore: what a turn needs of a store beyond the SDK's own `Store`."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from chatkit.store import NotFoundError, Store
from chatkit.types import Attachment, FeedbackKind

from .caller import Caller

MOST_TURNS = 1000


class ChatStore(Store[Caller]):
    """Every method raises NotFoundError for what is not there, or is not the caller's.

    `add_thread_item` raises ItemExists where another item has its id.
    """

    @abstractmethod
    async def begin_turn(
        self, thread_id: str, context: Caller, *, seconds: float, most: int = MOST_TURNS
    ) -> str:
        """Take the thread for one answer, until `end_turn` or `seconds` from now.

        Raises:
            ThreadBusy: another turn holds the thread.
            TooManyTurns: `most` threads of this user have one, on all machines together.
        """

    @abstractmethod
    async def renew_turn(
        self, thread_id: str, turn_id: str, context: Caller, *, seconds: float
    ) -> bool:
        """False where the turn is lost: it expired and another began, or the thread is gone."""

    @abstractmethod
    async def end_turn(self, thread_id: str, turn_id: str, context: Caller) -> None: ...

    @abstractmethod
    async def running_turn(self, thread_id: str, context: Caller) -> str | None:
        """The id of the turn that holds the thread, None without one, "" while one is stopped."""

    @abstractmethod
    async def stop_turn(self, thread_id: str, context: Caller) -> bool:
        """Ask whoever writes in the thread to end; True where somebody does.

        The thread stays taken until that turn ends, which `renew_turn` tells it to.
        """

    @abstractmethod
    async def take_item(self, thread_id: str, item_id: str, context: Caller) -> bool:
        """Delete an item; True for the one caller who did."""

    async def has_item(self, thread_id: str, item_id: str, context: Caller) -> bool:
        try:
            await self.load_item(thread_id, item_id, context)
        except NotFoundError:
            return False
        return True

    async def delete_items(self, thread_id: str, item_ids: Sequence[str], context: Caller) -> None:
        """All of them or none, where a store can; what is not there is passed over."""
        for item_id in item_ids:
            await self.take_item(thread_id, item_id, context)

    async def add_attachment(
        self, attachment: Attachment, context: Caller, *, size: int, most: int
    ) -> bool:
        """False where this user's files would have more than `most` bytes with these `size`.

        A store that does not count them takes each.
        """
        await self.save_attachment(attachment, context)
        return True

    async def end_upload(self, attachment: Attachment, context: Caller) -> bool:
        """Take back the address that its file goes to; True for the one caller who did, where a
        store can tell."""
        ended = attachment.model_copy(update={"upload_descriptor": None})
        await self.save_attachment(ended, context)
        return True

    async def save_feedback(
        self, thread_id: str, item_ids: Sequence[str], kind: FeedbackKind, context: Caller
    ) -> None:
        """Keep the latest opinion on each item. A store that keeps none does nothing."""

    async def ping(self) -> None:
        """Raises StoreError where nothing could be kept at the moment."""

    async def close(self) -> None:
        """Give back what was opened."""
