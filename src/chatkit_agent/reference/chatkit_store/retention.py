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
from .settings import StoreSettings

# Small batches, each a statement of its own: nobody waits for more than one of them.
BATCH = 100
PAUSE = 0.05

# A walk over all users in the order of the key: $1 and $2 are where the batch before ended.
DELETE_OLD = """
    with batch as (
        select user_id, id from {schema}.threads
        where (user_id, id) > ($1, $2) order by user_id, id limit $3
    ), gone as (
        delete from {schema}.threads thread using batch
        where thread.user_id = batch.user_id and thread.id = batch.id and thread.updated_at < $4
            and (thread.turn_until is null or thread.turn_until < now())
        returning thread.id
    )
    select user_id, id, (select count(*) from gone) as gone
    from batch order by user_id desc, id desc limit 1"""
DELETE_OLD_UPLOADS = """
    delete from {schema}.attachments where thread_id is null and (user_id, id) in (
        select user_id, id from {schema}.attachments
        where (user_id, id) > ($1, '') and thread_id is null and created_at < $2 limit $3)
    returning id"""
PRUNE = """
    delete from {schema}.deleted_threads where (user_id, id) in (
        select user_id, id from {schema}.deleted_threads
        where (user_id, id) > ($1, '') and deleted_at < $2 limit $3)
    returning id"""
# Turns that still run find out that their thread is gone; until then the mark keeps it away.
FORGET_THREADS = """
    with gone as (
        delete from {schema}.threads where user_id = $1 and id in (
            select id from {schema}.threads where user_id = $1 order by id limit $2)
        returning user_id, id, turn_until
    ), marked as (
        insert into {schema}.deleted_threads (user_id, id) select user_id, id from gone
        on conflict (user_id, id) do update set deleted_at = now()
    )
    select greatest(0, extract(epoch from turn_until - now()))::float8 as seconds from gone"""
FORGET_UPLOADS = "delete from {schema}.attachments where user_id = $1 returning id"
FORGET_MARKS = "delete from {schema}.deleted_threads where user_id = $1 returning id"
EXPORT_THREADS = """
    select id, payload from {schema}.threads
    where user_id = $1 and id > $2 order by id limit $3"""
EXPORT_ITEMS = """
    select item.position, item.payload, feedback.kind
    from {schema}.items item left join {schema}.feedback feedback
        on feedback.user_id = $1 and feedback.thread_id = $2 and feedback.item_id = item.id
    where item.user_id = $1 and item.thread_id = $2 and item.position > $3
    order by item.position limit $4"""
EXPORT_UPLOADS = """
    select id, payload from {schema}.attachments
    where user_id = $1 and id > $2 order by id limit $3"""
HIDDEN_ROWS = "select row_security_active('{schema}.threads') as hidden, $1::text"


class Retention:
    """Every method works in batches, may run beside the application, and may run again."""

    def __init__(self, config: StoreSettings) -> None:
        self._database = Database(config)

    async def close(self) -> None:
        await self._database.close()

    async def delete_older(self, age: timedelta) -> int:
        """Delete what saw no turn for so long, of all users; says how many conversations went.

        Raises:
            StoreNotConfigured: the database's role does not see the rows of all users.
        """
        if (await self._database.fetch(HIDDEN_ROWS, ""))[0]["hidden"]:
            raise StoreNotConfigured(
                "Row-level security hides other users' rows from this database role. Use one "
                "that has bypassrls."
            )
        before = datetime.now(timezone.utc) - age
        deleted, user_id, thread_id = 0, "", ""
        while rows := await self._database.fetch(DELETE_OLD, user_id, thread_id, BATCH, before):
            user_id, thread_id, gone = rows[0]
            deleted += gone
            await asyncio.sleep(PAUSE if gone else 0)
        await self._repeat(DELETE_OLD_UPLOADS, "", before, BATCH)
        yesterday = datetime.now(timezone.utc) - timedelta(days=1)
        await self._repeat(PRUNE, "", yesterday, BATCH)
        return deleted

    async def forget(self, user_id: str) -> int:
        """Delete all of one user, who should not be let in any more; says how many conversations.

        Waits until turns that still run have found out, at most as long as a thread lock.
        """
        deleted, wait = 0, 0.0
        while gone := await self._database.fetch(FORGET_THREADS, user_id, BATCH):
            deleted += len(gone)
            wait = max(wait, *(row["seconds"] or 0 for row in gone))
            await asyncio.sleep(PAUSE)
        await asyncio.sleep(wait)
        await self._database.fetch(FORGET_UPLOADS, user_id)
        await self._database.fetch(FORGET_MARKS, user_id)
        return deleted

    async def export(self, user_id: str) -> AsyncIterator[str]:
        """All that is kept of one user, as the pieces of one JSON document."""
        yield f'{{"user_id": {json.dumps(user_id)}, "threads": ['
        between = ""
        async for thread in self._pages(EXPORT_THREADS, user_id, last=""):
            yield f'{between}\n{{"thread": {thread["payload"]}, "items": ['
            between = ""
            async for item in self._pages(EXPORT_ITEMS, user_id, thread["id"], last=0):
                feedback = json.dumps(item["kind"])
                yield f'{between}\n{{"item": {item["payload"]}, "feedback": {feedback}}}'
                between = ","
            yield "]}"
            between = ","
        yield '\n], "attachments": ['
        between = ""
        async for attachment in self._pages(EXPORT_UPLOADS, user_id, last=""):
            yield f"{between}\n{attachment['payload']}"
            between = ","
        yield "]}\n"

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


def _asked(arguments: Sequence[str]) -> argparse.Namespace:
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
        asyncio.run(_run(config, _asked(arguments)))
    except StoreError as error:
        print(error, file=sys.stderr)
        return 1
    return 0
