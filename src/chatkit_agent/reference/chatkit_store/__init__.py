"""The chat's store: conversations in PostgreSQL, every row led by the user it belongs to."""

import warnings

with warnings.catch_warnings():
    # The SDK warns of its own classes at its import, and people's tests may make errors of that.
    warnings.filterwarnings("ignore", "Direct usage of named widget", DeprecationWarning)
    from .caller import Caller
    from .errors import (
        ItemExists,
        StoreError,
        StoreNotConfigured,
        StoreUnavailable,
        ThreadBusy,
        TooManyTurns,
    )
    from .interface import ChatStore
    from .postgres_store import PostgresStore
    from .sdk_types import build_types
    from .settings import Settings, StoreSettings

build_types()

__all__ = [
    "Caller",
    "ChatStore",
    "ItemExists",
    "PostgresStore",
    "Settings",
    "StoreError",
    "StoreNotConfigured",
    "StoreSettings",
    "StoreUnavailable",
    "ThreadBusy",
    "TooManyTurns",
    "build_types",
]
