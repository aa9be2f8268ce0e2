"""Caller: who is asking, as the routes verified it; every call of a store names one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeVar
from uuid import uuid4

C = TypeVar("C", bound="Caller")


@dataclass(frozen=True)
class Caller:
    """`user_id` comes from verified credentials only; `token` and `claims` stay out of any repr."""

    user_id: str
    token: str | None = field(default=None, repr=False)
    claims: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    request_id: str = field(default_factory=lambda: uuid4().hex)
    organization_id: str | None = None
    locale: str | None = None
    """The language that the client asks for, such as `de-CH`."""
    page: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    """What the client's page says beside the message: not to be believed."""

    @classmethod
    def of(cls: type[C], caller: Caller, user: Any) -> C:
        """The caller with what is known of `user`, which is what the application's sign-in gave."""
        return cls(**vars(caller))
