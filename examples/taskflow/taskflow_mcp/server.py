"""Taskflow's tools for assistants: each calls the API as the user whose token came along."""

import os
from typing import Any

import httpx
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations

API_URL = os.environ.get("TASKFLOW_API_URL", "http://127.0.0.1:8000")

READS = ToolAnnotations(read_only_hint=True)
WRITES = ToolAnnotations(read_only_hint=False, destructive_hint=False)
DESTROYS = ToolAnnotations(read_only_hint=False, destructive_hint=True)

server: MCPServer[Any] = MCPServer("taskflow", instructions="Manage the tasks of the user.")


async def call_api(ctx: Context[Any, Any], method: str, path: str, **request: Any) -> Any:
    authorization = (ctx.headers or {}).get("authorization")
    if not authorization:
        raise ToolError("Nobody is signed in. Send the user's token as `Authorization: Bearer`.")
    headers = {"Authorization": authorization}
    try:
        async with httpx.AsyncClient(base_url=API_URL, headers=headers, timeout=10) as api:
            answer = await api.request(method, path, **request)
    except httpx.TransportError as error:
        raise ToolError("Taskflow does not answer. Try again later.") from error
    if answer.is_error:
        raise ToolError(explanation(answer))
    return answer.json() if answer.content else None


def explanation(answer: httpx.Response) -> str:
    if answer.status_code >= 500:
        return "Taskflow has a problem. Try again later."
    detail = answer.json().get("detail")
    if isinstance(detail, list):
        return " ".join(f"{problem['loc'][-1]}: {problem['msg']}." for problem in detail)
    return str(detail)


def line(task: dict[str, Any]) -> str:
    return f"#{task['id']} {task['title']}{' (done)' if task['done'] else ''}"


@server.tool(title="List tasks", annotations=READS)
async def list_tasks(ctx: Context[Any, Any], done: bool | None = None) -> str:
    """List the tasks of the user: all of them, or only those that are done or open."""
    tasks = await call_api(ctx, "GET", "/tasks", params={} if done is None else {"done": done})
    return "\n".join(map(line, tasks)) or "There are no tasks."


@server.tool(title="Add a task", annotations=WRITES)
async def add_task(ctx: Context[Any, Any], title: str) -> str:
    """Add a new task for the user."""
    return f"Added {line(await call_api(ctx, 'POST', '/tasks', json={'title': title}))}"


@server.tool(title="Complete a task", annotations=WRITES)
async def complete_task(ctx: Context[Any, Any], task_id: int) -> str:
    """Mark a task of the user as done."""
    done = {"done": True}
    return f"Completed {line(await call_api(ctx, 'PATCH', f'/tasks/{task_id}', json=done))}"


@server.tool(title="Delete a task", annotations=DESTROYS)
async def delete_task(ctx: Context[Any, Any], task_id: int) -> str:
    """Delete a task of the user for good."""
    await call_api(ctx, "DELETE", f"/tasks/{task_id}")
    return f"Deleted task {task_id}."


app = server.streamable_http_app()
