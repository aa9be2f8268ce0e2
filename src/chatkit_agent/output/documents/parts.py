"""What every document is made of, and the document of a failure."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from chatkit_agent.errors import ChatKitAgentError


class Part(BaseModel):
    """A part of a document, filled from the value of the same shape that flows between stages."""

    model_config = ConfigDict(frozen=True, from_attributes=True, defer_build=True)


class Document(Part):
    """A whole answer. `schema` names its shape and version; a breaking change raises the number."""

    model_config = ConfigDict(
        frozen=True, from_attributes=True, populate_by_name=True, serialize_by_alias=True
    )
    NAME: ClassVar[str]
    schema_: str = Field(alias="schema", default="")

    def model_post_init(self, _context: Any) -> None:
        object.__setattr__(self, "schema_", f"chatkit-agent/{self.NAME}/2")


class ErrorDocument(Document):
    """Any command that could not do its work."""

    NAME = "error"
    error: str
    message: str
    exit_status: int

    @classmethod
    def of(cls, error: ChatKitAgentError, exit_status: int) -> ErrorDocument:
        return cls(error=type(error).__name__, message=str(error), exit_status=exit_status)
