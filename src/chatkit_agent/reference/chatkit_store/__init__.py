"""The chat's store: conversations in PostgreSQL, every row led by the user it belongs to."""

from .config import StoreConfig, StoreError, StoreNotConfigured
from .context import RequestContext
from .database import StoreUnavailable
from .postgres_store import PostgresStore, ThreadBusy

__all__ = [
    "PostgresStore",
    "RequestContext",
    "StoreConfig",
    "StoreError",
    "StoreNotConfigured",
    "StoreUnavailable",
    "ThreadBusy",
]
