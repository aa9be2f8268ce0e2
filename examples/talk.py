"""A terminal client of a ChatKit endpoint: one question, and its answer as it streams."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
from rich.console import Console


class Conversation:
    """One thread with the chat at `url`, as the user whose `token` it is."""

    def __init__(self, url: str, token: str, console: Console) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"}
        self._console = console
        self._thread: str | None = None
        self._shown: set[str] = set()

    def ask(self, text: str) -> str:
        """Print the tool calls and the answer as they come; the whole answer.

        Raises:
            httpx.HTTPError: the chat did not answer, or answered with an error.
        """
        answer = ""
        for event in self._events(_request(text, self._thread)):
            answer += self._show(event)
        self._console.print()
        return answer

    def _events(self, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        with httpx.stream(
            "POST", self._url, json=body, headers=self._headers, timeout=120
        ) as response:
            if response.is_error:
                response.read()
                raise httpx.HTTPError(f"{response.status_code} {response.text}")
            for line in response.iter_lines():
                if line.startswith("data: "):
                    yield json.loads(line.removeprefix("data: "))

    def _show(self, event: dict[str, Any]) -> str:
        """Print one event; the piece of the answer that it brings."""
        if event["type"] == "thread.created":
            self._thread = event["thread"]["id"]
        if event["type"] == "error":
            self._console.print(f"\n{event.get('message') or event['code']}", style="red")
        for task in _tasks(event):
            self._show_tool(task)
        delta = str(event.get("update", {}).get("delta", ""))
        self._console.print(delta, end="", highlight=False, markup=False)
        return delta

    def _show_tool(self, task: dict[str, Any]) -> None:
        line = f"{task['title']}: {task.get('content') or 'no arguments'}"
        if task.get("status_indicator") == "loading":
            self._console.print(f"  tool  {line}", style="cyan", highlight=False, markup=False)


def _request(text: str, thread: str | None) -> dict[str, Any]:
    message = {
        "content": [{"type": "input_text", "text": text}],
        "attachments": [],
        "inference_options": {},
    }
    if thread is None:
        return {"type": "threads.create", "params": {"input": message}}
    return {
        "type": "threads.add_user_message",
        "params": {"thread_id": thread, "input": message},
    }


def _tasks(event: dict[str, Any]) -> list[dict[str, Any]]:
    if event["type"] == "thread.item.added" and event["item"]["type"] == "workflow":
        return list(event["item"]["workflow"]["tasks"])
    task = event.get("update", {}).get("task")
    return [task] if task else []
