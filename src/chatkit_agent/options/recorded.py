"""Facts as a manifest holds them, read back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from chatkit_agent.project.facts import Tokens, UserDependency


def recorded_user(recorded: Mapping[str, Any]) -> UserDependency:
    return TypeAdapter(UserDependency).validate_python(recorded)


def recorded_tokens(recorded: Mapping[str, Any]) -> Tokens:
    return TypeAdapter(Tokens).validate_python(recorded)
