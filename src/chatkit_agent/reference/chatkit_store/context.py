"""RequestContext: who is asking, as the endpoint verified it; every store call takes one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from uuid import uuid4


@dataclass(frozen=True)
class RequestContext:
    """`user_id` comes from verified credentials only; `token` and `claims` stay out of any repr."""

    user_id: str
    token: str | None = field(default=None, repr=False)
    claims: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    request_id: str = field(default_factory=lambda: uuid4().hex)
    organization_id: str | None = None
