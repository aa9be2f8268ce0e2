"""Retention: delete old conversations, forget a user, or write out what is kept of one."""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from .database import Database
from .errors import StoreError, StoreNotConfigured
from .queries import queries
from .settings import StoreSettings

# Small batches, each a statement of its own: nobody waits for more than one of them.
SQL = queries("retention.sql")
BATCH = 100
PAUSE = 0.05
OTHERS_HIDDEN = (
    "Row-level security hides other users' rows from this database role. Use one that has "
    "bypassrls."
)
ALL_HIDDEN = (
    "Row-level security hides the rows of this user, so nothing was deleted. Set "
    "ROW_LEVEL_SECURITY=true with the chat's prefix, or use a role that has bypassrls."
)


class Retention:
    """Every method works in batches, may run beside the application, and may run again."""

    def __init__(self, config: StoreSettings) -> None:
        self._database = Database(config)
        self._sees_its_own = config.row_level_security

    async def close(self) -> None:
        await self._database.close()

    async def delete_older(self, age: timedelta) -> int:
        """Delete what saw no turn for so long, of all users; says how many conversations went.

        Raises:
            StoreNotConfigured: the database's role does not see the rows of all users.
        """
        if await self._is_blind():
            raise StoreNotConfigured(OTHERS_HIDDEN)
        before = datetime.now(timezone.utc) - age
        deleted, user_id, thread_id = 0, "", ""
        while rows := await self._database.fetch(
            SQL["delete_old"], user_id, thread_id, BATCH, before
        ):
            user_id, thread_id, gone = rows[0]
            deleted += gone
            await asyncio.sleep(PAUSE if gone else 0)
        await self._repeat(SQL["delete_old_uploads"], "", before, BATCH)
        yesterday = datetime.now(timezone.utc) - timedelta(days=1)
        await self._repeat(SQL["prune"], "", yesterday, BATCH)
        return deleted

    async def forget(self, user_id: str) -> int:
        """Delete all of one user, who should not be let in any more; says how many conversations.

        Waits until turns that still run have found out, at most as long as a thread lock.
        """
        # What it cannot see it would not delete, and would say that there was nothing.
        if not self._sees_its_own and await self._is_blind():
            raise StoreNotConfigured(ALL_HIDDEN)
        deleted, wait = 0, 0.0
        while gone := await self._database.fetch(SQL["forget_threads"], user_id, BATCH):
            deleted += len(gone)
            wait = max(wait, *(row["seconds"] or 0 for row in gone))
            await asyncio.sleep(PAUSE)
        await asyncio.sleep(wait)
        await self._database.fetch(SQL["forget_uploads"], user_id)
        await self._database.fetch(SQL["forget_marks"], user_id)
        return deleted

    async def export(self, user_id: str) -> AsyncIterator[str]:
        """All that is kept of one user, as the pieces of one JSON document."""
        yield f'{{"user_id": {json.dumps(user_id)}, "threads": ['
        between = ""
        async for thread in self._pages(SQL["export_threads"], user_id, last=""):
            yield f'{between}\n{{"thread": {thread["payload"]}, "items": ['
            between = ""
            async for item in self._pages(SQL["export_items"], user_id, thread["id"], last=0):
                feedback = json.dumps(item["kind"])
                yield f'{between}\n{{"item": {item["payload"]}, "feedback": {feedback}}}'
                between = ","
            yield "]}"
            between = ","
        yield '\n], "attachments": ['
        between = ""
        async for attachment in self._pages(SQL["export_uploads"], user_id, last=""):
            yield f"{between}\n{attachment['payload']}"
            between = ","
        yield "]}\n"

    async def _is_blind(self) -> bool:
        return bool((await self._database.fetch(SQL["hidden_rows"], ""))[0]["hidden"])

    async def _repeat(self, query: str, *values: Any) -> None:
        gone = await self._database.fetch(query, *values)
        while gone:
            await asyncio.sleep(PAUSE)
            gone = await self._database.fetch(query, *values)

    async def _pages(self, query: str, *values: Any, last: str | int) -> AsyncIterator[Any]:
        """The rows of a query, whose first column continues after `last`."""
        while rows := await self._database.fetch(query, *values, last, BATCH):
            for row in rows:
                yield row
            last = rows[-1][0]


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    delete = verbs.add_parser("delete", help="delete conversations for good")
    which = delete.add_mutually_exclusive_group(required=True)
    which.add_argument("--older-than", type=_days, metavar="DAYS", help="of all users")
    which.add_argument("--user", metavar="ID", help="all that is kept of this user")
    export = verbs.add_parser("export", help="write a user's conversations to stdout, as JSON")
    export.add_argument("--user", metavar="ID", required=True)
    return parser.parse_args(arguments)


def _days(text: str) -> timedelta:
    if not re.fullmatch("[1-9][0-9]{0,4}", text):
        raise argparse.ArgumentTypeError("give a number of days, such as 90")
    return timedelta(days=int(text))


async def _run(config: StoreSettings, asked: argparse.Namespace) -> None:
    retention = Retention(config)
    try:
        if asked.verb == "export":
            async for piece in retention.export(asked.user):
                sys.stdout.write(piece)
            return
        if asked.user is not None:
            deleted = await retention.forget(asked.user)
        else:
            deleted = await retention.delete_older(asked.older_than)
        print(f"Deleted {deleted} conversations.")
    finally:
        await retention.close()


def main(config: StoreSettings, arguments: Sequence[str]) -> int:
    try:
        asyncio.run(_run(config, _parse(arguments)))
    except StoreError as error:
        print(error, file=sys.stderr)
        return 1
    return 0
