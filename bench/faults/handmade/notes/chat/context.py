"""What one request of the chat knows of its caller."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class ChatContext:
    user_id: str
    token: str = field(repr=False)
