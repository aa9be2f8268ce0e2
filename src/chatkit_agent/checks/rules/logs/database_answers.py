"""The log has no error of the chat's database."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import LOG, Finding, check
from chatkit_agent.checks.known_errors import Known, known_errors
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.evidence.symptoms import Symptom

SEEN: tuple[Symptom, ...] = ("unavailable", "server_error", "stream_error", "silent")
URL = "the database URL of the chat"

KNOWN = (
    Known(
        r"the sandbox of chatkit-agent refuses this: (?P<what>[^\s'\"()]+)",
        "The sandbox keeps the application from `{what}`, which is not its own.",
        "Nothing is known of that address. Let it be reached with --own-services, or give a "
        "throw-away environment that needs none of it, with --env-file FILE.",
        "the sandbox",
        severity="inconclusive",
    ),
    Known(
        r"password authentication failed for user|InvalidPasswordError",
        "PostgreSQL refuses the user or the password of the chat's database URL.",
        f"Correct user and password in {URL}; special characters in them are percent-encoded.",
        "database password",
    ),
    Known(
        r"InvalidCatalogName\w*|database \"(?P<name>[^\"]+)\" does not exist",
        "The database that the chat's URL names does not exist.",
        f"Create it (`createdb`), or correct its name in {URL}.",
        "database missing",
    ),
    Known(
        r"violates foreign key constraint[^\n]*thread",
        "Something of a conversation is stored before the conversation itself, or after it was "
        "deleted.",
        "Store the thread first, in the same transaction or one that has ended, and under the id "
        "that its items name.",
        "database order",
        ("stream_error", "server_error", "forgets", "silent"),
    ),
    Known(
        r"violates row-level security policy",
        "The chat's tables have row-level security, and its statements do not say for whom they "
        "are.",
        "Set `..._CHATKIT_ROW_LEVEL_SECURITY=true` where the chat is the delivered one; in another "
        "one, set what the policies ask for in each statement's transaction.",
        "database row level security",
    ),
    Known(
        r"permission denied for (?:schema|database|table) \S+|InsufficientPrivilege\w*",
        "The chat's database user may not create or use the chat's schema.",
        "Let a database administrator run `grant create on database DATABASE to USER`, or create "
        "the schema and its tables as one who may.",
        "database rights",
    ),
    Known(
        r"no pg_hba\.conf entry .*(?:no encryption|SSL off)"
        r"|connection (?:requires|is insecure).*(?:ssl|tls)|sslmode.{0,20}required"
        r"|server requires (?:ssl|encryption)",
        "The database takes encrypted connections only, and the chat connects without.",
        f"Add `?sslmode=require` to {URL} (asyncpg by itself and psycopg), or `?ssl=require` "
        "(SQLAlchemy with asyncpg).",
        "database tls",
    ),
    Known(
        r"rejected SSL upgrade|server does not support SSL",
        "The chat's database URL demands an encrypted connection, and the server offers none.",
        f"Turn TLS on at the server, or write `sslmode=disable` into {URL} where both are on one "
        "machine.",
        "database tls",
    ),
    Known(
        r"requires an async driver to be used|Can't load plugin: sqlalchemy\.dialects:"
        r"|invalid DSN: scheme is expected",
        "The database URL begins with a driver that what opens it cannot use.",
        "SQLAlchemy's asyncio takes `postgresql+asyncpg://`, `postgresql+psycopg://` and "
        "`sqlite+aiosqlite://`; asyncpg by itself takes `postgresql://`.",
        "database driver",
        (*SEEN, "does_not_start"),
    ),
    Known(
        r"MissingGreenlet|greenlet_spawn has not been|DetachedInstanceError|not bound to a Session",
        "Something of a database session is read when the session has ended, or where nothing "
        "awaits it.",
        "Load what is needed while the session is open (`selectinload`), make sessions with "
        "`expire_on_commit=False`, and keep no rows of the database in the context of a turn.",
        "database session",
    ),
    Known(
        r"Key \(\w+\)=\(__fake_id__\)|__fake_id__[^\n]*UNIQUE constraint",
        "Answers of a Chat Completions model all have the id `__fake_id__`: the second one is "
        "refused.",
        "Replace it by `store.generate_item_id(...)` in each event before it is stored.",
        "fake ids",
        ("stream_error", "silent", "forgets"),
    ),
    Known(
        r"duplicate key value violates unique constraint \"\w*(?:thread|item|message|chat)"
        r"|UNIQUE constraint failed: \w*(?:thread|item|message|chat)",
        "Something of a conversation is stored under an id that is there already.",
        "Write it with `on conflict (id) do update`, as a thread and an item are saved more than "
        "once, and give what is new an id of its own.",
        "database twice",
    ),
    Known(
        r"offset-naive and offset-aware",
        "A time that has a zone meets one, or a column, that has none.",
        "Use `timestamptz` (`DateTime(timezone=True)`), and `datetime.now(timezone.utc)`.",
        "time zone",
    ),
    Known(
        r"database (?:table )?is locked",
        "SQLite has one writer at a time, and another one held it for too long.",
        "Open it with `timeout=30` and `pragma journal_mode=wal`, keep transactions short, or use "
        "PostgreSQL where there are several workers.",
        "database locked",
        (*SEEN, "slow"),
    ),
    Known(
        r"attempt to write a readonly database|unable to open database file",
        "The file of the SQLite database cannot be opened or written.",
        "Make its folder, and let the application's user write both; in a container mount a "
        "volume there.",
        "database file",
        (*SEEN, "does_not_start"),
    ),
    Known(
        r"redis\S*AuthenticationError|\bNOAUTH\b|\bWRONGPASS\b",
        "Redis refuses the password of its URL.",
        "Write user and password into the URL: `redis://USER:PASSWORD@HOST:6379/0`.",
        "redis password",
    ),
    Known(
        r"redis\S*(?:ConnectionError|TimeoutError)|Error -?\d+ connecting to \S+:6379",
        "Redis cannot be reached.",
        "Start it, or correct host and port of its URL; in containers `localhost` is the "
        "container itself.",
        "redis away",
    ),
    Known(
        r"unexpected keyword argument '(?P<name>sslmode|channel_binding)'",
        "The database URL has `{name}`, which SQLAlchemy hands to asyncpg, and asyncpg does not "
        "take.",
        "Write `ssl=require` in the place of `sslmode=require`, and leave `channel_binding` out.",
        "database url option",
    ),
    Known(
        r"prepared statement \"[^\"]+\" (?:already exists|does not exist)|(?:Duplicate|Invalid)"
        r"(?:Prepared)?(?:SQL)?StatementName\w*|unsupported startup parameter",
        "The database is behind a pooler such as PgBouncer that hands each transaction to another "
        "connection, and the chat prepares statements or sets parameters at connecting.",
        "Connect with `statement_cache_size=0` and without server settings, or use the direct URL.",
        "pooler",
    ),
    Known(
        r"another operation is in progress|another command is already in progress",
        "One database connection is used by two coroutines at once.",
        "Take a connection from a pool for each statement, or each transaction, and never keep one "
        "in the store; of SQLAlchemy, one `AsyncSession` for each task.",
        "database connection shared",
        (*SEEN, "mixed_up"),
    ),
    Known(
        r"unrecognized configuration parameter \"(?P<name>[\w.]+)\""
        r"|invalid (?:dsn|connection option|URI query parameter)[^\n]{0,40}\"(?P<other>\w+)\"",
        "The database URL has an option that PostgreSQL does not know: `{name}{other}`.",
        f"Take it out of {URL}; of a schema, say `options=-c%20search_path%3DNAME`.",
        "database url option",
    ),
    Known(
        r"ConnectionDoesNotExist\w*|connection is closed|server closed the connection unexpectedly"
        r"|terminating connection due to|connection was closed in the middle",
        "A connection to the database was ended while it lay in the pool, or in the middle.",
        "Let the pool try connections before it gives them out (`pool_pre_ping=True`), or renew "
        "them before a firewall or the server ends them (`max_inactive_connection_lifetime`).",
        "database connection ended",
    ),
    Known(
        r"canceling statement due to (?P<kind>statement|lock) timeout|LockNotAvailable\w*"
        r"|deadlock detected",
        "A statement waited too long for what another one holds.",
        "Keep transactions short: none stays open while an answer is written.",
        "database waits",
        (*SEEN, "slow"),
    ),
    Known(
        r"No space left on device|could not extend file|DiskFull\w*",
        "The database's disk is full.",
        "Make room, and let old conversations be deleted.",
        "database full",
    ),
    Known(
        r"cannot execute \w+ in a read-only transaction|ReadOnlySQLTransaction\w*",
        "The chat writes to a database that can only be read, such as a replica or one that "
        "failed over.",
        f"Name the primary in {URL}; with several hosts add `?target_session_attrs=read-write`.",
        "database read-only",
    ),
    Known(
        r"unsupported Unicode escape sequence|\\u0000 cannot be converted"
        r"|invalid byte sequence for encoding \W?UTF8\W?: 0x00|UntranslatableCharacterError",
        "A NUL character ended the turn: PostgreSQL takes none in text and `jsonb`.",
        "Take `\\u0000` out of what is stored, as people can paste it and models can write it.",
        "nul",
    ),
    Known(
        r"too many (?:clients|connections)|TooManyConnections\w*|remaining connection slots",
        "The database has no connection left for the chat.",
        "Lower the pool size or the number of workers, so that all pools together stay below "
        "`max_connections`, or put a pooler in front.",
        "connections",
        (*SEEN, "slow"),
    ),
    Known(
        r"QueuePool limit of size|TimeoutError: QueuePool|pool.{0,20}exhausted",
        "The application's own connection pool ran out, often because a session is held for as "
        "long as an answer streams.",
        'Give sessions back before the answer streams (`Depends(..., scope="function")`), or '
        "raise the pool's size.",
        "pool",
        (*SEEN, "slow"),
    ),
    Known(
        r"(?s)^(?!.*Fail to fetch data)"
        r".*(?:could not translate host name|Name or service not known|nodename nor servname"
        r"|getaddrinfo failed|Temporary failure in name resolution).*|gaierror",
        "A host name in the configuration cannot be resolved.",
        f"Correct the host in {URL} or in the URL of whatever else is named there; in containers "
        "`localhost` is the container itself.",
        "host name",
    ),
    Known(
        r"(?:connect(?:ion)? (?:call failed|refused|to server).*\b5432\b|\b5432\b.*refused"
        r"|CannotConnectNow\w*|the database system is (?:starting up|shutting down))"
        r"|ConnectionRefusedError: \[Errno (?:61|111)\] Connect call failed"
        r"|connection to server at [^\n]* failed: (?:Connection refused|timeout)"
        r"|^/asyncpg/.*(?:ConnectionRefusedError|FileNotFoundError|TimeoutError)"
        r"|database\b[^\n]{0,40}\b(?:ConnectionRefused|FileNotFound|Timeout|CannotConnectNow"
        r"|ConnectionDoesNotExist|OS)Error\b",
        "Nobody answers where the chat's database should be.",
        f"Start PostgreSQL, or correct host, port or socket in {URL}; in containers `localhost` is "
        "the container itself.",
        "database away",
    ),
)


@check("CK903", needs=LOG)
def database_answers(evidence: Evidence) -> Iterator[Finding]:
    """Told apart: password, missing database, rights, TLS, pooler, no connection left, host name
    and a server that is away.
    """
    if evidence.log:
        yield from known_errors(evidence.log, KNOWN, SEEN)
