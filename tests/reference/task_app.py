"""An application with people's tasks, some routes that no assistant should have, and a chat."""

from __future__ import annotations

from typing import Any

from fastapi import BackgroundTasks, Depends, FastAPI, Form, HTTPException, Query, Request
from fastapi.responses import FileResponse, RedirectResponse, StreamingResponse
from pydantic import BaseModel, Field


class NewTask(BaseModel):
    title: str = Field(min_length=2, description="What is to be done.")
    steps: list[NewTask] = []


class Task(BaseModel):
    id: int
    title: str
    owner: str


class Tokens(BaseModel):
    access_token: str


def make_app(current_user: Any) -> FastAPI:
    app = FastAPI()
    app.state.tasks = [
        Task(id=1, title="water the ferns", owner="alice"),
        Task(id=2, title="feed the secret cat", owner="bob"),
    ]
    app.state.headers = []
    app.state.later = []
    user = Depends(current_user)

    def own(task_id: int, person: Any) -> Task:
        for task in app.state.tasks:
            if task.id == task_id and task.owner == person.user_id:
                return task  # type: ignore[no-any-return]
        raise HTTPException(404, "No such task.")

    @app.middleware("http")
    async def remember(request: Request, call_next: Any) -> Any:
        if request.url.path.startswith("/tasks"):
            app.state.headers.append(dict(request.headers))
        return await call_next(request)

    @app.get("/")
    def welcome() -> str:
        return "Welcome"

    @app.get("/health")
    def health() -> str:
        return "ok"

    @app.post("/auth/login")
    def login(name: str = Form()) -> str:
        return name

    @app.get("/session")
    def session(person: Any = user) -> Tokens:
        return Tokens(access_token=person.token)

    @app.get("/tasks")
    def list_tasks(limit: int = Query(50, le=100), person: Any = user) -> list[Task]:
        """The person's tasks."""
        return [task for task in app.state.tasks if task.owner == person.user_id][:limit]

    @app.get("/tasks/export")
    def export_tasks(person: Any = user) -> FileResponse:
        return FileResponse(__file__, filename="tasks.csv")

    @app.get("/tasks/stream", response_class=StreamingResponse)
    def stream_tasks() -> StreamingResponse:
        return StreamingResponse(iter(["1"]))

    @app.get("/tasks/hidden", include_in_schema=False)
    def hidden_tasks() -> list[Task]:
        return app.state.tasks  # type: ignore[no-any-return]

    @app.get("/tasks/{task_id}")
    def read_task(task_id: int, person: Any = user) -> Task:
        """One of the person's tasks, by its number."""
        return own(task_id, person)

    @app.post("/tasks", status_code=201)
    def add_task(new: NewTask, later: BackgroundTasks, person: Any = user) -> Task:
        """Add a task to the person's list."""
        task = Task(id=len(app.state.tasks) + 1, title=new.title, owner=person.user_id)
        app.state.tasks.append(task)
        later.add_task(app.state.later.append, task.title)
        return task

    @app.delete("/tasks/{task_id}", status_code=204, response_model=None)
    def delete_task(task_id: int, person: Any = user) -> None:
        app.state.tasks.remove(own(task_id, person))

    @app.get("/moved")
    def moved() -> Any:
        return RedirectResponse("https://elsewhere.example/")

    @app.get("/admin/people")
    def people() -> list[str]:
        raise HTTPException(403, "Administrators only.")

    @app.get("/broken")
    def broken() -> str:
        raise RuntimeError("password=hunter22 of the database")

    @app.get("/echo")
    def echo(request: Request) -> dict[str, str]:
        return dict(request.headers)

    @app.get("/large")
    def large(page: int = 1) -> list[str]:
        return ["word"] * 10_000

    return app
