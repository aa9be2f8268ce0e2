from __future__ import annotations

from contextlib import asynccontextmanager
from typing import AsyncIterator

from fastapi import FastAPI

from library.api import router


@asynccontextmanager
async def lifespan(api: FastAPI) -> AsyncIterator[None]:
    api.state.books = {1: "Middlemarch"}
    yield
    api.state.books.clear()


def build(debug: bool = False) -> FastAPI:
    api = FastAPI(title="Library", debug=debug, lifespan=lifespan)
    api.include_router(router)
    return api
