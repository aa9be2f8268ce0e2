"""The assistant's settings: its provider and model. More are in `chatkit_runtime/settings.py`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, AliasChoices, Field

from ..chatkit_runtime.checked_values import Key, Url, Urls
from ..chatkit_runtime.settings import TurnSettings, check_prompt
from ..chatkit_store.config import ENV_PREFIX, ENVIRONMENT

PLACEHOLDERS = ("app_name", "user_id", "user_name", "today")


class ChatSettings(TurnSettings):
    """Each is a variable with the prefix, but for those that have an alias."""

    model_config = ENVIRONMENT

    openai_api_key: Key | None = Field(default=None, validation_alias="OPENAI_API_KEY")
    openai_base_url: Url | None = Field(default=None, validation_alias="OPENAI_BASE_URL")
    model: str = "gpt-5.6-luna"
    model_api: Literal["responses", "chat_completions"] = "responses"
    temperature: float | None = Field(default=None, ge=0, le=2)
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high", "xhigh"] | None = None
    max_output_tokens: int | None = Field(default=None, ge=16)
    system_prompt: Annotated[
        str, AfterValidator(lambda prompt: check_prompt(prompt, PLACEHOLDERS))
    ] = ""
    """Instead of the one in `chat_agent.py`."""
    mcp_server_url: Urls = Field(
        default="", validation_alias=AliasChoices(f"{ENV_PREFIX}MCP_SERVER_URL", "MCP_SERVER_URL")
    )

    def missing(self) -> list[str]:
        """The names of the settings without which no answer can be given."""
        return [] if self.openai_api_key else ["OPENAI_API_KEY"]
