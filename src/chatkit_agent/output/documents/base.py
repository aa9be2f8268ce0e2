"""What every document is made of, and the document of a failure."""

from __future__ import annotations

import json
import re
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from chatkit_agent.errors import ChatKitAgentError
from chatkit_agent.project.text.visible import UNSAFE


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

    def as_json(self, *, only_ascii: bool = False) -> str:
        """The document for a terminal or a pipe: what could be taken for an order is escaped."""
        data = self.model_dump(mode="json", by_alias=True)
        text = json.dumps(data, indent=2, ensure_ascii=only_ascii)
        return text if only_ascii else UNSAFE.sub(_escape, text)

    def model_post_init(self, _context: Any) -> None:
        object.__setattr__(self, "schema_", f"chatkit-agent/{self.NAME}/2")


def _escape(found: re.Match[str]) -> str:
    return json.dumps(found[0])[1:-1].replace("\x7f", "\\u007f")


class ErrorDocument(Document):
    """Any command that could not do its work."""

    NAME = "error"
    error: str
    message: str
    exit_status: int

    @classmethod
    def of(cls, error: ChatKitAgentError, exit_status: int) -> ErrorDocument:
        return cls(error=type(error).__name__, message=str(error), exit_status=exit_status)
