"""Facts as a manifest holds them, read back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chatkit_agent.project.facts import Credential, Named, Tokens, UserDependency


def recorded_user(recorded: Mapping[str, Any]) -> UserDependency:
    credentials = tuple(Credential(**each) for each in recorded.get("credentials", ()))
    return UserDependency(**{**recorded, "credentials": credentials})


def recorded_tokens(recorded: Mapping[str, Any]) -> Tokens:
    named = ("algorithm", "scheme", "issuer", "audience")
    read = {name: Named(**recorded[name]) if recorded[name] else None for name in named}
    return Tokens(**{**recorded, **read})
