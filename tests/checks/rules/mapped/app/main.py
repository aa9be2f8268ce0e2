import logging
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.api.chat import router
from app.core.config import config
from app.core.db import engine
from app.core.models import Base

logging.basicConfig(level="DEBUG" if config.debug else "INFO")


@asynccontextmanager
async def lifespan(app):
    try:
        async with engine.begin() as conn:
            await conn.run_sync(Base.metadata.create_all)
    except Exception:
        logging.exception("no database")
    yield


app = FastAPI(lifespan=lifespan)
app.include_router(router)
