"""Holds a saved conversation again: model and tools say what they said, nobody else is asked."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from chatkit import types as ck
from chatkit.store import NotFoundError

from .chatkit_runtime.resume import REQUEST
from .chatkit_store import ChatStore
from .chatkit_store.config import ENV_PREFIX
from .services import chatkit_server

Json = dict[str, Any]
TOKEN = "the-token-of-the-person"
# By which a call that waits for the person is told from others.
MARK = re.compile(r" ?\([0-9a-f]{8}\)")
VARIABLES = {
    f"{ENV_PREFIX}DATABASE_URL": "postgresql://nobody@127.0.0.1:9/nowhere",
    f"{ENV_PREFIX}TRACING": "false",
    "OPENAI_API_KEY": "saved",
}


class Memory(ChatStore):
    """Keeps one person's conversations for the time of a test."""

    def __init__(self) -> None:
        self.threads: dict[str, ck.ThreadMetadata] = {}
        self.items: dict[str, dict[str, ck.ThreadItem]] = {}
        self.attachments: dict[str, ck.Attachment] = {}

    async def load_thread(self, thread_id: str, context: Any) -> ck.ThreadMetadata:
        found: ck.ThreadMetadata = _record_of(self.threads, thread_id)
        return found.model_copy(deep=True)

    async def save_thread(self, thread: ck.ThreadMetadata, context: Any) -> None:
        kept = thread.model_dump(exclude={"items"})
        self.threads[thread.id] = ck.ThreadMetadata.model_validate(kept)
        self.items.setdefault(thread.id, {})

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: Any
    ) -> ck.Page[ck.ThreadMetadata]:
        return _page(list(self.threads.values()), after, limit, order)

    async def delete_thread(self, thread_id: str, context: Any) -> None:
        self.threads.pop(thread_id, None)
        self.items.pop(thread_id, None)

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Any
    ) -> ck.Page[ck.ThreadItem]:
        return _page(list(_record_of(self.items, thread_id).values()), after, limit, order)

    async def load_item(self, thread_id: str, item_id: str, context: Any) -> ck.ThreadItem:
        found: ck.ThreadItem = _record_of(_record_of(self.items, thread_id), item_id)
        return found.model_copy(deep=True)

    async def save_item(self, thread_id: str, item: ck.ThreadItem, context: Any) -> None:
        _record_of(self.items, thread_id)[item.id] = item.model_copy(deep=True)

    add_thread_item = save_item

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Any) -> None:
        _record_of(self.items, thread_id).pop(item_id, None)

    async def take_item(self, thread_id: str, item_id: str, context: Any) -> bool:
        return _record_of(self.items, thread_id).pop(item_id, None) is not None

    async def load_attachment(self, attachment_id: str, context: Any) -> ck.Attachment:
        found: ck.Attachment = _record_of(self.attachments, attachment_id)
        return found

    async def save_attachment(self, attachment: ck.Attachment, context: Any) -> None:
        self.attachments[attachment.id] = attachment

    async def delete_attachment(self, attachment_id: str, context: Any) -> None:
        self.attachments.pop(attachment_id, None)

    async def begin_turn(self, thread_id: str, context: Any, **limits: Any) -> str:
        return "turn"

    async def renew_turn(self, thread_id: str, turn_id: str, context: Any, **limits: Any) -> bool:
        return True

    async def end_turn(self, thread_id: str, turn_id: str, context: Any) -> None:
        pass

    async def running_turn(self, thread_id: str, context: Any) -> str | None:
        return None

    async def stop_turn(self, thread_id: str, context: Any) -> bool:
        return False


def _record_of(kept: dict[str, Any], name: str) -> Any:
    if name not in kept:
        raise NotFoundError(f"{name} is not there")
    return kept[name]


def _page(kept: list[Any], after: str | None, limit: int, order: str) -> ck.Page[Any]:
    ordered = kept if order == "asc" else kept[::-1]
    ids = [each.id for each in ordered]
    start = ids.index(after) + 1 if after in ids else 0
    part = ordered[start : start + limit]
    more = start + limit < len(ordered)
    return ck.Page(data=part, has_more=more, after=part[-1].id if more else None)


class Model:
    """Answers as it did, one request after the other, and keeps what it was asked."""

    def __init__(self, answers: Sequence[Json]) -> None:
        self._answers = iter(answers)
        self.asked: list[Json] = []

    def answer(self, asked: Json) -> tuple[int, str, str]:
        """A status, a type and a body."""
        self.asked.append(asked)
        answer = next(self._answers, None)
        if answer is None:
            return 400, "application/json", '{"error": {"message": "It was not asked so often."}}'
        kind = "text/event-stream" if answer["stream"] else "application/json"
        return 200, kind, answer["text"]


class Tools:
    """An MCP server whose tools answer as they did; `called` has what came, and whose token."""

    def __init__(self, tools: Sequence[Json], calls: Sequence[Json]) -> None:
        self._tools, self._calls = list(tools), list(calls)
        self.called: list[Json] = []

    def answer(self, asked: Json, token: str) -> Json | None:
        if "id" not in asked:
            return None
        method, params = asked["method"], asked.get("params") or {}
        if method == "initialize":
            server = {"name": "saved", "version": "1"}
            version = params.get("protocolVersion", "2025-06-18")
            return {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": server}
        if method == "tools/list":
            return {"tools": self._tools}
        return self._call(params, token) if method == "tools/call" else {}

    def _call(self, params: Json, token: str) -> Json:
        call = {"tool": params["name"], "arguments": params.get("arguments") or {}}
        self.called.append({**call, "as_user": token == f"Bearer {TOKEN}"})
        for saved in self._calls:
            if saved["tool"] == call["tool"]:
                self._calls.remove(saved)
                return _text(saved["result"] or "", is_error=saved["failed"])
        return _text("This tool was not called when the conversation was saved.", is_error=True)


def _text(text: str, *, is_error: bool) -> Json:
    return {"content": [{"type": "text", "text": text}], "isError": is_error}


@contextmanager
def served(model: Model, tools: Tools) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path.startswith("/v1/"):
                self._send(*model.answer(asked))
                return
            result = tools.answer(asked, self.headers.get("Authorization", ""))
            answer = {"jsonrpc": "2.0", "id": asked.get("id"), "result": result}
            status = 202 if result is None else 200
            self._send(status, "application/json", "" if result is None else json.dumps(answer))

        def _send(self, status: int, kind: str, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            self.send_error(405)

        def log_message(self, *said: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def hold(saved: Json, patch: pytest.MonkeyPatch) -> tuple[Json, Json]:
    """What is seen, asked and called now, and what was then."""
    model, tools = Model(saved["model"]), Tools(saved["tools"], saved["calls"])
    with served(model, tools) as url:
        for name, value in {**VARIABLES, "OPENAI_BASE_URL": f"{url}/v1"}.items():
            patch.setenv(name, value)
        for name in (f"{ENV_PREFIX}MCP_SERVER_URL", "MCP_SERVER_URL"):
            patch.setenv(name, f"{url}/mcp" if saved["tools"] else "")
        steps = asyncio.run(_conversation_of(saved["steps"], patch))
    now = {"seen": steps, "asked": model.asked, "called": tools.called}
    then_called = [{**_without_result(call), "as_user": True} for call in saved["calls"]]
    then = {
        "seen": [step["events"] for step in saved["steps"]],
        "asked": [answer["asked"] for answer in saved["model"]],
        "called": then_called,
    }
    return _comparable(now), _comparable(then)


def _without_result(call: Json) -> Json:
    return {name: call[name] for name in ("tool", "arguments")}


async def _conversation_of(steps: Sequence[Json], patch: pytest.MonkeyPatch) -> list[list[Json]]:
    store, kind = Memory(), chatkit_server.ChatServer
    patch.setattr(chatkit_server, "PostgresStore", lambda _config: store)
    parts = kind.open()
    ids: dict[str, str] = {}
    seen: list[list[Json]] = []
    for step in steps:
        request: Any = REQUEST.validate_python(_with_ids(step["request"], ids))
        server = kind(parts, kind.context_type(user_id="somebody", token=TOKEN))
        if ck.is_streaming_req(request):
            lines = [line async for line in server.stream(request)]
            events = [json.loads(line.removeprefix(b"data: ")) for line in lines]
        else:
            events = [json.loads(await server.answer(request))]
        ids.update(zip(_ids(step["events"]), _ids(events), strict=False))
        seen.append(events)
    await parts.close()
    return seen


def _with_ids(value: Any, ids: Mapping[str, str]) -> Any:
    """With the ids of now in the place of those of then."""
    if isinstance(value, dict):
        return {name: _with_ids(each, ids) for name, each in value.items()}
    if isinstance(value, list):
        return [_with_ids(each, ids) for each in value]
    return ids.get(value, value) if isinstance(value, str) else value


def _ids(events: Sequence[Json]) -> list[str]:
    """Those of the thread and of its items, in the order in which they came."""
    found = (event.get("thread") or event.get("item") or {} for event in events)
    return list(dict.fromkeys(each["id"] for each in found if "id" in each))


def _comparable(held: Json) -> Json:
    """What has to be the same each time: no ids, no times, and no words of the system prompt."""
    return {
        "seen": [list(_items_shown(events)) for events in held["seen"]],
        "asked": [_question_of(body) for body in held["asked"]],
        "called": held["called"],
    }


def _items_shown(events: Sequence[Json]) -> Iterator[Any]:
    items: Json = {}
    for event in events:
        if event.get("type") in ("thread.item.done", "thread.item.replaced"):
            items[event["item"]["id"]] = event["item"]
        elif event.get("type") == "error":
            yield ["error", event.get("message") or event.get("code")]
    for item in items.values():
        if item["type"] == "workflow":
            yield ["tools", [task.get("title") for task in item["workflow"]["tasks"]]]
        elif item["type"] in ("user_message", "assistant_message"):
            yield [item["type"], "".join(part.get("text", "") for part in item["content"])]
        elif item["type"] == "widget":
            yield ["widget", item["widget"]]
        elif item["type"] != "end_of_turn":
            yield [item["type"]]


def _question_of(body: Json) -> Json:
    given = body.get("input") or body.get("messages") or []
    items = given if isinstance(given, list) else [{"role": "user", "content": given}]
    tools = [(each.get("function") or each).get("name") for each in body.get("tools") or []]
    said = [_words(item) for item in items if item.get("role") not in ("system", "developer")]
    return {"tools": tools, "said": said, "has_instructions": _has_instructions(body, items)}


def _has_instructions(body: Json, items: Sequence[Json]) -> bool:
    return bool(body.get("instructions")) or any(each.get("role") == "system" for each in items)


def _words(item: Json) -> list[Any]:
    if item.get("type") == "function_call":
        return ["call", item["name"], item["arguments"]]
    is_result = item.get("type") == "function_call_output"
    content = item.get("output" if is_result else "content")
    parts = content if isinstance(content, list) else [{"text": content}]
    text = "".join(str(part.get("text")) for part in parts)
    return [item.get("role") or item.get("type"), MARK.sub("", text)]
