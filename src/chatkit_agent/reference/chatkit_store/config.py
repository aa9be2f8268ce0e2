"""The names that vary from project to project, and the store's settings."""

from __future__ import annotations

from urllib.parse import parse_qs, quote, urlencode, urlsplit

from chatkit.errors import CustomStreamError
from dotenv import find_dotenv
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

APP_NAME = "My application"
ENV_PREFIX = "APP_CHATKIT_"
SCHEMA = "app_chat"
MCP_TOKEN = "auto"

# From the environment, then from the nearest `.env` above this file or where we run.
ENVIRONMENT = SettingsConfigDict(
    env_prefix=ENV_PREFIX,
    env_file=(find_dotenv(), ".env"),
    env_ignore_empty=True,
    extra="ignore",
    hide_input_in_errors=True,
    populate_by_name=True,
)

# What other drivers read from a URL; asyncpg would send it to the server as a setting.
FOREIGN_OPTIONS = {
    "channel_binding",
    "connect_timeout",
    "gssencmode",
    "keepalives",
    "pgbouncer",
    "prepared_statement_cache_size",
}


class StoreError(CustomStreamError):
    """The chat's store failed. The message of every StoreError is shown to the person."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or str(self.__doc__), allow_retry=True)

    def __str__(self) -> str:
        return self.message


class StoreNotConfigured(StoreError):
    """A setting or a right is missing. The message says which, and what to do."""


class StoreConfig(BaseSettings):
    """The database, and the timeouts of its statements."""

    model_config = ENVIRONMENT

    database_url: SecretStr | None = None
    db_schema: str = Field(
        default=SCHEMA, validation_alias=f"{ENV_PREFIX}SCHEMA", pattern="^[a-z_][a-z0-9_]{0,62}$"
    )
    pool_max_size: int = Field(default=10, ge=1, le=1000)
    statement_timeout: float = Field(default=10, gt=0, allow_inf_nan=False)
    """Seconds until a statement, or a connection attempt, is given up."""
    save_retry_seconds: float = Field(default=30, ge=0, allow_inf_nan=False)
    """How long an item that could not be saved is tried again, such as during a fail-over."""
    pooler: bool = False
    """PgBouncer in transaction mode stands between us and PostgreSQL."""
    row_level_security: bool = False
    """The policies at the end of `schema.sql` are in force."""

    def missing(self) -> list[str]:
        return [] if self.database_url else [f"{ENV_PREFIX}DATABASE_URL"]

    @property
    def dsn(self) -> str:
        """The URL as asyncpg reads it.

        Raises:
            StoreNotConfigured: it is missing, or not a PostgreSQL URL.
        """
        url = self.database_url.get_secret_value().strip() if self.database_url else ""
        if not url:
            raise StoreNotConfigured(url_hint("is not set"))
        try:
            return _for_asyncpg(url)
        except ValueError:
            # The parser's own message may quote a part of the password.
            raise StoreNotConfigured(url_hint("cannot be read")) from None


def url_hint(problem: str) -> str:
    return (
        f"{ENV_PREFIX}DATABASE_URL {problem}. Set it to a URL such as "
        "postgresql://user:password@host:5432/database, with special characters of the "
        "password percent-encoded."
    )


def _for_asyncpg(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme.partition("+")[0] not in {"postgresql", "postgres"}:
        raise ValueError("another scheme")
    # SQLAlchemy repeats `host` for several hosts, libpq separates them with commas.
    options = {name: ",".join(values) for name, values in parse_qs(parts.query).items()}
    if ssl := options.pop("ssl", ""):
        options.setdefault("sslmode", {"true": "require", "false": "disable"}.get(ssl.lower(), ssl))
    known = {name: value for name, value in options.items() if name not in FOREIGN_OPTIONS}
    return parts._replace(scheme="postgresql", query=urlencode(known, quote_via=quote)).geturl()
