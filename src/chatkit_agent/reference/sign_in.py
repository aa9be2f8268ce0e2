"""Whose tokens are believed: those that the application beside this service gives out."""

from pathlib import Path
from typing import ClassVar

from dotenv import find_dotenv
from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from .chatkit_store.config import ENV_PREFIX
from .services.current_user import SignInSettings

APPLICATION = Path(__file__).resolve().parents[2]


class ApplicationTokens(SignInSettings):
    """What the application verifies its tokens with, by the names of its own variables."""

    model_config = SettingsConfigDict(env_file=(APPLICATION / ".env", find_dotenv(), ".env"))
    secret_variable: ClassVar[str] = "SECRET_KEY"

    jwt_secret: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices(f"{ENV_PREFIX}JWT_SECRET", "SECRET_KEY"),
    )
    jwt_user: str = "sub"
