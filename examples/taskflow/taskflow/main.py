"""The application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from taskflow import auth, tasks
from taskflow.db import open_pool
from taskflow.settings import get_settings


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with open_pool(get_settings().database_url) as pool:
        app.state.pool = pool
        yield


app = FastAPI(title="Taskflow", lifespan=lifespan)
app.include_router(auth.router)
app.include_router(tasks.router)


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}
