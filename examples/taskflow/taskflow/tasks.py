"""Tasks: each belongs to the user who made it."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, status
from pydantic import BaseModel, StringConstraints

from taskflow.auth import CurrentUser
from taskflow.db import Pool

router = APIRouter(prefix="/tasks", tags=["tasks"])

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class NewTask(BaseModel):
    title: Title


class TaskChange(BaseModel):
    title: Title | None = None
    done: bool | None = None


class Task(BaseModel):
    id: int
    title: str
    done: bool
    created_at: datetime


@router.get("")
async def list_tasks(
    user: CurrentUser,
    pool: Pool,
    done: bool | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> list[Task]:
    rows = await pool.fetch(
        """
        select id, title, done, created_at from tasks
        where owner_id = $1 and ($2::boolean is null or done = $2)
        order by id limit $3
        """,
        user.id,
        done,
        limit,
    )
    return [Task(**row) for row in rows]


@router.post("", status_code=status.HTTP_201_CREATED)
async def add_task(task: NewTask, user: CurrentUser, pool: Pool) -> Task:
    row = await pool.fetchrow(
        """
        insert into tasks (owner_id, title) values ($1, $2)
        returning id, title, done, created_at
        """,
        user.id,
        task.title,
    )
    assert row is not None
    return Task(**row)


@router.patch("/{task_id}")
async def change_task(task_id: int, change: TaskChange, user: CurrentUser, pool: Pool) -> Task:
    row = await pool.fetchrow(
        """
        update tasks set title = coalesce($3, title), done = coalesce($4, done)
        where owner_id = $1 and id = $2
        returning id, title, done, created_at
        """,
        user.id,
        task_id,
        change.title,
        change.done,
    )
    if row is None:
        raise _no_such_task(task_id)
    return Task(**row)


@router.delete("/{task_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_task(task_id: int, user: CurrentUser, pool: Pool) -> None:
    deleted = await pool.fetchval(
        "delete from tasks where owner_id = $1 and id = $2 returning id", user.id, task_id
    )
    if deleted is None:
        raise _no_such_task(task_id)


def _no_such_task(task_id: int) -> HTTPException:
    return HTTPException(status.HTTP_404_NOT_FOUND, f"You have no task {task_id}.")
