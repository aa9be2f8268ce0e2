"""The store's settings, and a URL as SQLAlchemy, libpq and asyncpg write it."""

from __future__ import annotations

import logging
import re
import ssl
from functools import cache
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings

from .errors import StoreNotConfigured
from .url_options import WrongOption, check_options, context_for, known_options

logger = logging.getLogger(__name__)

LEFT_OUT = "of %s, these options are left out, since asyncpg does not know them: %s"
# As SQLAlchemy, Django, JDBC, Tortoise and GINO begin such a URL.
POSTGRESQL = re.compile(
    r"(?i)^(?:jdbc:)?(?:postgres(?:ql)?|psql|pgsql|postgis|timescale(?:gis)?|asyncpg|psycopg)"
    r"(?:\+\w+)?:"
)
A_DAY = 86_400
SCHEMA_NAME = "^[a-z_][a-z0-9_]{0,62}$"


class Settings(BaseSettings):
    """Settings of a part of the chat; `model_config` of a subclass says where they are read."""

    @classmethod
    def variable(cls, name: str) -> str:
        return f"{cls.model_config.get('env_prefix', '')}{name}"

    @field_validator("*", mode="before")
    @classmethod
    def _bare(cls, value: Any, info: ValidationInfo) -> Any:
        """Files, shells and secrets of Kubernetes leave spaces and line ends around a value.

        What signs tokens is left as the application has it.
        """
        if not isinstance(value, str) or info.field_name in {None, "jwt_secret"}:
            return value
        bare = value.strip()
        return bare if bare or not value else cls.model_fields[str(info.field_name)].get_default()

    def missing(self) -> list[str]:
        """The names of the variables that have to be set, with what they are."""
        return []


class StoreSettings(Settings):
    """The database, and the timeouts of its statements."""

    database_url: SecretStr | None = None
    db_schema: str = Field(default="chatkit", pattern=SCHEMA_NAME)
    pool_max_size: int = Field(default=10, ge=1, le=1000)
    statement_timeout: float = Field(default=10, gt=0, le=A_DAY)
    """Seconds until a statement, or a connection attempt, is given up."""
    save_retry_seconds: float = Field(default=30, ge=0, le=A_DAY)
    """How long an item that could not be saved is tried again, such as during a fail-over."""
    pooler: bool = False
    """PgBouncer in transaction mode stands between us and PostgreSQL."""
    row_level_security: bool = False
    """The policies at the end of `schema.sql` are in force."""

    distributed: bool = False
    """The tables are distributed by user over several machines, as by Citus."""

    def missing(self) -> list[str]:
        if self.distributed and self.row_level_security:
            # Policies do not reach the workers: nothing would be found, and nothing deleted.
            names = map(self.variable, ("DISTRIBUTED", "ROW_LEVEL_SECURITY"))
            return [f"only one of {' and '.join(names)}"]
        return [] if self.database_url else [self.variable("DATABASE_URL")]

    @property
    def dsn(self) -> str:
        """The URL as asyncpg reads it.

        Raises:
            StoreNotConfigured: it is missing, or not a PostgreSQL URL.
        """
        url = self.database_url.get_secret_value().strip(" \t\r\n'\"") if self.database_url else ""
        if not url:
            raise StoreNotConfigured(self.url_hint("is not set"))
        try:
            dsn, left_out = _for_asyncpg(url)
        except ValueError:
            # The parser's own message may quote a part of the password.
            raise StoreNotConfigured(self.url_hint("cannot be read")) from None
        if left_out:
            _tell(self.variable("DATABASE_URL"), ", ".join(left_out))
        return dsn

    @property
    def tls(self) -> ssl.SSLContext | None:
        """What asyncpg has to be given beside the URL.

        Raises:
            StoreNotConfigured: the URL asks for TLS that cannot be had.
        """
        dsn, url = self.dsn, self.database_url.get_secret_value() if self.database_url else ""
        try:
            check_options({**_options(url), **_options(dsn)})
        except WrongOption as error:
            name = self.variable("DATABASE_URL")
            raise StoreNotConfigured(f"{name} cannot be used: {error}.") from None
        return context_for(_options(url))

    def url_hint(self, problem: str) -> str:
        return (
            f"{self.variable('DATABASE_URL')} {problem}. Set it to a URL such as "
            "postgresql://user:password@host:5432/database, with special characters of the "
            "password percent-encoded."
        )


@cache
def _tell(variable: str, names: str) -> None:
    logger.warning(LEFT_OUT, variable, names)


def _for_asyncpg(url: str) -> tuple[str, list[str]]:
    if not POSTGRESQL.match(url):
        raise ValueError("another scheme")
    parts = urlsplit(POSTGRESQL.sub("postgresql:", url))
    if "@" in parts.path + parts.fragment + parts.query.partition("=")[0]:
        raise ValueError("a password with a sign that ends the host's name")
    known, left_out = known_options(_options(url))
    query = urlencode(known, quote_via=quote)
    return parts._replace(query=query).geturl(), left_out


def _options(url: str) -> dict[str, str]:
    # SQLAlchemy repeats `host` for several hosts, libpq separates them with commas.
    return {name: ",".join(values) for name, values in parse_qs(urlsplit(url).query).items()}
