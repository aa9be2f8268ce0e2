from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

router = APIRouter()


@router.get("/tides", tags=["tides"])
def tides() -> list[str]:
    return ["high", "low"]


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, str]]:
    yield {"moon": "full"}


def create() -> FastAPI:
    return FastAPI(
        title="Tides",
        routes=router.routes,
        lifespan=lifespan,
    )
