"""The chat's store: conversations in PostgreSQL, every row led by the user it belongs to."""

import warnings

with warnings.catch_warnings():
    # The SDK warns of its own classes at its import, and people's tests may make errors of that.
    warnings.filterwarnings("ignore", "Direct usage of named widget", DeprecationWarning)
    from .config import StoreConfig, StoreError, StoreNotConfigured
    from .context import RequestContext
    from .database import StoreUnavailable
    from .postgres_store import PostgresStore, ThreadBusy
    from .sdk_types import build_types

build_types()

__all__ = [
    "PostgresStore",
    "RequestContext",
    "StoreConfig",
    "StoreError",
    "StoreNotConfigured",
    "StoreUnavailable",
    "ThreadBusy",
]
