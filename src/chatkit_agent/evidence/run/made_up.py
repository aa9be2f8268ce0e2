"""Made-up values: what a variable may hold of which only the name and the type are known."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from chatkit_agent.project.source.sources import Sources
from chatkit_agent.sandbox.isolation.addresses import PORTS
from chatkit_agent.sandbox.isolation.split_addresses import piece_of

SECRET = re.compile(
    r"secret|salt|pepper|passphrase|passw(?:or)?d|signature|(?:^|_)(?:\w*key|token|pw|pass|pwd)(?:_|$)",
    re.IGNORECASE,
)
DATABASE = re.compile(r"database|postgres|(?:^|_)(?:db|dsn|pg|sql\w*)(?:_|$)", re.IGNORECASE)
ADDRESS = re.compile(
    r"ur[il](?:_|$)|uri?s?$|dsn|endpoint|address|origin|domain|conn", re.IGNORECASE
)
NO_DATABASE = re.compile(r"sentry|redis|mongo|mysql|amqp|rabbit|celery|elastic|mail", re.IGNORECASE)
POSTGRES_DRIVERS = ("asyncpg", "psycopg", "psycopg2", "psycopg2-binary", "pg8000", "aiopg")
MYSQL_DRIVERS = {
    "aiomysql": "mysql+aiomysql",
    "asyncmy": "mysql+asyncmy",
    "pymysql": "mysql+pymysql",
    "mysqlclient": "mysql",
    "mysql-connector-python": "mysql+mysqlconnector",
}
IS_ASYNC = rb"\b(?:create_async_engine|async_engine_from_config|AsyncEngine\s*\()"
LOOKS_SYNC = rb"[\"']postgres(?:ql)?://?[\"']"
PLACE = "app:app@localhost:5432/app"
MADE_UP_FILE = "made-up.db"
SERVICES = {
    "redis": "redis://localhost:6379/0",
    "valkey": "redis://localhost:6379/0",
    "rabbit": "amqp://guest:guest@localhost:5672//",
    "amqp": "amqp://guest:guest@localhost:5672//",
    "broker": "amqp://guest:guest@localhost:5672//",
    "celery": "redis://localhost:6379/0",
    "mongo": "mongodb://localhost:27017/app",
    "mysql": "mysql://app:app@localhost:3306/app",
    "kafka": "localhost:9092",
    "nats": "nats://localhost:4222",
    "smtp": "smtp://localhost:25",
    "elastic": "http://localhost:9200",
}
# By how a name ends, or what it is; the first that is found.
BY_NAME: tuple[tuple[str, str], ...] = (
    (r"algorithms?$", "HS256"),
    (
        r"(?:minutes?|seconds?|hours?|days?|secs|mins|timeout|ttl|expir\w*|lifetime|max_age|age)$",
        "60",
    ),
    (
        r"(?:size|limit|count|max|min|overflow|workers|threads|retries|attempts|length|number|rounds)$",
        "10",
    ),
    (
        r"^(?:is|use|enable|has|allow)_|(?:enabled?|debug|disabled?|echo|verbose|reload|(?:_|^)(?:tls|ssl))$",
        "false",
    ),
    (r"log_?level$", "INFO"),
    (r"(?:^|_)(?:env|environment|stage)$", "development"),
    (r"region$", "us-east-1"),
    (r"allowed_hosts?$|trusted_hosts?$", "*"),
    (
        r"e?mail(?:_from|_address|_user\w*)?$|mail_from$|from_(?:e?mail|address)$",
        "somebody@example.com",
    ),
    (r"(?:dir|directory|folder|path|root)$", "."),
    (r"origins?$", "http://localhost"),
    (r"(?:hosts?|domain)$", "localhost"),
    (r"port$", "8000"),
    (r"(?:^|_)version$", "1.0.0"),
    (r"prefix$", "/made-up"),
)


@dataclass(frozen=True)
class Wanted:
    """What is known of a variable: its name, and what a settings field says of its values."""

    name: str
    value: str | None = None
    """One that the field takes."""
    shortest: int = 0
    longest: int | None = None
    schemes: tuple[str, ...] = ()
    is_url: bool = False


def made_up(wanted: Wanted, sources: Sources, packages: Mapping[str, str]) -> Iterator[str]:
    """Values in the order in which they are worth a try."""
    name = wanted.name
    if wanted.value is not None:
        port = _port(name) if wanted.value.isdigit() else None
        yield from dict.fromkeys(filter(None, (port, wanted.value)))
        return
    is_typed = bool(wanted.schemes or wanted.is_url)
    first = (_url if is_typed else _text)(wanted, sources, packages)
    yield first
    if first.endswith((PLACE, MADE_UP_FILE)):
        others = (each for each in _databases(packages) if each != first)
        schemes = wanted.schemes
        yield from (each for each in others if not schemes or each.split(":")[0] in schemes)
    if not is_typed:
        yield from ("1", "{}", "[]", "true")


def _text(wanted: Wanted, sources: Sources, packages: Mapping[str, str]) -> str:
    name = wanted.name
    piece = piece_of(name)
    is_address = ADDRESS.search(name) is not None
    if piece and piece.part == "port":
        return _port(name) or "8000"
    if piece and piece.part in ("user", "database") and DATABASE.search(piece.prefix):
        return "app"
    if DATABASE.search(name) and not NO_DATABASE.search(name) and (is_address or not piece):
        return _database(sources, packages)
    found = next((text for word, text in SERVICES.items() if word in name.lower()), None)
    if found and (is_address or not piece):
        return found
    if SECRET.search(name) and not re.search(BY_NAME[0][0] + "|" + BY_NAME[1][0], name.lower()):
        return _secret(wanted)
    known = next((text for end, text in BY_NAME if re.search(end, name.lower())), None)
    usual = "http://localhost" if is_address else f"made-up-{name.lower().replace('_', '-')}"
    return _fitting(known or usual, wanted)


def _secret(wanted: Wanted) -> str:
    """Also a key of 32 bytes for who decodes it."""
    count = max(32, wanted.shortest)
    made = base64.urlsafe_b64encode(secrets.token_bytes(count)).decode()
    if "supabase" in wanted.name.lower():  # its client takes the form of a JSON Web Token only
        made = f"{made}.{made}.{made}"
    return made[: wanted.longest] if wanted.longest else made


def _fitting(text: str, wanted: Wanted) -> str:
    text = text.ljust(wanted.shortest, "x")
    return text[: wanted.longest] if wanted.longest else text


def _port(name: str) -> str | None:
    if not name.lower().endswith("port"):
        return None
    found = next((port for word, port in PORTS.items() if word in name.lower()), None)
    return found or ("5432" if DATABASE.search(name) else "8000")


def _url(wanted: Wanted, sources: Sources, packages: Mapping[str, str]) -> str:
    schemes = wanted.schemes
    if any(each.startswith("postgres") for each in schemes):
        made = _database(sources, packages)
        return made if made.partition("://")[0] in schemes else f"{_postgres(schemes)}://{PLACE}"
    if not schemes or "http" in schemes or "https" in schemes:
        text = _text(Wanted(wanted.name), sources, packages)
        is_any = "://" in text and not schemes
        return (
            text
            if is_any
            else f"{'http' if 'http' in schemes or not schemes else 'https'}://localhost"
        )
    known = (text for word, text in SERVICES.items() if text.partition("://")[0] in schemes)
    return next(known, f"{schemes[0]}://localhost/app")


def _postgres(schemes: Sequence[str]) -> str:
    return next(each for each in ("postgresql", "postgres", *schemes) if each in schemes)


def _databases(packages: Mapping[str, str]) -> Iterator[str]:
    """One for each driver that is there: how an address is used may be seen only when it is."""
    drivers = [each.removesuffix("-binary") for each in POSTGRES_DRIVERS if each in packages]
    if drivers:
        yield from (f"postgresql://{PLACE}", f"postgres://{PLACE}")
        yield from (f"postgresql+{each}://{PLACE}" for each in dict.fromkeys(drivers))
    if "aiosqlite" in packages:
        yield f"sqlite+aiosqlite:///{MADE_UP_FILE}"
    if "sqlalchemy" in packages:
        yield f"sqlite:///{MADE_UP_FILE}"


def _database(sources: Sources, packages: Mapping[str, str]) -> str:
    """The address of a database of the kind for which the application has a driver."""
    is_async = bool(sources.mentioning(IS_ASYNC, b"ngine", aside=False))
    drivers = [each for each in POSTGRES_DRIVERS if each in packages]
    if bool(sources.holding(b"check_same_thread", aside=False)) or not drivers:
        mysql = next((scheme for name, scheme in MYSQL_DRIVERS.items() if name in packages), None)
        if mysql and not drivers:
            return f"{mysql}://app:app@localhost:3306/app"
        if "tortoise-orm" in packages:
            return f"sqlite://{MADE_UP_FILE}"
        if "sqlalchemy" in packages or "aiosqlite" in packages:
            return f"{'sqlite+aiosqlite' if is_async else 'sqlite'}:///{MADE_UP_FILE}"
    is_bare = bool(sources.mentioning(LOOKS_SYNC, b"://", aside=False))
    if is_async and not is_bare:
        return f"postgresql+{'asyncpg' if 'asyncpg' in drivers else 'psycopg'}://{PLACE}"
    if "tortoise-orm" in packages:
        return f"postgres://{PLACE}"
    uses_engine = bool(sources.holding(b"create_engine", aside=False))
    is_old = bool({"psycopg2", "psycopg2-binary"} & set(drivers))
    if not uses_engine or (is_old and packages.get("sqlalchemy", "").split(".") < ["2", "1"]):
        return f"postgresql://{PLACE}"
    # SQLAlchemy 2.1 takes psycopg where no driver is named, and 2.0 takes psycopg2.
    driver = "+psycopg2" if is_old else "+psycopg" if "psycopg" in drivers else ""
    return f"postgresql{driver}://{PLACE}"
