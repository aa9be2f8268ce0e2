"""The names that vary from project to project, and where the settings are read."""

from __future__ import annotations

from dotenv import find_dotenv
from pydantic import Field
from pydantic_settings import SettingsConfigDict

from .settings import SCHEMA_NAME, StoreSettings

APP_NAME = "My application"
ENV_PREFIX = "APP_CHATKIT_"
SCHEMA = "app_chat"
MCP_TOKEN = "auto"

# The environment first, then the `.env` where we run, then the nearest one above this file.
ENVIRONMENT = SettingsConfigDict(
    env_prefix=ENV_PREFIX,
    env_file=(find_dotenv(), ".env"),
    env_ignore_empty=True,
    extra="ignore",
    hide_input_in_errors=True,
    populate_by_name=True,
)


class StoreConfig(StoreSettings):
    """The database: what can be set is in `settings.py` beside this file."""

    model_config = ENVIRONMENT

    db_schema: str = Field(
        default=SCHEMA, validation_alias=f"{ENV_PREFIX}SCHEMA", pattern=SCHEMA_NAME
    )
