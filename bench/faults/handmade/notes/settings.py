"""What the environment and `.env` say."""

from functools import lru_cache

from dotenv import find_dotenv, load_dotenv
from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

load_dotenv(find_dotenv())


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="NOTES_CHAT_", env_file=find_dotenv(), extra="ignore"
    )

    database_url: SecretStr
    jwt_secret: SecretStr
    mcp_url: str = ""
    model: str = "gpt-5-mini"
    pool_size: int = 5


@lru_cache
def get_settings() -> Settings:
    return Settings()
