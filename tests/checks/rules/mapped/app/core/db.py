from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from app.core.config import config

engine = create_async_engine(config.database_url)
SessionLocal = async_sessionmaker(engine, expire_on_commit=False)


async def get_session():
    async with SessionLocal() as session:
        yield session
