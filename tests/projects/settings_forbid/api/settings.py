from functools import lru_cache

from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    greeting: str = "hello"

    model_config = {"env_file": ".env"}


class Limits(BaseSettings):
    class Config:
        env_file = "limits.env"

    daily_limit: int = 10


class Strict(Settings):
    loud: bool = False


@lru_cache
def get_settings() -> Strict:
    return Strict()
