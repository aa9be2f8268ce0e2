"""Which MCP servers the assistant has, whose they are, and what each is shown to let us in."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ..chatkit_store import Caller
from .checked_values import Key, Url

NOT_THEIRS = (
    "a third party's server must not get the person's token: give it a `key` of its own, "
    'or say `"trust": "own"` where the server is yours'
)


class ToolServer(BaseModel):
    """One of MCP_SERVERS. The person's token is for your own servers only."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: Url
    name: str = Field(default="", pattern=r"^[A-Za-z0-9_-]{0,24}$")
    """What its tools' names begin with; the host, where there is none."""
    trust: Literal["own", "third-party"] = "third-party"
    """What a third party's server says of its tools is not believed."""
    credential: Literal["user", "key", "none"] | None = None
    """The person's token, the `key`, or nothing; for your own server the token by default."""
    key: Key | None = None
    header: str = Field(default="Authorization", pattern=r"^[A-Za-z0-9-]+$")
    """Where the key goes."""
    scheme: str = Field(default="Bearer", pattern=r"^[A-Za-z0-9-]*$")
    """What stands before the key in Authorization."""

    @model_validator(mode="after")
    def _check_credential(self) -> ToolServer:
        if self.credential == "user" and self.trust != "own":
            raise ValueError(NOT_THEIRS)
        if self.credential == "key" and self.key is None:
            raise ValueError("its `key` is missing")
        if self.key is not None and self.credential not in {None, "key"}:
            raise ValueError('a `key` goes with `"credential": "key"` only')
        return self

    @property
    def is_own(self) -> bool:
        return self.trust == "own"

    @property
    def shows(self) -> Literal["user", "key", "none"]:
        """Which credential it gets."""
        if self.credential is not None:
            return self.credential
        if self.key is not None:
            return "key"
        return "user" if self.is_own else "none"

    @property
    def label(self) -> str:
        return self.name or self.url

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc.rpartition("@")[2]

    def headers(self, context: Caller, *, in_header: bool) -> dict[str, str]:
        if self.shows == "user" and context.token and in_header:
            return {"Authorization": f"Bearer {context.token}"}
        if self.key is None:
            return {}
        scheme = self.scheme if self.header.lower() == "authorization" else ""
        return {self.header: f"{scheme} {self.key.get_secret_value()}".strip()}

    def secrets(self, context: Caller) -> list[str]:
        """What nobody may read in what this server says."""
        key = self.key.get_secret_value() if self.key else None
        return [secret for secret in (context.token, key) if secret]
