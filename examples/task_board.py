"""A card with the user's open tasks and a button for each: a tool of the assistant shows it."""

from __future__ import annotations

import os
from typing import Any

import httpx
from agents import RunContextWrapper, function_tool
from chatkit.widgets import DynamicWidgetRoot

from ..chatkit_runtime.tool_log import Context

API_URL = os.environ.get("TASKFLOW_API_URL", "http://127.0.0.1:8000")
DONE = "board.done"


async def open_tasks(token: str | None) -> list[dict[str, Any]]:
    return [task for task in await _api("GET", "/tasks", token) if not task["done"]]


async def complete(number: int, token: str | None) -> None:
    await _api("PATCH", f"/tasks/{number}", token, json={"done": True})


async def _api(method: str, path: str, token: str | None, **request: Any) -> Any:
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=API_URL, headers=headers, timeout=10) as api:
        return (await api.request(method, path, **request)).raise_for_status().json()


def board(tasks: list[dict[str, Any]]) -> DynamicWidgetRoot:
    rows = [_row(task) for task in tasks] or [{"type": "Caption", "value": "Nothing left to do."}]
    head = {"type": "Title", "value": "Your open tasks", "size": "sm"}
    card = {"type": "Card", "size": "md", "children": [head, *rows]}
    return DynamicWidgetRoot.model_validate(card)


def _row(task: dict[str, Any]) -> dict[str, Any]:
    action = {"type": DONE, "payload": {"task": task["id"]}, "handler": "server"}
    button = {
        "type": "Button",
        "label": "Done",
        "iconStart": "check",
        "variant": "outline",
        "size": "sm",
        "key": str(task["id"]),
        "onClickAction": action,
    }
    number = {"type": "Badge", "label": f"#{task['id']}", "color": "secondary"}
    title = {"type": "Text", "value": task["title"]}
    children = [number, title, {"type": "Spacer"}, button]
    return {"type": "Row", "align": "center", "gap": 2, "children": children}


@function_tool
async def show_board(context: RunContextWrapper[Context]) -> str:
    """Show the board of the user's open tasks, with a button to complete each."""
    tasks = await open_tasks(context.context.request_context.token)
    await context.context.stream_widget(board(tasks))
    return f"Your board is above: {len(tasks)} open. Press Done when one is."
