"""One user under load: asks, stops, tries again, deletes, and compares what is there."""

from __future__ import annotations

import asyncio
import json
import random
import socket
from collections.abc import AsyncGenerator
from contextlib import aclosing
from time import monotonic, time
from typing import Any

import httpx
import jwt
from soak_ledger import NAME, Conversation, Ledger, text_of

SECRET = "a secret of the soak, which nobody else may know"
THINK = 3.0
NEW_THREAD, STOP, LOOK_BACK, SLOW = 0.15, 0.15, 0.25, 0.03
# Leaves as soon as the stream begins; gives a new conversation a name while it is answered.
HANG_UP, RENAME = 0.08, 0.4
# How long an answer may go on whose conversation was deleted.
FELT = 10.0
# Of a last answer, of a conversation, and of one that is being answered.
RETRY, DELETE, CUT = 0.14, 0.04, 0.02
# What a person sees only where something was not foreseen.
UNFORESEEN = {"None", "Something went wrong. Try again.", "The answer broke off. Try again."}
UNSAVED = {
    "The conversation cannot be saved at the moment. Try again.",
    "The conversations cannot be reached right now. Try again in a moment.",
    "The answer could not be saved. Load the conversation again before you go on.",
}
RESTARTING = "The server is restarting. Send your message again in a moment."
DELETED = "deleted while it was answered"


def token_of(user: str) -> str:
    claims = {"sub": user, "exp": int(time()) + 24 * 3600, "name": user}
    return jwt.encode(claims, SECRET, "HS256")


class Person:
    def __init__(self, name: str, url: str, ledger: Ledger, seed: int) -> None:
        self.name = name
        self._ledger = ledger
        self._random = random.Random(seed)
        self._said = 0
        self._threads: list[str] = []
        small = [(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)]
        self._http = httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {token_of(name)}"},
            timeout=httpx.Timeout(90),
            # The server forgets idle connections after 5 seconds: never use one that old.
            transport=httpx.AsyncHTTPTransport(
                socket_options=small, limits=httpx.Limits(keepalive_expiry=1)
            ),
        )

    async def live(self, until: float) -> None:
        await asyncio.sleep(self._random.uniform(0, THINK))
        while monotonic() < until:
            try:
                await self._turn()
                if self._threads and self._random.random() < LOOK_BACK:
                    await self._look_back(self._random.choice(self._threads))
            except httpx.TransportError as error:
                self._ledger.unless(f"{self.name}: the stream was cut ({error!r})", "worker")
            await asyncio.sleep(self._random.expovariate(1 / THINK))

    async def close(self) -> None:
        await self._http.aclose()

    async def _turn(self) -> None:
        kind = self._random.choices(["ask", "retry", "delete"], [1 - RETRY - DELETE, RETRY, DELETE])
        thread = None
        if self._threads and (kind != ["ask"] or self._random.random() > NEW_THREAD):
            thread = self._random.choice(self._threads[-3:])
        if kind == ["retry"] and thread is not None:
            await self._retry(thread)
        elif kind == ["delete"] and thread is not None:
            await self._delete(thread)
        else:
            await self._speak(thread)

    async def _speak(self, thread: str | None) -> None:
        slow = self._random.random() < SLOW
        said = {
            "content": [{"type": "input_text", "text": self._message(slow)}],
            "attachments": [],
            "inference_options": {},
        }
        if thread is None:
            await self._ask("threads.create", None, slow, input=said)
        else:
            await self._ask("threads.add_user_message", thread, slow, input=said)

    def _message(self, long: bool) -> str:
        self._said += 1
        mark = f"{self.name} number {self._said}"
        if long:
            return f"good day from {mark}, " + "and a good many more words " * 150
        kinds = (f"add a task: '{mark}'", f"list the tasks, says {mark}", f"good day from {mark}")
        return self._random.choices(kinds, (4, 2, 4))[0]

    async def _retry(self, thread: str) -> None:
        """Of the last question, unless that asks for a deed, which must not be done twice."""
        conversation = self._ledger.conversations[thread]
        asked = [n for n, item in enumerate(conversation.items) if item["type"] == "user_message"]
        if not asked or text_of(conversation.items[asked[-1]]).startswith("add"):
            return
        question, later = conversation.items[asked[-1]], conversation.items[asked[-1] + 1 :]
        self._ledger.figures["retries"] += 1
        # What was shown goes with a new answer only, and until its stream ends that is not known.
        before = {item["id"] for item in later}
        kind, outcomes = "threads.retry_after_item", {"broken off"}
        try:
            outcomes = await self._ask(kind, thread, False, item_id=question["id"])
        finally:
            failed = any(each.startswith("error") for each in outcomes)
            unsure = any(self._ledger.troubled(each, time()) for each in ("database", "worker"))
            if failed and not unsure:
                self._ledger.figures["retries that failed, and took nothing away"] += 1
            else:
                kept = [item for item in conversation.items if item["id"] not in before]
                conversation.items[:] = kept
                conversation.removed |= before if outcomes == {"answered"} else set()
                conversation.retried.append((question["id"], frozenset(before)))

    async def _delete(self, thread: str) -> None:
        conversation = self._ledger.conversations[thread]
        conversation.deleted = None
        self._threads.remove(thread)
        body = {"type": "threads.delete", "params": {"thread_id": thread}}
        if self._accepted((await self._http.post("/chatkit", json=body)).status_code):
            conversation.deleted = True
            self._ledger.figures["conversations deleted"] += 1

    async def _rename(self, thread: str) -> None:
        self._said += 1
        title = f"{self.name} names it {self._said}"
        body = {"type": "threads.update", "params": {"thread_id": thread, "title": title}}
        self._ledger.conversations[thread].title = None
        if self._accepted((await self._http.post("/chatkit", json=body)).status_code):
            self._ledger.conversations[thread].title = title
            self._ledger.figures["conversations renamed"] += 1

    async def _ask(self, kind: str, thread: str | None, slow: bool, **params: Any) -> set[str]:
        """What came of it: `answered`, errors, or `stopped`."""
        self._ledger.figures["turns begun"] += 1
        weights = [1 - STOP - CUT - HANG_UP, STOP, CUT, HANG_UP]
        interrupt = self._random.choices(["", "stop", "delete", "hang up"], weights)[0]
        at = {"": None, "hang up": 1}.get(interrupt, self._random.randint(1, 40))
        is_named = thread is None and self._random.random() < RENAME
        rename = self._random.randint(2, 10) if is_named else 0
        text = params["input"]["content"][0]["text"] if "input" in params else None
        outcomes: set[str] = set()
        conversation = self._ledger.conversations[thread] if thread else None
        params = params | ({"thread_id": thread} if thread else {})
        async with aclosing(self._events(kind, params)) as events:
            count = 0
            async for event in events:
                conversation = self._noted(event, conversation, outcomes)
                count += 1
                if text and conversation is not None and event["type"] != "error":
                    conversation.accepted.add(text)
                if conversation is not None and count == rename and DELETED not in outcomes:
                    await self._rename(self._name_of(conversation))
                if count == at and interrupt in {"stop", "hang up"}:
                    self._stopped(conversation, slow, interrupt)
                    return outcomes or {"stopped"}
                if count == at and conversation is not None:
                    self._ledger.begin("deletion")
                    await self._delete(self._name_of(conversation))
                    self._ledger.end("deletion", FELT)
                    outcomes.add(DELETED)
                if slow and count == 10:
                    await asyncio.sleep(5)
        if not outcomes:
            self._ledger.unless(f"{self.name}: neither an answer nor an error", "database")
        for outcome in outcomes:
            self._ledger.figures[outcome] += 1
        return outcomes

    def _name_of(self, conversation: Conversation) -> str:
        known = self._ledger.conversations
        return next(each for each in self._threads if known[each] is conversation)

    def _stopped(self, conversation: Conversation | None, slow: bool, how: str) -> None:
        self._ledger.figures["hung up at once" if how == "hang up" else "stopped by the user"] += 1
        # With a buffer of 4 KiB the kernel tells the server late that nobody is there any more
        # (`slow_socket.py`), and the thread is busy till then: go on in another one.
        self._threads = [
            thread
            for thread in self._threads
            if not (slow and self._ledger.conversations[thread] is conversation)
        ]

    def _noted(
        self, event: dict[str, Any], conversation: Conversation | None, outcomes: set[str]
    ) -> Conversation | None:
        kind = event["type"]
        if kind == "thread.created":
            self._threads.append(event["thread"]["id"])
            return self._ledger.opened(event["thread"]["id"], self.name)
        if kind == "thread.item.done" and conversation is not None:
            if all(each["id"] != event["item"]["id"] for each in conversation.items):
                conversation.items.append(event["item"])
            self._ledger.figures["items acknowledged"] += 1
            if event["item"]["type"] == "assistant_message":
                outcomes.add("answered")
        if kind == "thread.item.removed" and conversation is not None:
            left = [each for each in conversation.items if each["id"] != event["item_id"]]
            conversation.items[:] = left
        if kind == "error":
            self._failed(str(event.get("message")), outcomes)
        if kind == "notice":
            self._ledger.figures[f"notice: {event['message']}"] += 1
        return conversation

    def _failed(self, message: str, outcomes: set[str]) -> None:
        outcomes.add(f"error: {message}")
        if message in UNFORESEEN:
            self._ledger.violation(f"{self.name} was told: {message}")
        if message in UNSAVED:
            self._ledger.unless(f"{self.name} was told: {message}", "database", "deletion")
        if message == RESTARTING:
            self._ledger.unless(f"{self.name} was told: {message}", "worker")

    async def _events(
        self, kind: str, params: dict[str, Any]
    ) -> AsyncGenerator[dict[str, Any], None]:
        body = {"type": kind, "params": params}
        async with self._http.stream("POST", "/chatkit", json=body) as response:
            if not self._accepted(response.status_code):
                yield {"type": "error", "message": f"status {response.status_code}"}
                return
            async for line in response.aiter_lines():
                if line.startswith("data: "):
                    yield self._own(line[6:])

    def _accepted(self, status: int) -> bool:
        if status == 200:
            return True
        if status == 409:
            self._ledger.unless(f"{self.name} got status {status}", "database")
        elif status == 503:
            self._ledger.unless(f"{self.name} got status {status}", "database", "worker")
        else:
            self._ledger.violation(f"{self.name} got status {status}")
        return False

    def _own(self, text: str) -> dict[str, Any]:
        for other in set(NAME.findall(text)) - {self.name}:
            self._ledger.violation(f"{self.name} saw words of {other}")
        event: dict[str, Any] = json.loads(text)
        return event

    async def _look_back(self, thread: str) -> None:
        order = self._random.choice(["asc", "desc"])
        items = await self._all("items.list", order=order, thread_id=thread)
        if items is not None:
            self._ledger.check(thread, items if order == "asc" else items[::-1])

    async def list_threads(self) -> None:
        threads = await self._all("threads.list", order="desc")
        if threads is None:
            self._ledger.violation(f"{self.name} cannot list their threads")
        else:
            self._ledger.listed(self.name, threads)

    async def _all(self, kind: str, **params: Any) -> list[dict[str, Any]] | None:
        """Every page; None where the database is away."""
        found: list[dict[str, Any]] = []
        after = None
        while True:
            body = {"type": kind, "params": {"limit": 20, "after": after, **params}}
            response = await self._http.post("/chatkit", json=body)
            if not self._accepted(response.status_code):
                return None
            page = self._own(response.text)
            found += page["data"]
            if not page["has_more"]:
                return found
            after = page["after"]
